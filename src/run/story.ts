import type { PhaseName } from '../model/event.ts';
import { restartMs, startAllowance } from '../rules/start-allowance.ts';
import type { Expectation } from '../topology/topology.ts';
import { audit, plantCanaries, readInitials } from './evidence/audit.ts';
import { takeSnapshots } from './evidence/snapshot.ts';
import { injectFault, landedAndPromoted, releaseHolds } from './fault/fault-step.ts';
import { tryWithoutPassword } from './fault/refusals.ts';
import { growthAtRest } from './load/counter-keys.ts';
import { findPage, ownPage, type Page } from './load/find-page.ts';
import { chooseKeys, type RunKeys } from './load/keys.ts';
import { acknowledgeEnough, enoughBefore, startLoad } from './load/load.ts';
import { removeOwnKeys } from './load/own-keys.ts';
import type { Load } from './load/recorded-load.ts';
import { probesThatHit } from './load/visitors.ts';
import { phase } from './phase.ts';
import { deploy, watchAndObserve } from './setup/deploy.ts';
import { everyServerSeen, form } from './setup/form.ts';
import { othersReady, redisStarted } from './setup/ready.ts';
import { recognised } from './setup/recognise.ts';
import { appService, portText } from './setup/service-ports.ts';
import { green, settled, steady } from './setup/settle.ts';
import { workloadsOf } from './setup/wanted-pods.ts';
import type { ObservedStage, Stage } from './stage.ts';
import { dialAnnounced } from './watch/announced.ts';
import { freshlySeen } from './watch/fresh-look.ts';

/**
 * The whole job, from nothing to the evidence. Every step is a phase on record; a step that finds the
 * set-up broken ends the story early, and what was seen until then is judged.
 */
export async function tellStory(stage: Stage): Promise<void> {
  await phase(stage, 'deploy', () => deploy(stage));
  await using watching = await watchAndObserve(stage);

  await phase(stage, 'ready', () => redisStarted(stage));
  const observed = await phase(stage, 'connect', async () => {
    const seen = await watching.connectObserver();
    await everyServerSeen(seen);
    return { ...seen, topology: recognised(seen) };
  });
  using _dialling = dialAnnounced(observed);
  await phase(stage, 'form', () => form(observed));
  const expectation = await phase(stage, 'settle', () => settled(observed));
  const page = await phase(stage, 'page', () => pageOf(observed));
  const { topology, recorder, setup, runId } = observed;
  const keys = chooseKeys({ topology, world: recorder.world }, runId, setup.shipped, {
    own: setup.app.own,
    key: page.key,
  });

  await using load = await phase(stage, 'load-before', () => steadyLoad(observed, keys, page));
  try {
    const failovers = stage.plan.faults.failovers ?? topology.failovers;
    for (let number = 1; number <= failovers; number++) {
      await failover(observed, keys, load, expectation, `f${number}`);
    }
    await phase(stage, 'drain', () => load.drain());
    await phase(stage, 'audit', () => audit(observed, keys));
  } finally {
    await load.drain(); // what is still under way would make them again
    await removeOwnKeys(observed, keys);
  }
}

/** Our own app's page, or the user's as it is found, and who else hits it; all on record. */
async function pageOf(stage: ObservedStage): Promise<Page> {
  await othersReady(stage);
  const { app, objects } = stage.setup;
  const { service } = app;
  if (app.own) {
    stage.recorder.record({ kind: 'app', own: true, service });
    return ownPage(stage);
  }
  const theirs = appService(objects, service);
  const page = await findPage(stage, theirs);
  const { port, path, pattern, key } = page;
  const at = port === null ? '' : ` port ${portText(port)},`;
  stage.progress.say(`page: Service ${service},${at} path ${path}, counted under ${key}`);
  const visitors = port === null ? [] : probesThatHit(objects, theirs, port, path);
  stage.recorder.record({
    kind: 'app',
    own: false,
    service,
    page: { port: port?.port ?? null, path, pattern: pattern.source, key },
    visitors,
    rest: await growthAtRest(stage, key),
  });
  return page;
}

/** Canaries and initial values first, then the load until it is steady and every pod has proven so. */
async function steadyLoad(stage: ObservedStage, keys: RunKeys, page: Page): Promise<Load> {
  await stage.observer.setProbes(keys.probes);
  await plantCanaries(stage, keys);
  await readInitials(stage, keys);
  const load = await startLoad(stage, keys, page);
  try {
    await enoughBefore(stage, load);
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

  await step('snapshot', () =>
    Promise.all([
      takeSnapshots(stage, 'before', faultId),
      tryWithoutPassword(stage, 'before', faultId),
    ]),
  );
  const fault = await step('inject', async () => {
    await freshlySeen(stage);
    return injectFault(stage, keys, faultId);
  });
  try {
    await step('observe', () => landedAndPromoted(stage, fault));
  } finally {
    await step('heal', () => releaseHolds(stage, fault));
  }
  const { timing } = fault;
  const redis = startAllowance(workloadsOf(stage.setup.objects, stage.setup.selector, 'redis'));
  const deadlineMs = timing.recoveryMs + restartMs(redis, fault.targets.length);
  if (await step('recover', () => green(stage, expectation, 0, deadlineMs))) {
    const windowMs = timing.stableMs;
    await step('window', () =>
      Promise.all([
        green(stage, expectation, windowMs, deadlineMs),
        acknowledgeEnough(stage, load),
      ]),
    );
  }
  await step('snapshot', () =>
    Promise.all([
      takeSnapshots(stage, 'after', faultId),
      tryWithoutPassword(stage, 'after', faultId),
    ]),
  );
}
