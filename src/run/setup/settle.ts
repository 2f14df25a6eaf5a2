import { proofOf, spansWithin } from '../../checker/guards/proof.ts';
import { formatMs } from '../../model/duration.ts';
import { startAllowance } from '../../rules/start-allowance.ts';
import { isOfServers, livePods, type Violation } from '../../topology/state.ts';
import type { Expectation } from '../../topology/topology.ts';
import { type ObservedStage, SetupBroken } from '../stage.ts';
import { stoodStill, waitPatiently } from '../watch/patience.ts';
import { podsOf } from '../watch/world.ts';
import { recordLogs, watchStarts } from './ready.ts';
import { workloadsOf } from './wanted-pods.ts';

const syncTimeoutMs = 60_000;
/** Ready for this long without a restart before anything is broken on purpose (docs/design/contract.md). */
const steadyMs = 10_000;
/** A formed cluster whose nodes name no replica for this long has none. */
const noReplicaMs = 10_000;

/**
 * Waits until every invariant holds, every master with a replica in sync, and returns what the rest
 * of the run is held against.
 * @throws SetupBroken when that does not come about: the checker says which invariant.
 */
export async function settled(stage: ObservedStage): Promise<Expectation> {
  const { recorder, clock, setup, topology } = stage;
  const starting = watchStarts(stage, 'redis');
  const { podMs } = startAllowance(workloadsOf(setup.objects, setup.selector, 'redis'));
  let noReplicaSince: { readonly us: number; readonly stillMs: () => number } | null = null;
  try {
    return await waitPatiently(
      stage,
      {
        what: 'every replica in sync, every view right and every pod ready',
        timeoutMs: syncTimeoutMs + podMs,
        everyMs: 20,
      },
      async () => {
        await starting.throwTrouble();
        const expectation = topology.expect(recorder.world);
        const wrong = topology.violations(recorder.world, expectation).filter(isOfServers);
        const lacking = topology.lacking(recorder.world);
        if (wrong.length === 0 && lacking.length === 0) {
          return { done: true, value: expectation };
        }
        const seen = wrong.length > 0 ? summarise(wrong) : lacking.join('; ');
        stage.progress.status(seen);
        const us = clock.nowUs();
        noReplicaSince =
          topology.hasReplicas(recorder.world) || lacking.length === 0
            ? null
            : (noReplicaSince ?? { us, stillMs: stoodStill(stage, noReplicaMs) });
        if (
          noReplicaSince &&
          (us - noReplicaSince.us) / 1000 > noReplicaMs + noReplicaSince.stillMs()
        ) {
          throw new SetupBroken(
            `the ${topology.called} has no replicas at all: nothing can be promoted`,
          );
        }
        return { done: false, seen };
      },
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'DeadlineError') throw error;
    for (const pod of podsOf(recorder.world, 'redis')) {
      if (!pod.ready) await recordLogs(stage, pod);
    }
    throw new SetupBroken(error.message, { cause: error });
  }
}

/** Waits until all Redis pods have been ready for 10 s on end without a restart. */
export async function steady(stage: ObservedStage): Promise<void> {
  const { recorder } = stage;
  await waitPatiently(
    stage,
    { what: 'all Redis pods ready for 10 s without a restart', timeoutMs: 60_000, everyMs: 50 },
    () => {
      const sinceUs = readySinceUs(recorder);
      const forMs = sinceUs === null ? 0 : (recorder.nowUs() - sinceUs) / 1000;
      return forMs >= steadyMs
        ? { done: true, value: undefined }
        : { done: false, seen: `ready for ${formatMs(forMs)}` };
    },
  ).catch((error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'DeadlineError') throw error;
    throw new SetupBroken(error.message, { cause: error });
  });
}

/** When the last Redis pod turned ready or restarted; null while one is not ready. */
function readySinceUs(recorder: ObservedStage['recorder']): number | null {
  if (podsOf(recorder.world, 'redis').some((pod) => !pod.ready)) return null;
  const last = new Map<string, string>();
  let since = 0;
  for (const event of recorder.events) {
    if (event.kind !== 'pod' || event.part !== 'redis') continue;
    const state = `${event.pod.ready} ${event.pod.containers.map((c) => c.restarts).join()}`;
    if (last.get(event.pod.uid) !== state) since = event.atUs;
    last.set(event.pod.uid, state);
  }
  return since;
}

