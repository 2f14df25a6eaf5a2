import { InfrastructureError } from '../../model/errors.ts';
import { startAllowance } from '../../rules/start-allowance.ts';
import { type Former, formerOf } from '../../topology/form.ts';
import { livePods } from '../../topology/state.ts';
import { type ObservedStage, type SeenStage, SetupBroken } from '../stage.ts';
import { waitPatiently } from '../watch/patience.ts';
import { redisServers, sentinelServers } from '../watch/world.ts';
import { recordLogs, watchStarts } from './ready.ts';
import { endedServer } from './start-trouble.ts';
import { refusedLogin, whyUnseen } from './unseen.ts';
import { formsItself, workloadsOf } from './wanted-pods.ts';

/** Nodes that still know only themselves after this long will not form by themselves (docs/design/contract.md). */
const aloneMs = 15_000;
const formTimeoutMs = 60_000;
/** A server that runs answers within this time, or what keeps it from answering lasts. */
const answerMs = 30_000;
/** All servers refuse us for so long: it is not that they are still being set up. */
const refusedMs = 5000;

/**
 * Gets a formed set-up: as it is, by the manifests' own doing, or by ours, as `--form` says.
 * @throws SetupBroken when it is not formed within its deadline.
 */
export async function form(stage: ObservedStage): Promise<void> {
  const former = formerOf(stage.topology);
  const by = await whoForms(stage, former);
  stage.progress.status(by === 'tool' ? 'forming' : `formed by ${by}`);
  const result =
    by === 'tool' && former !== null
      ? await formOurselves(stage, former)
      : { ok: true, detail: `formed by ${by}` };
  if (result.ok) {
    await hasFormed(stage).catch((error: unknown) => {
      if (!(error instanceof Error) || error.name !== 'DeadlineError') throw error;
      stage.recorder.record({ kind: 'formed', ok: false, by, detail: error.message });
      throw new SetupBroken(error.message, { cause: error });
    });
  }
  stage.recorder.record({ kind: 'formed', ok: result.ok, by, detail: result.detail });
  if (!result.ok) throw new SetupBroken(result.detail);
}

async function whoForms(
  stage: ObservedStage,
  former: Former | null,
): Promise<'tool' | 'self' | 'already'> {
  const { form: wish } = stage.plan.setup;
  if (stage.topology.formed(stage.recorder.world).done) return 'already';
  if (
    former === null ||
    wish === 'self' ||
    (wish === 'auto' && formsItself(stage.setup.objects, stage.setup.selector))
  )
    return 'self';
  if (wish === 'tool' || stage.setup.shipped) return 'tool';
  return (await staysAlone(stage, former)) ? 'tool' : 'self';
}

async function formOurselves(stage: ObservedStage, former: Former) {
  const members = redisServers(stage).map(({ pod, container, ip, port }) => ({
    pod,
    container,
    ip,
    port,
  }));
  const formed = former.form({
    provider: stage.provider,
    members: members.sort((a, b) => a.pod.localeCompare(b.pod, 'en', { numeric: true })),
    password: stage.setup.password,
    user: stage.setup.user,
    timeoutMs: formTimeoutMs,
    signal: stage.signal,
  });
  return formed.catch(async (error: unknown) => {
    if (error instanceof InfrastructureError) await blameServers(stage, error);
    throw error;
  });
}

/** @throws SetupBroken when a server has ended meanwhile: then that is why nobody could go into its pod. */
async function blameServers(stage: SeenStage, cause: Error): Promise<void> {
  for (const pod of livePods(stage.recorder.world)) {
    const ended = endedServer(pod);
    if (ended === null) continue;
    await recordLogs(stage, pod);
    throw new SetupBroken(`pod ${pod.name}: ${ended}`, { cause });
  }
}

/** The observer has had a first look at every Redis pod. */
export async function everyServerSeen(stage: SeenStage): Promise<void> {
  const { recorder } = stage;
  const starting = watchStarts(stage, 'redis');
  const throwRefused = watchRefusals(stage);
  await waitPatiently(
    stage,
    {
      what: 'the observer to reach every Redis pod',
      timeoutMs: answerMs + podMs(stage),
      everyMs: 20,
    },
    async () => {
      await starting.throwTrouble();
      const refused = throwRefused();
      const pods = livePods(recorder.world);
      const unseen = pods.filter(
        (pod) =>
          recorder.world.views.get(pod.uid)?.server === undefined ||
          recorder.world.views.get(pod.uid)?.server === null,
      );
      const waiting = [
        ...unseen.map(
          ({ name, uid }) => `${name}: ${recorder.world.views.get(uid)?.error ?? 'no answer yet'}`,
        ),
        // one that answers nobody is the set-up's matter: that there is one says what the set-up is
        ...sentinelServers(stage)
          .filter(({ uid }) => !recorder.world.sentinels.has(uid))
          .map(({ pod, container }) => `${pod}/${container}: not looked at yet`),
        ...(refused === null ? [] : [refused.message]),
      ];
      return waiting.length === 0
        ? { done: true, value: undefined }
        : { done: false, seen: waiting.join('; ') };
    },
  ).catch(async (error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'DeadlineError') throw error;
    throw await whyUnseen(stage, error);
  });
}

/**
 * Whether all refuse our login just now, and what the user has to give for it.
 * @throws that, once they have refused it for a while: a server that starts may refuse it until it has its users.
 */
function watchRefusals(stage: SeenStage): () => Error | null {
  const { clock } = stage;
  let sinceUs: number | null = null;
  return () => {
    const refused = refusedLogin(stage);
    sinceUs = refused === null ? null : (sinceUs ?? clock.nowUs());
    if (refused !== null && sinceUs !== null && clock.nowUs() - sinceUs > refusedMs * 1000)
      throw refused;
    return refused;
  };
}

async function hasFormed(stage: ObservedStage): Promise<void> {
  const { recorder, topology } = stage;
  const wait = {
    what: `the ${topology.called} to be formed`,
    timeoutMs: formTimeoutMs + podMs(stage),
    everyMs: 20,
  };
  const throwRefused = watchRefusals(stage);
  await waitPatiently(stage, wait, () => {
    throwRefused();
    const { done, seen } = topology.formed(recorder.world);
    return done ? { done: true, value: undefined } : { done: false, seen };
  });
}

/**
 * True when every node goes on knowing only itself, counted from when all pods are ready, or from when
 * they have had the time for it that the manifests give: then they may be waiting for the cluster. False as
 * soon as one has met another.
 */
async function staysAlone(stage: ObservedStage, former: Former): Promise<boolean> {
  const { clock, recorder } = stage;
  const startUs = clock.nowUs();
  const readyMs = podMs(stage);
  let sinceUs: number | null = null;
  const timeoutMs = readyMs + aloneMs + 5000;
  return waitPatiently(
    stage,
    { what: 'the nodes to meet or to stay alone', timeoutMs, everyMs: 100 },
    () => {
      const pods = livePods(recorder.world);
      if (former.met(recorder.world)) return { done: true, value: false };
      const nowUs = clock.nowUs();
      const due = pods.every(({ ready }) => ready) || nowUs - startUs >= readyMs * 1000;
      if (due) sinceUs ??= nowUs;
      if (sinceUs !== null && nowUs - sinceUs >= aloneMs * 1000) return { done: true, value: true };
      return { done: false, seen: 'every node knows only itself' };
    },
  );
}

/** How long one Redis pod may take to be ready, by its probes. */
function podMs({ setup }: SeenStage): number {
  return startAllowance(workloadsOf(setup.objects, setup.selector, 'redis')).podMs;
}
