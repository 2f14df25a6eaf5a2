import { natureOf } from '../../fault/catalogue.ts';
import type { FaultTarget, FaultTimeline } from '../../model/fault.ts';
import { masteredShard } from '../../model/fault.ts';
import { successorOf } from '../../topology/successor.ts';
import { type FaultStory, ofKind, type RunStory } from '../run-story.ts';
import { ofCheck, type Stretch } from '../structure/stretches.ts';
import { eachGap } from './gaps.ts';

/** The moments of one fault, µs since run start; null for one that did not happen or was not seen. */
export type Moments = {
  readonly [K in keyof FaultTimeline as K extends `${infer Name}Ms` ? `${Name}Us` : never]:
    | number
    | null;
};

/** Reads the moments of one victim of a fault (the first, unless told) out of the events. */
export function momentsOf(
  story: RunStory,
  fault: FaultStory,
  parts: readonly Stretch[],
  target: FaultTarget | undefined = fault.targets[0],
): Moments {
  const stoppedUs = target ? stopped(story, fault, target) : null;
  const probe = target ? probeOutage(story, fault, target, stoppedUs) : null;
  return {
    injectedUs: fault.injectedUs,
    lastAckUs: probe?.lastOkUs ?? null,
    stoppedUs,
    suspectedUs: target ? flagged(story, fault, target, 'suspected') : null,
    failedUs: target ? flagged(story, fault, target, 'failed') : null,
    promotedUs: (target && promotionOf(story, fault, target)?.atUs) ?? null,
    firstAckUs: probe?.firstOkUs ?? null,
    firstOkUs: target ? firstOk(story, fault, target, stoppedUs, probe) : null,
    endpointUs: target ? endpointFollows(story, fault, target) : null,
    podReadyUs: target ? podReady(story, fault, target) : null,
    redundantUs: redundant(parts),
  };
}

/** The same moments as the report has them: whole ms since run start. */
export function timelineOf(moments: Moments): FaultTimeline {
  const ms = (us: number | null) => (us === null ? null : Math.round(us / 1000));
  return {
    injectedMs: ms(moments.injectedUs),
    lastAckMs: ms(moments.lastAckUs),
    stoppedMs: ms(moments.stoppedUs),
    suspectedMs: ms(moments.suspectedUs),
    failedMs: ms(moments.failedUs),
    promotedMs: ms(moments.promotedUs),
    firstAckMs: ms(moments.firstAckUs),
    firstOkMs: ms(moments.firstOkUs),
    endpointMs: ms(moments.endpointUs),
    podReadyMs: ms(moments.podReadyUs),
    redundantMs: ms(moments.redundantUs),
  };
}

function within(fault: FaultStory, atUs: number): boolean {
  return atUs >= fault.beginUs && atUs <= fault.endUs;
}

/**
 * The container's exit as the observer's broken connection tells it: the process is gone then, and
 * Kubernetes says so only later. Where the observer had no contact, the container's own state.
 */
function stopped(story: RunStory, fault: FaultStory, target: FaultTarget): number | null {
  const { ends } = natureOf(fault.name);
  if (ends === 'never') return null;
  // Power is gone at once, and nobody tells: an observer only finds out when its question times out.
  // Where nothing is held, the power is back by the time that the deed is done.
  if (ends === 'power') return fault.held ? fault.injectedUs : fault.beginUs;
  const hadContact = fault.before.views.get(target.uid)?.status === 'ok';
  for (const event of story.events) {
    if (!within(fault, event.atUs)) continue;
    if (hadContact && event.kind === 'view' && event.view.uid === target.uid) {
      if (event.view.status === 'unreachable') return event.atUs;
    }
    if (event.kind === 'pod' && event.pod.uid === target.uid) {
      const { containers } = event.pod;
      if (containers.length > 0 && containers.every(({ state }) => state === 'terminated')) {
        return event.atUs;
      }
    }
    if (event.kind === 'pod-gone' && event.uid === target.uid) return event.atUs;
  }
  return null;
}

/** First time that a peer says so of the victim. */
function flagged(
  story: RunStory,
  fault: FaultStory,
  target: FaultTarget,
  moment: 'suspected' | 'failed',
): number | null {
  const seen = ofKind(story.events, 'view').find(
    ({ atUs, view }) =>
      within(fault, atUs) &&
      view.uid !== target.uid &&
      story.topology.moment(view, target) === moment,
  );
  return seen?.atUs ?? null;
}

