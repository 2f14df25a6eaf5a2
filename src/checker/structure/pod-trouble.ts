import type { RunEvent } from '../../model/event.ts';
import type { ContainerState, PodState } from '../../model/pod.ts';

/** A third start is a loop; one hiccup at a first start is not. */
const loopRestarts = 2;
/** Waiting reasons that name a wrong configuration or a crash (kubelet). */
const setupReasons: ReadonlySet<string> = new Set([
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** Why a pod that is not ready is the set-up's fault, with its reason; null when it is not known to be. */
export function crashText(pod: PodState): string | null {
  if (pod.ready) return null;
  for (const container of pod.containers) {
    const looping = container.restarts >= loopRestarts && !container.ready;
    if (!looping && !setupReasons.has(container.reason ?? '')) continue;
    return `${pod.name}: ${container.name} ${exitText(container)}`;
  }
  return null;
}

/** What a stop by the kubelet leaves: redis-server ends with 0 after SIGTERM; a shell says 128 + the signal. */
const stopCodes: readonly number[] = [0, 137, 143];

/**
 * Whether pods crash for no reason of their own: each that is restarted was stopped, as a liveness probe
 * that got no answer in time does it. A code of its own, a memory limit or a wrong configuration is one.
 */
export function onlyStopped(pods: readonly PodState[]): boolean {
  const crashed = pods
    .filter((pod) => crashText(pod) !== null)
    .flatMap(({ containers }) =>
      containers.filter(({ ready, restarts }) => !ready && restarts > 0),
    );
  return (
    crashed.length > 0 &&
    crashed.every(
      ({ lastExit }) =>
        lastExit !== null &&
        lastExit.reason !== 'OOMKilled' &&
        stopCodes.includes(lastExit.exitCode),
    )
  );
}

function exitText(container: ContainerState): string {
  const { lastExit, message, reason, restarts } = container;
  const exit = lastExit ? `; last exit: ${lastExit.reason}, code ${lastExit.exitCode}` : '';
  return `${reason ?? container.state}, ${restarts} restarts${exit}${message ? `: ${message}` : ''}`;
}

/** When the last Redis pod (or the one with this uid) turned ready or restarted, µs since run start. */
export function readySinceUs(events: readonly RunEvent[], untilUs: number, uid?: string): number {
  const last = new Map<string, string>();
  let sinceUs = 0;
  for (const event of events) {
    if (event.atUs > untilUs) break;
    if (event.kind !== 'pod' || event.part !== 'redis') continue;
    if (uid !== undefined && event.pod.uid !== uid) continue;
    const restarts = event.pod.containers.map((container) => container.restarts).join();
    const state = `${event.pod.ready} ${restarts}`;
    if (last.get(event.pod.uid) !== state) sinceUs = event.atUs;
    last.set(event.pod.uid, state);
  }
  return sinceUs;
}
