import type { Finding } from '../../model/finding.ts';
import { html, type Markup, nothing } from './markup.ts';

const marks = { pass: 'ok', fail: 'FAIL', inconclusive: 'undecided' } as const;

/** Every check with what was expected and observed; its evidence opens below it, open where it is red. */
export function checkList(findings: readonly Finding[]): Markup {
  if (findings.length === 0) return nothing;
  const several = new Set(findings.flatMap(({ faultId }) => faultId ?? [])).size > 1;
  const taken = new Map<string, number>();
  const rows = findings.map((finding) => {
    const { id, faultId, verdict, expectedRed, expected, observed, evidence, why, note } = finding;
    const mark = expectedRed ? 'red, not claimed' : marks[verdict];
    const name = `check-${id}${several && faultId ? `-${faultId}` : ''}`;
    // A fault with several victims has a finding for each.
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    const anchor = count === 1 ? name : `${name}-${count}`;
    const lines = evidence.map((line) => html`${line}\n`);
    const open = verdict === 'fail' && !expectedRed ? ' open' : '';
    const details =
      lines.length > 0
        ? html`<details${{ markup: open }}><summary>evidence</summary><pre>${lines}</pre></details>`
        : nothing;
    return html`<tr id="${anchor}" tabindex="-1"><td class="${expectedRed ? 'inconclusive' : verdict}">${mark}</td><th scope="row"><a href="#${anchor}">${id}</a>${several && faultId ? ` (${faultId})` : ''}</th><td>${observed}${why ? html`<br><b>${why}</b>` : nothing}${note ? html`<br>${note}` : nothing}${details}</td><td>${expected}</td></tr>`;
  });
  return html`<section id="checks" tabindex="-1"><h2>Checks</h2><table><thead><tr><th scope="col">verdict</th><th scope="col">check</th><th scope="col">observed</th><th scope="col">expected</th></tr></thead><tbody>${rows}</tbody></table></section>`;
}
