import { formatMs } from '../../model/duration.ts';
import type { ContainerState, PodState } from '../../model/pod.ts';
import { type FaultStory, ofKind, type RunStory } from '../run-story.ts';

/** A victim that SIGTERM did not end: the kubelet killed it when its grace period was over. */
export interface KilledAfterGrace {
  readonly pod: string;
  /** From the deletion to the kill, ms. */
  readonly afterMs: number;
}

/** What became of the app's own pods while a fault was under way. */
export type AppTrouble =
  | { readonly kind: 'restarted'; readonly pod: string; readonly exitCode: number | null }
  /** No pod of the app was in its Service for so long. */
  | { readonly kind: 'out-of-service'; readonly forMs: number };

/** 128 + SIGKILL (9); the kubelet's own word for what ran out of memory is another. */
const killedCode = 137;
/** A kill comes when the period is over, and is seen a little earlier or later than it is counted. */
const graceShare = 0.9;
const outOfServiceMs = 1000;

/** The first victim of a graceful delete that lived through its whole grace period. */
export function killedAfterGrace(story: RunStory, fault: FaultStory): KilledAfterGrace | null {
  for (const target of fault.targets) {
    const ending = ofKind(story.events, 'pod').filter(
      ({ atUs, pod }) =>
        pod.uid === target.uid && pod.terminating && atUs >= fault.beginUs && atUs <= fault.endUs,
    );
    const [first] = ending;
    const graceMs = (first?.pod.graceSeconds ?? 0) * 1000;
    if (!first || graceMs === 0) continue; // a forced one is our own kill
    const killed = ending.find(({ pod }) => pod.containers.some(wasKilled));
    const gone = ofKind(story.events, 'pod-gone').find(({ uid }) => uid === target.uid);
    const ended = ending.some(({ pod }) =>
      pod.containers.some(({ exitCode }) => exitCode !== null),
    );
    // not held, a pod may be gone before anybody saw how its container ended
    const endUs = killed?.atUs ?? (ended ? null : (gone?.atUs ?? null));
    const afterMs = endUs === null ? 0 : (endUs - first.atUs) / 1000;
    if (afterMs >= graceMs * graceShare) return { pod: target.pod, afterMs };
  }
  return null;
}

function wasKilled({ state, exitCode, reason }: ContainerState): boolean {
  return state === 'terminated' && exitCode === killedCode && reason !== 'OOMKilled';
}

/** Restarts of the app's pods during a fault, else a time without any of them in the Service. */
export function appTrouble(story: RunStory, fault: FaultStory): AppTrouble | null {
  const app = ofKind(story.events, 'app').at(-1);
  if (!app) return null;
  const behind = new Set(
    ofKind(story.events, 'endpoint')
      .filter(({ service }) => service === app.service)
      .flatMap(({ addresses }) => addresses),
  );
  const within = (atUs: number) => atUs >= fault.beginUs && atUs <= fault.endUs;
  const before = new Map<string, number>();
  for (const { atUs, part, pod } of ofKind(story.events, 'pod')) {
    if (part === 'redis' || part === 'observer') continue;
    if (!pod.ips.some((ip) => behind.has(ip))) continue;
    const restarts = restartsOf(pod);
    if (within(atUs) && restarts > (before.get(pod.uid) ?? 0)) {
      const exit = pod.containers.find((container) => container.restarts > 0)?.lastExit;
      return { kind: 'restarted', pod: pod.name, exitCode: exit?.exitCode ?? null };
    }
    before.set(pod.uid, restarts);
  }
  const forMs = longestEmptyMs(story, fault, app.service);
  return forMs >= outOfServiceMs ? { kind: 'out-of-service', forMs } : null;
}

function restartsOf(pod: PodState): number {
  return pod.containers.reduce((sum, { restarts }) => sum + restarts, 0);
}

function longestEmptyMs(story: RunStory, fault: FaultStory, service: string): number {
  let longestUs = 0;
  let emptySinceUs: number | null = null;
  const end = (atUs: number) => {
    if (emptySinceUs !== null) longestUs = Math.max(longestUs, atUs - emptySinceUs);
    emptySinceUs = null;
  };
  for (const event of ofKind(story.events, 'endpoint')) {
    if (event.service !== service || event.atUs > fault.endUs) continue;
    if (event.addresses.length > 0) end(event.atUs);
    else if (event.atUs >= fault.beginUs) emptySinceUs ??= event.atUs;
  }
  end(fault.endUs);
  return longestUs / 1000;
}

/** Why, as a sentence for somebody who meets it first. */
export function killedText({ pod, afterMs }: KilledAfterGrace): string {
  return `${pod} did not end when it was told to: after its whole grace period (${formatMs(afterMs)}) the kubelet killed it, so it saved nothing on its way out. SIGTERM does not reach the server (a start script without exec), or the server cannot end`;
}

/** The same of the app's pods. */
export function appText(trouble: AppTrouble): string {
  if (trouble.kind === 'out-of-service') {
    return `For ${formatMs(trouble.forMs)} no pod of the app was in its Service: its readiness probe fails while Redis does, so that nobody was left to answer`;
  }
  const { pod, exitCode } = trouble;
  // ended by a signal (143 is SIGTERM's), or in good order because it was told to
  const told = exitCode === 0 || exitCode === killedCode || exitCode === 143;
  return told
    ? `The app's own pods were ended and started anew meanwhile (${pod}, exit code ${exitCode}): their liveness probe fails while Redis fails over, and the kubelet restarts them for it`
    : `The app's own pods crashed meanwhile (${pod}, exit code ${exitCode ?? 'unknown'}): an error of Redis ends the app instead of one request`;
}
