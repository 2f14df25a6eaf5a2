import type { PhaseName } from '../model/event.ts';
import type { Expectation } from '../topology/cluster/expectation.ts';
import { audit, plantCanaries, readInitials } from './audit.ts';
import { deploy, watchAndObserve } from './deploy.ts';
import { injectFault, landedAndPromoted, releaseHolds } from './fault-step.ts';
import { form } from './form.ts';
import { chooseKeys, type RunKeys } from './keys.ts';
import { acknowledgeEnough, startLoad } from './load.ts';
import { phase } from './phase.ts';
import { othersReady, redisReady } from './ready.ts';
import type { Load } from './recorded-load.ts';
import { green, settled, steady } from './settle.ts';
import { takeSnapshots } from './snapshot.ts';
import type { ObservedStage, Stage } from './stage.ts';

/** Worst healthy recovery measured: 11.1 s; after this it will not come (redis-on-kubernetes.md). */
const recoverTimeoutMs = 60_000;

/**
 * The whole job, from nothing to the evidence. Every step is a phase on record; a step that finds the
 * set-up broken ends the story early, and what was seen until then is judged.
 */
export async function tellStory(stage: Stage): Promise<void> {
  await phase(stage, 'deploy', () => deploy(stage));
  await using watching = await watchAndObserve(stage);

  await phase(stage, 'ready', () => redisReady(stage));
  const observed = await phase(stage, 'connect', () => watching.connectObserver());
  await phase(stage, 'form', () => form(observed));
  const expectation = await phase(stage, 'settle', () => settled(observed));
  const keys = chooseKeys(
    stage.recorder.world,
    stage.runId,
    stage.setup.shipped,
    stage.setup.app.own,
  );

  await using load = await phase(stage, 'load-before', () => steadyLoad(observed, keys));
  for (let number = 1; number <= stage.plan.faults.failovers; number++) {
    await failover(observed, keys, load, expectation, `f${number}`);
  }
  await phase(stage, 'drain', () => load.drain());
  await phase(stage, 'audit', () => audit(observed, keys));
}

/** Canaries and initial values first, then the load until it is steady and every pod has proven so. */
async function steadyLoad(stage: ObservedStage, keys: RunKeys): Promise<Load> {
  await othersReady(stage);
  await stage.observer.setProbes(keys.probes);
  await plantCanaries(stage, keys);
  await readInitials(stage, keys);
  const load = await startLoad(stage, keys);
  try {
    await acknowledgeEnough(stage, load);
    await steady(stage);
  } catch (error) {
    await load.drain();
    throw error;
  }
  return load;
}

/** One fault and its aftermath: strike, watch, heal, recover, and stay green for 2 x node timeout. */
async function failover(
  stage: ObservedStage,
  keys: RunKeys,
  load: Load,
  expectation: Expectation,
  faultId: string,
): Promise<void> {
  const step = <T>(name: PhaseName, deed: () => Promise<T>) => phase(stage, name, deed, faultId);

  await step('snapshot', () => takeSnapshots(stage, 'before', faultId));
  const fault = await step('inject', () => injectFault(stage, keys, faultId));
  try {
    await step('observe', () => landedAndPromoted(stage, fault));
  } finally {
    await step('heal', () => releaseHolds(stage, fault));
  }
  if (await step('recover', () => green(stage, expectation, 0, recoverTimeoutMs))) {
    const windowMs = 2 * fault.settings.nodeTimeoutMs;
    await step('window', () =>
      Promise.all([
        green(stage, expectation, windowMs, recoverTimeoutMs),
        acknowledgeEnough(stage, load),
      ]),
    );
  }
  await step('snapshot', () => takeSnapshots(stage, 'after', faultId));
}
