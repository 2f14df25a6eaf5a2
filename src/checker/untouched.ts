import type { Finding } from '../model/finding.ts';
import type { ContainerState, PodState } from '../model/pod.ts';
import { livePods } from '../topology/state.ts';
import { momentText, shortened } from './evidence.ts';
import type { FaultStory, RunStory } from './run-story.ts';
import { lostMs, starvedIn, starvedText } from './starved.ts';

/** Something that happened to a server at which the fault did not aim. */
interface Trouble {
  readonly atUs: number;
  readonly text: string;
  /** `crash`: its process ended. `killed`: it was ended from outside, as a probe does. `gone`: its pod was removed. */
  readonly kind: 'crash' | 'killed' | 'gone';
}

/**
 * Adds to `topology-converged` what became of servers at which the fault did not aim: one that crashes
 * while another is away (or comes back) is a second failure that the first one brought about, also when it
 * heals. A kill from outside on a machine that stood still is a probe that was not answered in time, and
 * who removes a pod is not the set-up's servers: both leave it undecided.
 */
export function withUntouched(story: RunStory, fault: FaultStory, finding: Finding): Finding {
  const troubles = untouchedTroubles(story, fault);
  if (troubles.length === 0) return finding;
  const explained = ({ kind, atUs }: Trouble) =>
    kind === 'gone' || (kind === 'killed' && starvedIn(story, fault.beginUs, atUs));
  const red = troubles.filter((trouble) => !explained(trouble));
  const lines = [...red, ...troubles.filter(explained)].map(
    ({ atUs, text }) => `${momentText(atUs)} ${text}`,
  );
  const evidence = shortened([...lines, ...finding.evidence]);
  if (finding.verdict === 'fail') return { ...finding, evidence };
  const { note: _, ...rest } = finding;
  const [first] = red;
  if (first) return { ...rest, verdict: 'fail', observed: first.text, evidence };
  const [doubt] = troubles;
  const stillMs = lostMs(story, fault.beginUs, doubt?.atUs ?? fault.endUs);
  const why = doubt?.kind === 'killed' ? `; ${starvedText(stillMs)}` : '';
  return { ...rest, verdict: 'inconclusive', observed: `${doubt?.text ?? ''}${why}`, evidence };
}

function untouchedTroubles(story: RunStory, fault: FaultStory): readonly Trouble[] {
  const aimed = new Set(fault.targets.map(({ uid }) => uid));
  const others = new Map(
    livePods(fault.before)
      .filter(({ uid }) => !aimed.has(uid))
      .map((pod) => [pod.uid, pod] as const),
  );
  const known = new Map([...others].map(([uid, pod]) => [uid, restartsOf(pod)]));
  const runIds = new Map(
    [...others.keys()].flatMap((uid) => {
      const runId = fault.before.views.get(uid)?.server?.runId;
      return runId === undefined ? [] : [[uid, runId] as const];
    }),
  );
  const restarted = new Set<string>();
  const anew: (Trouble & { readonly uid: string })[] = [];
  const found: Trouble[] = [];
  for (const event of story.events) {
    if (event.atUs < fault.beginUs || event.atUs > fault.endUs) continue;
    if (event.kind === 'pod') {
      const { pod } = event;
      const before = known.get(pod.uid);
      if (before === undefined || restartsOf(pod) <= before) continue;
      known.set(pod.uid, restartsOf(pod));
      restarted.add(pod.uid);
      found.push({ atUs: event.atUs, ...restartOf(pod) });
    } else if (event.kind === 'pod-gone' && others.has(event.uid)) {
      const text = `${event.name}, at which the fault did not aim, was removed`;
      found.push({ atUs: event.atUs, kind: 'gone', text });
    } else if (event.kind === 'view' && event.view.server) {
      const { uid, pod, server } = event.view;
      const before = runIds.get(uid);
      if (before === undefined || before === server.runId) continue;
      runIds.set(uid, server.runId);
      const text = `the server of ${pod}, at which the fault did not aim, started anew (its run_id changed)`;
      anew.push({ atUs: event.atUs, kind: 'crash', text, uid });
    }
  }
  // The kubelet's word says why; the run_id alone tells of a server that its own container started again.
  return [...found, ...anew.filter(({ uid }) => !restarted.has(uid))];
}

function restartsOf(pod: PodState): number {
  return pod.containers.reduce((sum, { restarts }) => sum + restarts, 0);
}

/** SIGKILL and SIGTERM from outside, and the clean exit that a server makes of the latter. */
const fromOutside: readonly number[] = [0, 137, 143];

function restartOf(pod: PodState): Pick<Trouble, 'text' | 'kind'> {
  const worst = pod.containers.reduce<ContainerState | null>(
    (most, container) => (most === null || container.restarts > most.restarts ? container : most),
    null,
  );
  const exit = worst?.lastExit ?? null;
  const why = exit ? `${exit.reason}, exit code ${exit.exitCode}` : 'no reason given';
  const killed =
    exit !== null && exit.reason !== 'OOMKilled' && fromOutside.includes(exit.exitCode);
  return {
    kind: killed ? 'killed' : 'crash',
    text: `${pod.name}, at which the fault did not aim, restarted: ${worst?.name ?? 'its container'} ${why}`,
  };
}
