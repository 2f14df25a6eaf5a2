import { InfrastructureError } from '../model/errors.ts';
import { waitFor } from '../platform/wait.ts';
import { formCluster } from '../topology/cluster/form.ts';
import { slotMasters } from '../topology/cluster/owner.ts';
import { livePods } from '../topology/state.ts';
import { recordLogs } from './ready.ts';
import { type ObservedStage, SetupBroken } from './stage.ts';
import { endedServer } from './start-trouble.ts';
import { loginError, loginRefused, whyUnseen } from './unseen.ts';
import { formsItself } from './wanted-pods.ts';
import { redisServers } from './world.ts';

/** Nodes that still know only themselves after this long will not form by themselves (contract.md). */
const aloneMs = 15_000;
const formTimeoutMs = 60_000;
const slotCount = 16_384;
/** All servers refuse us for so long: it is not that they are still being set up. */
const refusedMs = 5000;

/**
 * Gets a formed cluster: as it is, by the manifests' own doing, or by ours, as `--form` says.
 * @throws SetupBroken when it is not formed within its deadline.
 */
export async function form(stage: ObservedStage): Promise<void> {
  const by = await whoForms(stage);
  stage.progress.status(by === 'tool' ? 'forming' : `formed by ${by}`);
  const result =
    by === 'tool' ? await formOurselves(stage) : { ok: true, detail: `formed by ${by}` };
  if (result.ok) {
    await allSlotsServed(stage).catch((error: unknown) => {
      if (!(error instanceof Error) || error.name !== 'DeadlineError') throw error;
      stage.recorder.record({ kind: 'formed', ok: false, by, detail: error.message });
      throw new SetupBroken(error.message, { cause: error });
    });
  }
  stage.recorder.record({ kind: 'formed', ok: result.ok, by, detail: result.detail });
  if (!result.ok) throw new SetupBroken(result.detail);
}

async function whoForms(stage: ObservedStage): Promise<'tool' | 'self' | 'already'> {
  const { form: wish } = stage.plan.setup;
  await everyServerSeen(stage);
  if (isFormed(stage)) return 'already';
  if (
    wish === 'self' ||
    (wish === 'auto' && formsItself(stage.setup.objects, stage.setup.selector))
  )
    return 'self';
  if (wish === 'tool' || stage.setup.shipped) return 'tool';
  return (await staysAlone(stage)) ? 'tool' : 'self';
}

async function formOurselves(stage: ObservedStage) {
  const members = redisServers(stage).map(({ pod, container, ip, port }) => ({
    pod,
    container,
    ip,
    port,
  }));
  const formed = formCluster({
    provider: stage.provider,
    members: members.sort((a, b) => a.pod.localeCompare(b.pod, 'en', { numeric: true })),
    password: stage.setup.password,
    timeoutMs: formTimeoutMs,
    signal: stage.signal,
  });
  return formed.catch(async (error: unknown) => {
    if (error instanceof InfrastructureError) await blameServers(stage, error);
    throw error;
  });
}

/** @throws SetupBroken when a server has ended meanwhile: then that is why nobody could go into its pod. */
async function blameServers(stage: ObservedStage, cause: Error): Promise<void> {
  for (const pod of livePods(stage.recorder.world)) {
    const ended = endedServer(pod);
    if (ended === null) continue;
    await recordLogs(stage, pod);
    throw new SetupBroken(`pod ${pod.name}: ${ended}`, { cause });
  }
}

/** The observer has had a first look at every Redis pod. */
async function everyServerSeen(stage: ObservedStage): Promise<void> {
  const { clock, signal, recorder } = stage;
  let refusedSinceUs: number | null = null;
  await waitFor(
    {
      what: 'the observer to reach every Redis pod',
      timeoutMs: 30_000,
      everyMs: 20,
      signal,
      clock,
    },
    () => {
      const refusal = loginRefused(stage);
      refusedSinceUs = refusal === null ? null : (refusedSinceUs ?? clock.nowUs());
      if (refusal !== null && refusedSinceUs !== null) {
        if (clock.nowUs() - refusedSinceUs > refusedMs * 1000) throw loginError(stage, refusal);
      }
      const pods = livePods(recorder.world);
      const unseen = pods.filter(
        (pod) =>
          recorder.world.views.get(pod.uid)?.server === undefined ||
          recorder.world.views.get(pod.uid)?.server === null,
      );
      return unseen.length === 0
        ? { done: true, value: undefined }
        : {
            done: false,
            seen: unseen
              .map(
                (pod) =>
                  `${pod.name}: ${recorder.world.views.get(pod.uid)?.error ?? 'no answer yet'}`,
              )
              .join('; '),
          };
    },
  ).catch(async (error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'DeadlineError') throw error;
    throw await whyUnseen(stage, error);
  });
}

function slotsServed(stage: ObservedStage): number {
  return slotMasters(stage.recorder.world)
    .flatMap(({ ranges }) => ranges)
    .reduce((sum, { from, to }) => sum + to - from + 1, 0);
}

function isFormed(stage: ObservedStage): boolean {
  const { world } = stage.recorder;
  const pods = livePods(world);
  const known = pods.every((pod) => world.views.get(pod.uid)?.server?.nodes.length === pods.length);
  return known && slotsServed(stage) === slotCount;
}

async function allSlotsServed(stage: ObservedStage): Promise<void> {
  const { clock, signal } = stage;
  await waitFor(
    {
      what: 'all 16384 slots to have a master',
      timeoutMs: formTimeoutMs,
      everyMs: 20,
      signal,
      clock,
    },
    () => {
      if (isFormed(stage)) return { done: true, value: undefined };
      const seen = livePods(stage.recorder.world)
        .map(
          (pod) =>
            `${pod.name} knows ${stage.recorder.world.views.get(pod.uid)?.server?.nodes.length ?? 0}`,
        )
        .join(', ');
      return { done: false, seen: `${slotsServed(stage)} slots served; ${seen}` };
    },
  );
}

/** True when every node goes on knowing only itself; false as soon as one has met another. */
async function staysAlone(stage: ObservedStage): Promise<boolean> {
  const { clock, signal, recorder } = stage;
  const startUs = clock.nowUs();
  return waitFor(
    {
      what: 'the nodes to meet or to stay alone',
      timeoutMs: aloneMs + 5000,
      everyMs: 100,
      signal,
      clock,
    },
    () => {
      const views = livePods(recorder.world).map((pod) => recorder.world.views.get(pod.uid));
      if (views.some((view) => (view?.server?.nodes.length ?? 0) > 1))
        return { done: true, value: false };
      if (clock.nowUs() - startUs >= aloneMs * 1000) return { done: true, value: true };
      return { done: false, seen: 'every node knows only itself' };
    },
  );
}
