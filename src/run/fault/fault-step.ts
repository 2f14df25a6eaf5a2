import { findFault } from '../../fault/catalogue.ts';
import type { Fault, Hold } from '../../fault/fault.ts';
import { formatMs } from '../../model/duration.ts';
import { describeError, InfrastructureError, UsageError } from '../../model/errors.ts';
import type { FaultEvent } from '../../model/event.ts';
import type { FaultTarget, Prediction } from '../../model/fault.ts';
import { masteredShard } from '../../model/fault.ts';
import { awayMs } from '../../rules/away.ts';
import type { Timing } from '../../topology/topology.ts';
import type { RunKeys } from '../load/keys.ts';
import type { ObservedStage } from '../stage.ts';
import { waitPatiently } from '../watch/patience.ts';
import { serverOf } from '../watch/world.ts';
import { confirmLanded } from './landing.ts';
import { tryWithoutPassword } from './refusals.ts';

export interface InjectedFault {
  readonly id: string;
  readonly fault: Fault;
  readonly targets: readonly FaultTarget[];
  readonly holds: readonly Hold[];
  readonly timing: Timing;
  readonly predicted: Prediction | null;
  readonly injectedUs: number;
  /** run_id of each victim's server before the deed, by uid. */
  readonly runIds: ReadonlyMap<string, string>;
}

/** SIGTERM makes Redis 7 and newer wait this long for lagging replicas (`shutdown-timeout`). */
const shutdownTimeoutMs = 10_000;

export async function injectFault(
  stage: ObservedStage,
  keys: RunKeys,
  id: string,
): Promise<InjectedFault> {
  const { plan, recorder, provider, signal } = stage;
  const fault = findFault(plan.faults.name);
  if (fault === null) throw new UsageError(`fault ${plan.faults.name} is not in this version`);
  const { hold } = plan.faults;
  const { topology } = stage;
  const targets = fault
    .choose({ topology, world: recorder.world, key: keys.aim, hold })
    .map((target) => withServer(stage, target));
  const timing = timingOf(stage, targets);
  const predicted = fault.predict(timing, targets);
  const say = (step: FaultEvent['stage'], detail: string, more: { held?: boolean } = {}) =>
    recorder.record({
      kind: 'fault',
      faultId: id,
      name: fault.name,
      hold,
      stage: step,
      targets,
      predicted,
      detail,
      ...more,
    });

  for (const target of targets) {
    const shard = masteredShard(target);
    const role = target.role === 'master' ? `master of ${shard ?? 'nothing'}` : 'replica';
    stage.progress.say(`${fault.name}: ${target.pod} (${target.ip}, ${role})`);
  }
  say('inject', `${fault.name} of ${targets.map((target) => target.pod).join(', ') || 'nothing'}`);
  const injectedUs = recorder.nowUs();
  const { graceSeconds } = plan.faults;
  const runIds = runIdsOf(stage, targets);
  const containerOf = (target: FaultTarget) => containerNameOf(stage, target);
  const holds = await fault.inject({
    provider,
    targets,
    hold,
    graceSeconds,
    nodeOf: (target) => nodeNameOf(stage, target),
    containerOf,
    signal,
  });
  const held = holds.length > 0;
  say('injected', `done${held ? ', held' : ''}`, { held });
  return { id, fault, targets, holds, timing, predicted, injectedUs, runIds };
}

/** With the container that runs it, which the topology does not know. */
function withServer({ recorder, setup }: ObservedStage, target: FaultTarget): FaultTarget {
  const pod = recorder.world.pods.get(target.uid)?.pod;
  const server = pod ? serverOf(pod, setup.redisPorts) : null;
  return server
    ? { ...target, container: server.container, server: `${target.uid}/${server.container}` }
    : target;
}

function runIdsOf(stage: ObservedStage, targets: readonly FaultTarget[]): Map<string, string> {
  return new Map(
    targets.flatMap(({ uid }) => {
      const runId = stage.recorder.world.views.get(uid)?.server?.runId;
      return runId === undefined ? [] : [[uid, runId] as const];
    }),
  );
}

function nodeNameOf({ recorder }: ObservedStage, target: FaultTarget): string {
  const node = recorder.world.pods.get(target.uid)?.pod.nodeName;
  if (node) return node;
  throw new InfrastructureError(`pod ${target.pod} is on no node`);
}

function containerNameOf({ recorder, setup }: ObservedStage, target: FaultTarget): string {
  const pod = recorder.world.pods.get(target.uid)?.pod;
  const server = pod ? serverOf(pod, setup.redisPorts) : null;
  if (server) return server.container;
  throw new InfrastructureError(`pod ${target.pod} has no container that runs a Redis server`);
}

