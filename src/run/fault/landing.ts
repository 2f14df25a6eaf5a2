import type { FaultTarget } from '../../model/fault.ts';
import { type Look, waitFor } from '../../platform/wait.ts';
import type { ObservedStage } from '../stage.ts';
import { waitPatiently } from '../watch/patience.ts';
import type { InjectedFault } from './fault-step.ts';

/** With a hold no new pod of that name may appear within this time (docs/design/contract.md, fault-landed). */
const noSuccessorMs = 2000;
const landTimeoutMs = 60_000;

/** Whether the deed hit, in the target's own words or Kubernetes'. */
interface Landing {
  readonly landed: boolean;
  readonly detail: string;
}

/** Asks of every target whether the fault hit it, and puts each answer on record. */
export async function confirmLanded(stage: ObservedStage, injected: InjectedFault): Promise<void> {
  await Promise.all(
    injected.targets.map(async (target) => {
      const { landed, detail } = await landing(stage, injected, target);
      stage.recorder.record({
        kind: 'fault',
        faultId: injected.id,
        name: injected.fault.name,
        hold: stage.plan.faults.hold,
        stage: landed ? 'landed' : 'missed',
        targets: [target],
        predicted: injected.predicted,
        detail: `${target.pod}: ${detail}`,
      });
    }),
  );
}

async function landing(
  stage: ObservedStage,
  injected: InjectedFault,
  target: FaultTarget,
): Promise<Landing> {
  const { signal } = stage;
  const held = injected.holds.length > 0;
  const look = looksOf(stage, injected, target)[held ? 'held' : 'plain'];
  const what = `${injected.fault.name} to show on ${target.pod}`;
  const wait = { what, timeoutMs: landTimeoutMs, everyMs: 20 };
  const seen = await waitPatiently(stage, wait, look).catch((error: unknown): Landing => {
    signal.throwIfAborted();
    return { landed: false, detail: error instanceof Error ? error.message : String(error) };
  });
  const successor = held && seen.landed ? await successorWithin(stage, target) : null;
  return successor === null
    ? seen
    : { landed: false, detail: `${seen.detail}, but a new pod ${target.pod} appeared` };
}

/** What shows the deed, while its target is kept down and where it is not. */
function looksOf(
  stage: ObservedStage,
  { fault, runIds }: InjectedFault,
  target: FaultTarget,
): Readonly<Record<'held' | 'plain', () => Look<Landing>>> {
  const again = () => restarted(stage, target, runIds.get(target.uid) ?? null);
  switch (fault.shownBy) {
    case 'uid-gone':
      return { held: () => stoppedAndKept(stage, target), plain: () => gone(stage, target) };
    case 'new-run-id':
      return { held: again, plain: again };
    case 'power-loss':
      return { held: () => outOfReach(stage, target), plain: again };
    default:
      return fault.shownBy satisfies never;
  }
}

/** A node without power: nobody reaches the server, and nobody has said a word of its end. */
function outOfReach({ recorder }: ObservedStage, target: FaultTarget): Look<Landing> {
  const status = recorder.world.views.get(target.uid)?.status;
  const terminating = recorder.world.pods.get(target.uid)?.pod.terminating ?? true;
  return status === 'unreachable'
    ? {
        done: true,
        value: {
          landed: true,
          detail: `out of reach, its pod ${terminating ? 'being deleted' : 'still counted as running'}`,
        },
      }
    : { done: false, seen: `it is ${status ?? 'not looked at'}` };
}

/** A plain delete: Kubernetes has no pod of that UID any more. */
function gone({ recorder }: ObservedStage, target: FaultTarget): Look<Landing> {
  const pod = recorder.world.pods.get(target.uid)?.pod;
  return pod === undefined
    ? { done: true, value: { landed: true, detail: 'UID gone' } }
    : { done: false, seen: `phase ${pod.phase}, terminating ${pod.terminating}` };
}

/** A held one: its containers have ended and the pod is still there. */
function stoppedAndKept({ recorder }: ObservedStage, target: FaultTarget): Look<Landing> {
  const pod = recorder.world.pods.get(target.uid)?.pod;
  if (pod === undefined) {
    return { done: true, value: { landed: false, detail: 'gone although it was held' } };
  }
  const stopped = pod.containers.every(({ state }) => state === 'terminated');
  return pod.terminating && stopped
    ? { done: true, value: { landed: true, detail: 'held: containers stopped, UID kept' } }
    : { done: false, seen: `phase ${pod.phase}, terminating ${pod.terminating}` };
}

/** A kill: the same pod's server answers with another run_id. */
function restarted(
  { recorder }: ObservedStage,
  target: FaultTarget,
  before: string | null,
): Look<Landing> {
  const now = recorder.world.views.get(target.uid)?.server?.runId ?? null;
  if (before === null) {
    return { done: true, value: { landed: false, detail: 'its run_id was not known before' } };
  }
  return now !== null && now !== before
    ? { done: true, value: { landed: true, detail: 'run_id changed' } }
    : { done: false, seen: now === null ? 'it does not answer' : 'its run_id is the same' };
}

async function successorWithin(stage: ObservedStage, target: FaultTarget): Promise<string | null> {
  const { recorder, clock, signal } = stage;
  const startUs = clock.nowUs();
  return waitFor(
    { what: 'no successor', timeoutMs: noSuccessorMs + 1000, everyMs: 50, signal, clock },
    () => {
      const other = [...recorder.world.pods.values()].find(
        ({ pod }) => pod.name === target.pod && pod.uid !== target.uid,
      );
      if (other) return { done: true, value: other.pod.uid };
      return clock.nowUs() - startUs >= noSuccessorMs * 1000
        ? { done: true, value: null }
        : { done: false, seen: 'none yet' };
    },
  );
}
