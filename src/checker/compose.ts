import type { Finding } from '../model/finding.ts';
import type { Verdict } from '../model/verdict.ts';

/**
 * One verdict of many findings: fail > inconclusive > pass. A red that the claims do not cover is a
 * reason but decides nothing. Nothing checked is never a pass.
 */
export function compose(findings: readonly Finding[]): Verdict {
  const deciding = findings.filter(({ expectedRed }) => expectedRed !== true);
  if (deciding.some(({ verdict }) => verdict === 'fail')) return 'fail';
  if (deciding.length === 0) return 'inconclusive';
  return deciding.some(({ verdict }) => verdict === 'inconclusive') ? 'inconclusive' : 'pass';
}

/** Why the verdict is what it is, one line each, what decides first. */
export function reasonsOf(findings: readonly Finding[]): readonly string[] {
  const rank = ({ verdict, expectedRed }: Finding) =>
    expectedRed ? 2 : verdict === 'fail' ? 0 : verdict === 'inconclusive' ? 1 : 3;
  return findings
    .filter(({ verdict, note }) => verdict !== 'pass' || note !== undefined)
    .map((finding) => ({ finding, rank: rank(finding) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ finding }) => reason(finding));
}

function reason(finding: Finding): string {
  const { id, verdict, observed, expectedRed, why, note } = finding;
  if (verdict === 'pass') return `${id}: ${note ?? observed}`;
  const mark = expectedRed ? ' (expected: not claimed)' : verdict === 'fail' ? '' : ' undecided';
  return `${id}${mark}: ${observed}${why ? `. ${why}` : ''}`;
}
