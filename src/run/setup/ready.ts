import { describeError, InfrastructureError } from '../../model/errors.ts';
import type { ContainerState, PodState } from '../../model/pod.ts';
import { type Look, waitFor } from '../../platform/wait.ts';
import { loadAllowanceMs, startAllowance } from '../../rules/start-allowance.ts';
import { SetupBroken, type Stage } from '../stage.ts';
import { stoodStill } from '../watch/patience.ts';
import { podsOf, serverOf } from '../watch/world.ts';
import { type StartTrouble, startTrouble } from './start-trouble.ts';
import { wantedPods, workloadsOf } from './wanted-pods.ts';

/** What a program may need besides its probes: on a real cluster images may have to be pulled first, ms. */
function programMs(stage: Stage): number {
  return stage.provider.name === 'embedded' ? 90_000 : 300_000;
}

/**
 * Waits until as many Redis pods as the manifests ask for are there and each runs its server. Ready is
 * not asked for: a readiness probe may well wait for the cluster that is still to be formed.
 * @throws InfrastructureError when an image cannot be pulled or a pod finds no room.
 * @throws SetupBroken when pods crash, are wrongly configured or are never started: the set-up's fault.
 */
export async function redisStarted(stage: Stage): Promise<void> {
  const { redisPorts } = stage.setup;
  const runs = (pod: PodState) => {
    const server = serverOf(pod, redisPorts);
    return pod.containers.some(
      ({ name, state }) => name === server?.container && state === 'running',
    );
  };
  await podsThat(stage, 'redis', 'started', (pod) => pod.ready || runs(pod));
}

/** Waits until the app and the observer are ready; they may need the cluster formed first. */
export async function othersReady(stage: Stage): Promise<void> {
  await podsThat(stage, 'others', 'ready', (pod) => pod.ready);
}

async function podsThat(
  stage: Stage,
  part: 'redis' | 'others',
  state: 'started' | 'ready',
  isThere: (pod: PodState) => boolean,
): Promise<void> {
  const wanted = wantedPods(stage.setup.objects, stage.setup.selector)[part];
  const starting = watchStarts(stage, part);
  const look = async (): Promise<Look<undefined>> => {
    const pods = startingPods(stage, part);
    const there = pods.filter(isThere).length;
    stage.progress.status(`${there} of ${wanted} ${state}`);
    if (pods.length >= wanted && there === pods.length) return { done: true, value: undefined };
    await starting.throwTrouble();
    return { done: false, seen: `${there} of ${wanted} ${state}; ${describe(pods)}` };
  };
  try {
    const { timeoutMs, moreMs } = starting;
    const what = `${wanted} ${part === 'redis' ? 'Redis' : 'app'} pods to be ${state}`;
    const { signal, clock } = stage;
    await waitFor({ what, timeoutMs, everyMs: 50, signal, clock, moreMs }, look);
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

/** What a Job runs is never ready for long, and may fail until the servers are up. */
function startingPods(stage: Stage, part: 'redis' | 'others'): readonly PodState[] {
  return podsOf(stage.recorder.world, part).filter(
    (pod) => !pod.terminating && pod.owner?.kind !== 'Job',
  );
}

/** A startup probe of ten minutes is patience, no plan: nobody waits so long for a red. */
const mostLoadMs = 120_000;

/** The watch over the pods of a part while they start. */
export interface StartWatch {
  /** What the manifests allow one of them, and the program on top: so long without a step is too long. */
  readonly timeoutMs: number;
  /** By how much that is put off as of now: each step of a pod begins it anew, a standstill of the machine too. */
  readonly moreMs: () => number;
  /** Throws when a pod is known never to start by waiting. */
  throwTrouble(): Promise<void>;
}

export function watchStarts(stage: Stage, part: 'redis' | 'others'): StartWatch {
  const { objects, selector } = stage.setup;
  const workloads = workloadsOf(objects, selector, part);
  const loadMs = Math.min(loadAllowanceMs(workloads), mostLoadMs);
  const timeoutMs = programMs(stage) + startAllowance(workloads).podMs + loadMs;
  const startMs = stage.recorder.nowUs() / 1000;
  const stillMs = stoodStill(stage, timeoutMs);
  const stuckSinceMs = new Map<string, number>();
  const steps = new Set<string>();
  let lastStepMs = startMs;
  return {
    timeoutMs,
    moreMs: () => stillMs() + lastStepMs - startMs,
    async throwTrouble() {
      const now = stage.recorder.nowUs() / 1000;
      for (const pod of startingPods(stage, part)) {
        const before = steps.size;
        for (const step of stepsOf(pod)) steps.add(step);
        if (steps.size > before) lastStepMs = now;
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
    },
  };
}

/** How far a pod has come; each step is taken once, so that one that goes round puts nothing off for ever. */
function stepsOf(pod: PodState): readonly string[] {
  return [
    `${pod.uid} made`,
    ...(pod.nodeName === null ? [] : [`${pod.uid} scheduled`]),
    ...(pod.phase === 'Running' ? [`${pod.uid} running`] : []),
    ...(pod.ready ? [`${pod.uid} ready`] : []),
  ];
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
