import { describeError, InfrastructureError } from '../model/errors.ts';
import type { ContainerState, PodState } from '../model/pod.ts';
import { type Look, waitFor } from '../platform/wait.ts';
import { SetupBroken, type Stage } from './stage.ts';
import { type StartTrouble, startTrouble } from './start-trouble.ts';
import { wantedPods } from './wanted-pods.ts';
import { podsOf } from './world.ts';

/**
 * Waits until as many Redis pods as the manifests ask for are ready.
 * @throws InfrastructureError when an image cannot be pulled or a pod finds no room.
 * @throws SetupBroken when pods crash, are wrongly configured or never get ready: the set-up's fault.
 */
export async function redisReady(stage: Stage): Promise<void> {
  await partReady(stage, 'redis', wantedPods(stage.setup.objects, stage.setup.selector).redis);
}

/** The same for the app and the observer; they may need the cluster formed first. */
export async function othersReady(stage: Stage): Promise<void> {
  await partReady(stage, 'others', wantedPods(stage.setup.objects, stage.setup.selector).others);
}

async function partReady(stage: Stage, part: 'redis' | 'others', wanted: number): Promise<void> {
  // a real cluster may have to pull images first
  const timeoutMs = stage.provider.name === 'embedded' ? 90_000 : 300_000;
  const stuckSinceMs = new Map<string, number>();
  const look = async (): Promise<Look<undefined>> => {
    const pods = podsOf(stage.recorder.world, part).filter(
      // what a Job runs is never ready for long, and may fail until the servers are up
      (pod) => !pod.terminating && pod.owner?.kind !== 'Job',
    );
    const ready = pods.filter((pod) => pod.ready).length;
    stage.progress.status(`${ready} of ${wanted} ready`);
    if (pods.length >= wanted && ready === pods.length) return { done: true, value: undefined };
    const now = stage.clock.nowUs() / 1000;
    for (const pod of pods) {
      const trouble = startTrouble(pod);
      if (trouble === null) {
        stuckSinceMs.delete(pod.uid);
        continue;
      }
      const since = stuckSinceMs.get(pod.uid) ?? now;
      stuckSinceMs.set(pod.uid, since);
      if (now - since < trouble.lastsMs) continue;
      if (trouble.kind === 'infrastructure') throw cannotStart(pod, trouble);
      await recordLogs(stage, pod);
      throw new SetupBroken(`pod ${pod.name}: ${trouble.text}`);
    }
    return { done: false, seen: `${ready} of ${wanted} ready; ${describe(pods)}` };
  };
  try {
    const what = `${wanted} ${part === 'redis' ? 'Redis' : 'app'} pods to be ready`;
    await waitFor({ what, timeoutMs, everyMs: 50, signal: stage.signal, clock: stage.clock }, look);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'DeadlineError') throw error;
    for (const pod of podsOf(stage.recorder.world, part)) {
      const trouble = startTrouble(pod);
      if (trouble?.kind === 'infrastructure') throw cannotStart(pod, trouble, error);
      if (!pod.ready) await recordLogs(stage, pod);
    }
    throw new SetupBroken(error.message, { cause: error });
  }
}

function cannotStart(pod: PodState, { text, next }: StartTrouble, cause?: Error): Error {
  return new InfrastructureError(`pod ${pod.name} cannot start: ${text}${next}`, { cause });
}

/** The last lines that a failing container wrote, for the report: they usually say why. */
export async function recordLogs(stage: Stage, pod: PodState): Promise<void> {
  for (const container of pod.containers) {
    if (container.ready) continue;
    const lines = await lastLines(stage, pod, container);
    stage.recorder.record({ kind: 'pod-log', pod: pod.name, container: container.name, lines });
  }
}

/** What the kubelet gives, as a log's text, for an instance that it has removed. */
const removedInstance = /^unable to retrieve container logs/;

/**
 * Of the instance that ended last. That is the present one unless it was just started anew; asked for
 * the one before it, the kubelet often has none: it keeps one ended instance a container.
 */
async function lastLines(
  { provider, signal }: Stage,
  pod: PodState,
  container: ContainerState,
): Promise<readonly string[]> {
  const startedAnew = container.state === 'running' && container.restarts > 0;
  let trouble = '';
  for (const previous of [startedAnew, !startedAnew]) {
    const text = await provider
      .logs(pod.name, container.name, { previous }, signal)
      .catch((error: unknown) => {
        trouble = `(no log: ${describeError(error)})`;
        return '';
      });
    const lines = text.trimEnd().split('\n').slice(-10);
    if (text.trim() !== '' && !removedInstance.test(text)) return lines;
  }
  return [trouble || '(it wrote nothing)'];
}

function describe(pods: readonly PodState[]): string {
  const waiting = pods.filter((pod) => !pod.ready);
  if (waiting.length === 0) return `${pods.length} pods exist`;
  return waiting
    .map((pod) => {
      const state = pod.containers.map(
        (c) => `${c.name} ${c.state}${c.reason ? ` (${c.reason})` : ''}`,
      );
      return `${pod.name} ${pod.phase}${pod.reason ? `, ${pod.reason}` : ''}${state.length ? `: ${state.join(', ')}` : ''}`;
    })
    .join('; ');
}