/** First time another server says, of itself, that it is master of the victim's shard, and of which pod it is; null when none did. */
export function promotionOf(
  { events, topology, timing }: Pick<RunStory, 'events' | 'topology' | 'timing'>,
  fault: FaultStory,
  target: FaultTarget,
): { readonly atUs: number; readonly uid: string } | null {
  // where nobody can take over it is the same one, whatever the pod is called that its controller made
  if (masteredShard(target) === null || timing.promotion === null) return null;
  const seen = ofKind(events, 'view').find(
    ({ atUs, view }) =>
      within(fault, atUs) &&
      topology.identityOf(view) !== null &&
      !topology.isTarget(view, target) &&
      topology.claim(view, target) !== null,
  );
  return seen ? { atUs: seen.atUs, uid: seen.view.uid } : null;
}

interface Outage {
  readonly lastOkUs: number | null;
  readonly firstOkUs: number | null;
}

/** The outage of the observer's own increments on the victim's slots; null when it had none. */
function probeOutage(
  story: RunStory,
  fault: FaultStory,
  target: FaultTarget,
  stoppedUs: number | null,
): Outage | null {
  const shard = masteredShard(target);
  if (shard === null) return null;
  const turns = ofKind(story.events, 'probe').filter(
    ({ atUs, key, slot }) => within(fault, atUs) && story.topology.covers(shard, key, slot),
  );
  for (const [index, turn] of turns.entries()) {
    if (turn.ok) continue;
    const back = turns.slice(index + 1).find(({ ok, key }) => ok && key === turn.key);
    // A single probe that failed before the process had gone is not the outage.
    if (back && stoppedUs !== null && back.atUs < stoppedUs) continue;
    return { lastOkUs: turn.lastOkUs, firstOkUs: back?.atUs ?? null };
  }
  return null;
}

/** End of the longest time without a success through the LoadBalancer that overlaps the outage. */
function firstOk(
  story: RunStory,
  fault: FaultStory,
  target: FaultTarget,
  stoppedUs: number | null,
  probe: Outage | null,
): number | null {
  const fromUs = stoppedUs ?? probe?.lastOkUs ?? null;
  if (fromUs === null) return null;
  const shard = masteredShard(target);
  const untilUs = Math.max(probe?.firstOkUs ?? fault.endUs, fromUs);
  const keys = shard === null ? [] : story.keys.filter((key) => story.covers(shard, key));
  const ends = keys.map((key) => story.acknowledgedUs(key));
  const startUs = story.load?.fromUs ?? fromUs;
  let longest = { us: 0, endUs: null as number | null };
  eachGap(ends, { fromUs, toUs: fault.endUs, startUs }, (previousUs, endUs) => {
    if (previousUs > untilUs) return;
    if (endUs - previousUs > longest.us) longest = { us: endUs - previousUs, endUs };
  });
  return longest.endUs;
}

/** No Service that had the victim's address has it any more. */
function endpointFollows(story: RunStory, fault: FaultStory, target: FaultTarget): number | null {
  const having = new Set(
    [...fault.before.endpoints].filter(([, ips]) => ips.includes(target.ip)).map(([name]) => name),
  );
  if (having.size === 0) return null;
  for (const event of ofKind(story.events, 'endpoint')) {
    if (!within(fault, event.atUs)) continue;
    if (event.addresses.includes(target.ip)) having.add(event.service);
    else having.delete(event.service);
    if (having.size === 0) return event.atUs;
  }
  return null;
}

/** The victim's successor (or the victim itself, restarted in place) is ready again. */
function podReady(story: RunStory, fault: FaultStory, target: FaultTarget): number | null {
  let wasDown = false;
  const names = [
    target.pod,
    successorOf(story.topology, fault.after, target, fault.expectation)?.name,
  ];
  for (const { atUs, pod } of ofKind(story.events, 'pod')) {
    if (!within(fault, atUs) || !names.includes(pod.name)) continue;
    if (pod.ready && !pod.terminating && (wasDown || pod.uid !== target.uid)) return atUs;
    if (!pod.ready || pod.terminating) wasDown = true;
  }
  return null;
}

/** First time that replication is as before after the fault had taken some of it away. */
function redundant(parts: readonly Stretch[]): number | null {
  const isShort = (part: Stretch) => ofCheck(part, 'replication-restored').length > 0;
  // with a pod out of sight nobody can count them
  const isWhole = (part: Stretch) =>
    !isShort(part) && part.violations.every(({ code }) => code !== 'UNSEEN' && code !== 'UNKNOWN');
  const broken = parts.findIndex(isShort);
  if (broken < 0) return null;
  return parts.slice(broken).find(isWhole)?.fromUs ?? null;
}
