import type { OperationTotals } from '../../model/report.ts';
import { latenciesOf } from '../availability/latencies.ts';
import { longestOutageMs } from '../availability/outage.ts';
import type { RunStory } from '../run-story.ts';
import type { KeyAccount } from './accounting.ts';

/** The report's numbers about the requests. */
export function totalsOf(story: RunStory, accounts: readonly KeyAccount[]): OperationTotals {
  const sum = (of: (account: KeyAccount) => number) =>
    accounts.reduce((total, account) => total + of(account), 0);
  const main = accounts.find(({ key }) => key === 'hits') ?? accounts[0];
  return {
    attempted: story.history.size,
    ok: sum(({ counts }) => counts.ok),
    rejected: sum(({ counts }) => counts.rejected),
    indeterminate: sum(({ counts }) => counts.indeterminate),
    lost: sum(({ lost }) => lost.length),
    phantom: sum(({ phantom }) => phantom.length),
    duplicate: sum(({ duplicate }) => duplicate.length),
    stale: sum(({ stale }) => stale.count),
    finalCounter: main?.final ?? null,
    latencyUs: latenciesOf(story.history),
    longestOutageMs: longestOutageMs(story),
  };
}
