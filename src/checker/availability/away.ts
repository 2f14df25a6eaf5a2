import { formatMs } from '../../model/duration.ts';
import { masteredShard } from '../../model/fault.ts';
import { awayMs } from '../../rules/away.ts';
import { firstFrom } from '../counter/ascending.ts';
import type { FaultStory, RunStory } from '../run-story.ts';
import type { Moments } from './timeline.ts';

/** The time in which a victim was kept down although a replica had its slots already; µs since run start. */
export interface Away {
  readonly fromUs: number;
  readonly toUs: number;
}

/** What tells how the time away went. */
export type AwayMoments = Pick<Moments, 'promotedUs' | 'lastAckUs' | 'firstAckUs'>;

/** So much of the asked time may be missing: two clocks, and a release that takes a moment, ms. */
const slackMs = 250;

/** Up to the release, or until it was back before that. Null where nothing was held, nothing was promoted before the release, or there was none. */
export function awayOf(
  { events }: Pick<RunStory, 'events'>,
  fault: FaultStory,
  { promotedUs }: AwayMoments,
): Away | null {
  if (!fault.held || promotedUs === null || fault.releaseUs === null) return null;
  if (promotedUs > fault.releaseUs) return null;
  const backUs = backBeforeUs(events, fault, fault.releaseUs);
  return { fromUs: promotedUs, toUs: Math.max(promotedUs, backUs ?? fault.releaseUs) };
}

/** When a new pod of a victim's name answered though nobody had let it back: somebody else took the hold off. */
function backBeforeUs(
  events: RunStory['events'],
  { beginUs, targets }: FaultStory,
  releaseUs: number,
): number | null {
  const back = events.find(
    (event) =>
      event.kind === 'view' &&
      event.atUs > beginUs &&
      event.atUs < releaseUs &&
      event.view.status === 'ok' &&
      targets.some(({ pod, uid }) => pod === event.view.pod && uid !== event.view.uid),
  );
  return back?.atUs ?? null;
}

/**
 * Why nobody can say what breaks only while one is missing: the victim was let back sooner than the plan
 * says (an old report, an interrupted run). Null when it was away for as long as that.
 */
export function cutShort(
  { plan, timing }: Pick<RunStory, 'plan' | 'timing'>,
  away: Away,
): string | null {
  const neededMs = awayMs(plan.faults, timing.silenceMs);
  const wasMs = (away.toUs - away.fromUs) / 1000;
  return wasMs >= neededMs - slackMs
    ? null
    : `the victim was let back ${formatMs(wasMs)} after its replica's promotion: what breaks only while it is away was not looked at for the ${formatMs(neededMs)} of --away`;
}

/**
 * Keys of the victim's slots of which no write was acknowledged from the promotion to the release, and
 * the observer's own writes were refused as well: then the shard, not a slow client, takes none while one
 * of it is missing (`min-replicas-to-write` answers NOREPLICAS). Empty where that is not so.
 */
export function silentWhileAway(
  story: Pick<RunStory, 'keys' | 'covers' | 'acknowledgedUs'>,
  fault: FaultStory,
  { lastAckUs, firstAckUs }: AwayMoments,
  away: Away,
): readonly string[] {
  const refused = lastAckUs !== null && (firstAckUs === null || firstAckUs >= away.toUs);
  return refused ? silentKeys(story, fault, away) : [];
}

/**
 * The same keys where nobody can say whether the shard or the client was it: the observer never wrote to the
 * victim's slots. Empty where it did, or where the load was acknowledged.
 */
export function silentUnprobed(
  story: Pick<RunStory, 'keys' | 'covers' | 'acknowledgedUs' | 'events' | 'topology'>,
  fault: FaultStory,
  away: Away,
): readonly string[] {
  const shards = victimShards(fault);
  const probed = story.events.some(
    (event) =>
      event.kind === 'probe' &&
      shards.some((shard) => story.topology.covers(shard, event.key, event.slot)),
  );
  return probed ? [] : silentKeys(story, fault, away);
}

function victimShards({ targets }: FaultStory): readonly string[] {
  return targets.flatMap((target) => masteredShard(target) ?? []);
}

function silentKeys(
  story: Pick<RunStory, 'keys' | 'covers' | 'acknowledgedUs'>,
  fault: FaultStory,
  away: Away,
): readonly string[] {
  const shards = victimShards(fault);
  const keys = story.keys.filter((key) => shards.some((shard) => story.covers(shard, key)));
  const silent = (key: string) => {
    const ends = story.acknowledgedUs(key);
    return (ends[firstFrom(ends, away.fromUs)] ?? Number.POSITIVE_INFINITY) > away.toUs;
  };
  return keys.every(silent) ? keys : [];
}

/** So many refusals leave no doubt about what the new master says. */
const enoughRefusals = 5;

/**
 * Whether the new master answered writes, and refused them for lack of replicas: that is what it is set to
 * do, however slow the machine was.
 */
export function refusesAlone(
  { history }: Pick<RunStory, 'history'>,
  keys: readonly string[],
  away: Away,
): boolean {
  const wanted = history.keys.map((key) => keys.includes(key));
  let refusals = 0;
  for (let index = firstFrom(history.startUs, away.fromUs); index < history.size; index++) {
    if ((history.startUs[index] ?? 0) > away.toUs) break;
    const error = history.errors[history.error[index] ?? 0];
    if (wanted[history.key[index] ?? 0] && error === 'NOREPLICAS') refusals++;
  }
  return refusals >= enoughRefusals;
}
