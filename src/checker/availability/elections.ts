import { formatMs } from '../../model/duration.ts';
import type { FaultStory, RunStory } from '../run-story.ts';
import type { AwayMoments } from './away.ts';

/**
 * How many elections there were in vain between a fault and a promotion. A replica that stands for election
 * begins a new epoch, which all take over, and winning begins none (cluster_legacy.c,
 * clusterHandleSlaveFailover: `currentEpoch++`): one epoch for each victim is the one that was won.
 */
function failedElections(
  { events, topology }: Pick<RunStory, 'events' | 'topology'>,
  { before, beginUs, targets }: Pick<FaultStory, 'before' | 'beginUs' | 'targets'>,
  promotedUs: number,
): number {
  const known = [...before.views.values()].flatMap((view) => topology.electionEpoch(view) ?? []);
  if (known.length === 0) return 0;
  const was = Math.max(...known);
  let last = was;
  for (const event of events) {
    if (event.kind !== 'view' || event.atUs < beginUs || event.atUs > promotedUs) continue;
    last = Math.max(last, topology.electionEpoch(event.view) ?? was);
  }
  const won = targets.filter(({ role }) => role === 'master').length;
  return Math.max(0, last - was - won);
}

/**
 * Elections that failed, where they explain what is over a budget that only follows from the prediction: the
 * vote is lost now and then without any fault of the set-up's, and the next one comes max(4 x node timeout,
 * 4 s) later. Null where there was none, or it is more than that.
 */
export function electionsText(
  story: RunStory,
  fault: FaultStory,
  { promotedUs }: AwayMoments,
  explains: (givenMs: number) => boolean,
): string | null {
  if (story.plan.assert.outageBudgetMs !== null || promotedUs === null) return null;
  const failed = failedElections(story, fault, promotedUs);
  const givenMs = failed * story.timing.failedElectionMs;
  if (failed === 0 || !explains(givenMs)) return null;
  const elections = failed === 1 ? 'one election' : `${failed} elections`;
  return `${elections} failed before a replica was promoted, which takes up to ${formatMs(givenMs)} more; --outage-budget says how long it may be`;
}