/**
 * Waits until all is green again, then until it has been so for `forMs` on end, and somebody can be shown
 * to have looked all that time: while the API server is away nobody knows of the pods.
 * @returns false when the deadline passed first; what was wrong is in the events.
 */
export async function green(
  stage: ObservedStage,
  expectation: Expectation,
  forMs: number,
  timeoutMs: number,
): Promise<boolean> {
  const { recorder } = stage;
  const startUs = recorder.nowUs();
  const stillMs = stoodStill(stage, timeoutMs);
  using judge = judgeEveryEvent(stage, expectation);
  let provenUs = startUs;
  return await waitPatiently(
    stage,
    { what: 'all green', timeoutMs: timeoutMs + forMs + 1000, everyMs: 20 },
    () => {
      const { wrong, greenSinceUs } = judge;
      const nowUs = recorder.nowUs();
      let greenForMs =
        greenSinceUs === null ? 0 : (nowUs - Math.max(greenSinceUs, provenUs)) / 1000;
      if (greenSinceUs !== null && forMs > 0 && greenForMs >= forMs) {
        const holeUs = lastHoleUs(recorder, Math.max(greenSinceUs, provenUs), nowUs);
        if (holeUs !== null && (holeUs - startUs) / 1000 < timeoutMs) {
          provenUs = holeUs;
          greenForMs = (nowUs - holeUs) / 1000;
        }
      }
      stage.progress.status(
        wrong.length > 0 ? summarise(wrong) : `green for ${formatMs(greenForMs)}`,
      );
      if (greenSinceUs !== null && greenForMs >= forMs) return { done: true, value: true };
      // a green that began in time may be watched to its end
      const waitedMs = (nowUs - startUs) / 1000;
      if (greenSinceUs === null && waitedMs >= timeoutMs && waitedMs >= timeoutMs + stillMs()) {
        return { done: true, value: false };
      }
      return { done: false, seen: summarise(wrong) };
    },
  );
}

/** When the last time ended in which nobody can be shown to have looked, as the checker will see it; null: none. */
function lastHoleUs(
  { events, world }: ObservedStage['recorder'],
  fromUs: number,
  nowUs: number,
): number | null {
  const proof = proofOf(
    [...events].sort((a, b) => a.atUs - b.atUs),
    nowUs,
  );
  if (proof === null) return null;
  const servers = livePods(world).flatMap(({ uid }) => proof.servers.get(uid) ?? []);
  const ends = spansWithin([...proof.pods, ...servers], fromUs, nowUs).map(({ toUs }) => toUs);
  return ends.length === 0 ? null : Math.min(nowUs, Math.max(...ends));
}

/** What is wrong now, and since when nothing was. */
interface Judge extends Disposable {
  readonly wrong: readonly Violation[];
  readonly greenSinceUs: number | null;
}

/** Judges the world at each event, as the checker will: a look now and then would miss a flicker. */
function judgeEveryEvent(
  { recorder, topology }: Pick<ObservedStage, 'recorder' | 'topology'>,
  expectation: Expectation,
): Judge {
  let judged = recorder.world;
  let wrong: readonly Violation[] = topology.violations(judged, expectation);
  let greenSinceUs = wrong.length > 0 ? null : recorder.nowUs();
  const unsubscribe = recorder.subscribe(() => {
    if (recorder.world === judged) return;
    judged = recorder.world;
    wrong = topology.violations(judged, expectation);
    greenSinceUs = wrong.length > 0 ? null : (greenSinceUs ?? recorder.nowUs());
  });
  return {
    get wrong() {
      return wrong;
    },
    get greenSinceUs() {
      return greenSinceUs;
    },
    [Symbol.dispose]: unsubscribe,
  };
}

function summarise(wrong: readonly Violation[]): string {
  const [first] = wrong;
  if (!first) return 'all green';
  return `${first.text}${wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : ''}`;
}