/** By the targets' own settings, as they were asked; else by what the manifests were given. */
function timingOf(
  { topology, recorder, plan }: ObservedStage,
  targets: readonly FaultTarget[],
): Timing {
  const uids = targets.map(({ uid }) => uid);
  const told = topology.told(recorder.events, recorder.world, uids);
  const planned = plan.setup.nodeTimeoutMs;
  return topology.timing(
    told ?? (planned === null ? topology.defaults : { silenceMs: planned, known: true }),
  );
}

/**
 * The watch over one fault: it hit what it claimed and, held, something was promoted or it is late;
 * where nothing can be promoted, it has been down for long enough to tell.
 */
export async function landedAndPromoted(
  stage: ObservedStage,
  injected: InjectedFault,
): Promise<void> {
  await confirmLanded(stage, injected);
  await tryWithoutPassword(stage, 'during', injected.id);
  if (injected.holds.length === 0) return;
  if (injected.predicted === null) await stayDown(stage, injected);
  else if (await promotedOrLate(stage, injected)) await stayAway(stage, injected);
}

/**
 * The victim stays down after the promotion, under load: a shard that takes no write while one of it is
 * missing (`min-replicas-to-write`, a quorum, no room for a successor) looks whole a moment later.
 */
async function stayAway(stage: ObservedStage, { timing }: InjectedFault): Promise<void> {
  const forMs = awayMs(stage.plan.faults, timing.silenceMs);
  stage.progress.status(`kept away for ${formatMs(forMs)} more`);
  await stage.clock.sleep(forMs, stage.signal);
}

/**
 * With a hold: waits for another node to own the victims' slots. Not earlier is it called late than
 * one failed election and the server's own time to stop allow.
 * @returns whether every victim's slots have a new master.
 */
async function promotedOrLate(stage: ObservedStage, injected: InjectedFault): Promise<boolean> {
  const { recorder, progress, topology } = stage;
  const timeoutMs = shutdownTimeoutMs + injected.timing.leastHoldMs + 5000;
  let all = true;
  for (const target of injected.targets) {
    const shard = masteredShard(target);
    if (shard === null) continue;
    const promoted = await waitPatiently(
      stage,
      { what: `a replica of ${target.pod} to be promoted`, timeoutMs, everyMs: 20 },
      () => {
        const successor = topology
          .owners(recorder.world)
          .find(({ view }) => !topology.isTarget(view, target) && topology.claim(view, target));
        return successor
          ? { done: true, value: successor.pod.name }
          : { done: false, seen: `${shard} has no new master` };
      },
    ).catch((error: unknown) => {
      if (!(error instanceof Error) || error.name !== 'DeadlineError') throw error;
      return null; // the checker finds the same in the events
    });
    all &&= promoted !== null;
    progress.say(
      promoted === null ? `no promotion within ${timeoutMs} ms` : `promoted: ${promoted}`,
    );
  }
  return all;
}

/**
 * Keeps the victims down although nobody can take over, counted from the last one's exit: as long as a
 * promotion would have taken, so that its absence (and what the others do meanwhile) is an answer.
 */
async function stayDown(stage: ObservedStage, { timing }: InjectedFault): Promise<void> {
  const { silenceMs, promotion } = timing;
  const downMs = Math.max(
    promotion?.highMs ?? 0,
    2 * silenceMs,
    awayMs(stage.plan.faults, silenceMs),
  );
  stage.progress.status(`down for ${formatMs(downMs)}: nothing can be promoted`);
  await stage.clock.sleep(downMs, stage.signal);
}

/** Lets all victims come back, in the order in which they were struck. One that fails keeps none back. */
const releaseTimeoutMs = 10_000;

export async function releaseHolds(stage: ObservedStage, injected: InjectedFault): Promise<void> {
  if (injected.holds.length === 0) return;
  const record = (step: FaultEvent['stage'], detail: string) =>
    stage.recorder.record({
      kind: 'fault',
      faultId: injected.id,
      name: injected.fault.name,
      hold: stage.plan.faults.hold,
      stage: step,
      targets: injected.targets,
      predicted: injected.predicted,
      detail,
    });
  record('release', 'taking the hold off');
  // its own deadline: healing goes on when the run is being aborted
  const signal = AbortSignal.timeout(releaseTimeoutMs);
  const failures: Error[] = [];
  for (const hold of injected.holds) {
    await hold.release(signal).catch((error: unknown) => {
      const why = signal.aborted ? `no answer within ${releaseTimeoutMs} ms` : describeError(error);
      failures.push(
        new InfrastructureError(
          `cannot take the hold off ${hold.what}: ${why}; run \`redis-k8s-chaos clean\` once the cluster answers`,
          { cause: error },
        ),
      );
    });
  }
  if (failures[0]) throw failures[0];
  record('released', injected.holds.map(({ what }) => what).join(', '));
}
