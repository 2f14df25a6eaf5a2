import type { KeyAccount } from '../../checker/counter/accounting.ts';
import { type History, type OpIndex, outcomeCodes } from '../../checker/history.ts';
import type { RunEvent } from '../../model/event.ts';
import { html, type Markup, nothing } from './markup.ts';

/** Rows of one table; what is more is counted. */
const most = 200;

type Kind = 'lost' | 'applied twice' | 'phantom';

const meanings: Readonly<Record<Kind, string>> = {
  lost: 'acknowledged, and missing from the final counter’s history',
  'applied twice': 'in the ledger more than once',
  phantom: 'rejected, and applied all the same',
};

/** Every lost, phantom or doubly applied request: who answered, when, which server, what became of it. */
export function requestStories(
  accounts: readonly KeyAccount[],
  history: History,
  events: readonly RunEvent[],
): Markup {
  const told = accounts.flatMap(({ key, lost, duplicate, phantom }) => [
    ...lost.map((index) => ({ key, index, kind: 'lost' as const })),
    ...duplicate.map((index) => ({ key, index, kind: 'applied twice' as const })),
    ...phantom.map((index) => ({ key, index, kind: 'phantom' as const })),
  ]);
  if (told.length === 0) return nothing;
  const podOf = podNames(events);
  const rows = told.slice(0, most).map(({ key, index, kind }) => {
    const { id, from, to, answer, node } = tell(history, index);
    return html`<tr class="bad"><td>${id}</td><td>${key}</td><td>${from}</td><td>${to}</td><td>${answer}</td><td>${podOf(node)}</td><td><b>${kind}</b>: ${meanings[kind]}</td></tr>`;
  });
  const more =
    told.length > most
      ? html`<p>${told.length - most} more are in history.ndjson: those whose id no ledger line has.</p>`
      : nothing;
  return html`<section id="requests" tabindex="-1"><h2>Requests that contradict</h2>
<table><thead><tr><th scope="col">request</th><th scope="col">key</th><th scope="col">sent, s</th><th scope="col">answered, s</th><th scope="col">answer</th><th scope="col">by</th><th scope="col">what became of it</th></tr></thead><tbody>${rows}</tbody></table>${more}</section>`;
}

function tell(history: History, index: OpIndex) {
  const { startUs, endUs, outcome, value, node, nodes, error, errors, ids } = history;
  const seconds = (us: number | undefined) => ((us ?? 0) / 1e6).toFixed(3);
  const ok = outcome[index] === outcomeCodes.ok;
  return {
    id: ids.idOf(index),
    from: seconds(startUs[index]),
    to: seconds(endUs[index]),
    answer: ok ? `got ${value[index]}` : (errors[error[index] ?? 0] ?? 'no answer'),
    node: nodes[node[index] ?? 0] ?? null,
  };
}

/** `NODE_ID@ADDRESS` to the pod that had this id or, where it keeps none, this address. */
function podNames(events: readonly RunEvent[]): (node: string | null) => string {
  const names = new Map<string, string>();
  for (const event of events) {
    if (event.kind !== 'view') continue;
    const { pod, address, server } = event.view;
    names.set(address, pod);
    if (server?.myId) names.set(server.myId, pod);
  }
  return (node) => {
    if (node === null) return 'nobody said';
    const [id = '', address = ''] = node.split('@');
    return `${names.get(id) ?? names.get(address) ?? 'unknown'} (${node})`;
  };
}
