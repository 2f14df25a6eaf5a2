import type { Finding } from '../../model/finding.ts';
import type { FailoverTrials } from '../../model/report.ts';
import type { KeyAccount } from '../counter/accounting.ts';
import type { Losses } from '../counter/losses.ts';
import type { OpIndex } from '../history.ts';
import type { FaultStory, RunStory } from '../run-story.ts';
import { longestGaps, outageSpan } from './outage.ts';

/** What was found in the run's counters. */
export interface Counted {
  readonly accounts: readonly KeyAccount[];
  readonly losses: Losses;
}

/**
 * What each of a run's fail-overs was a trial of. The unit is the fail-over, not the request: requests of
 * one fail-over share its fate. Only those count whose fault landed, and one that was not decided is no
 * trial of what was not decided. A red of the whole run counts against the fail-overs in whose time what
 * it shows happened; where that cannot be told, against one more.
 */
export function failoverTrials(
  story: RunStory,
  { accounts, losses }: Counted,
  findings: readonly Finding[],
): FailoverTrials {
  const of = (id: string) => findings.filter(({ faultId }) => faultId === id);
  const landed = story.faults.filter(({ id }) => has(of(id), 'fault-landed', 'pass'));
  const deciding = findings.filter(({ expectedRed }) => expectedRed !== true);
  const whole = deciding.filter(({ faultId }) => faultId === undefined);
  const own = ({ id }: FaultStory) => deciding.filter(({ faultId }) => faultId === id);
  const blamed = blame(story, { accounts, losses }, whole);
  const red = landed.filter((fault) => blamed.faults.has(fault.id) || own(fault).some(isRed));
  const good = whole.some(isUndecided)
    ? []
    : landed.filter((fault) => !red.includes(fault) && !own(fault).some(isUndecided));
  const reds = Math.min(landed.length, red.length + (blamed.nobody ? 1 : 0));
  const lossy = faultsOf(
    story,
    accounts.flatMap(({ lost }) => lost),
  );
  const counted = !has(findings, 'counter-continuity', 'inconclusive');
  const lossyCount = landed.filter(({ id }) => lossy.has(id)).length;
  return {
    failovers: landed.length,
    red: { count: reds, of: Math.max(reds, red.length + good.length) },
    lossy: { count: lossyCount, of: counted ? landed.length : lossyCount },
    outagesMs: landed
      .filter(({ id }) => !has(of(id), 'outage-within-budget', 'inconclusive'))
      .map((fault) => outageMs(story, fault)),
  };
}

const isRed = ({ verdict }: Finding) => verdict === 'fail';
const isUndecided = ({ verdict }: Finding) => verdict === 'inconclusive';

function has(
  findings: readonly Finding[],
  id: Finding['id'],
  verdict: Finding['verdict'],
): boolean {
  return findings.some((finding) => finding.id === id && finding.verdict === verdict);
}

/** Whose time the reds of the whole run show something of; `nobody`: one of them shows no time. */
function blame(
  story: RunStory,
  counted: Counted,
  whole: readonly Finding[],
): { readonly faults: ReadonlySet<string>; readonly nobody: boolean } {
  const shown = whole.filter(isRed).map((finding) => faultsOf(story, shownBy(finding, counted)));
  return {
    faults: new Set(shown.flatMap((ids) => [...ids])),
    nobody: shown.some((ids) => ids.size === 0),
  };
}

/** The requests that a red of the whole run is about; none where it is not about requests. */
function shownBy({ id }: Finding, { accounts, losses }: Counted): readonly OpIndex[] {
  if (id === 'no-duplicates') return accounts.flatMap(({ duplicate }) => duplicate);
  if (id !== 'counter-continuity' && id !== 'linearizable') return [];
  const { allowed, forbidden } = losses;
  const drops = accounts.flatMap(({ stale }) =>
    stale.deepest(12, ({ earlier, operation }) => allowed.has(earlier) || allowed.has(operation)),
  );
  return [
    ...forbidden,
    ...drops.map(({ operation }) => operation),
    ...accounts.flatMap(({ phantom }) => phantom),
  ];
}

/** The faults in whose span (or, before the first, right before which) these requests ended. */
function faultsOf({ faults, history }: RunStory, indices: readonly OpIndex[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const index of indices) {
    const endUs = history.endUs[index] ?? 0;
    // A write may be lost by a fault that came a moment later: the replica did not have it yet.
    const next = faults.find((fault) => fault.endUs >= endUs) ?? faults.at(-1);
    if (next) ids.add(next.id);
  }
  return ids;
}

function outageMs(story: RunStory, fault: FaultStory): number {
  const span = outageSpan(story, fault);
  if (span === null) return 0;
  const gaps = longestGaps(story, span.fromUs, span.toUs).map(({ fromUs, toUs }) => toUs - fromUs);
  return Math.round(Math.max(0, ...gaps) / 1000);
}
