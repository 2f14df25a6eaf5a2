import type { Finding } from '../../model/finding.ts';
import type { ContainerState, PodState } from '../../model/pod.ts';
import { livePods } from '../../topology/state.ts';
import { momentText, shortened } from '../evidence.ts';
import { spansWithin } from '../guards/proof.ts';
import { lostMs, starvedIn, starvedText } from '../guards/starved.ts';
import { type FaultStory, ofKind, type RunStory } from '../run-story.ts';

/** Something that happened to a server at which the fault did not aim. */
interface Trouble {
  readonly atUs: number;
  readonly text: string;
  /**
   * `crash`: its process ended. `killed`: it was ended from outside, as a probe does. `gone`: its pod was
   * removed. `beside`: another container of its pod restarted, and the server went on.
   */
  readonly kind: 'crash' | 'killed' | 'gone' | 'beside';
}

/**
 * Adds to `topology-converged` what became of servers at which the fault did not aim: one that crashes
 * while another is away (or comes back) is a second failure that the first one brought about, also when it
 * heals. A kill from outside on a machine that stood still is a probe that was not answered in time, and
 * who removes a pod is not the set-up's servers: both leave it undecided. A container beside the server
 * (an exporter) is worth a note.
 */
export function withUntouched(
  story: RunStory,
  fault: FaultStory,
  finding: Finding,
  greenUs: number | null,
): Finding {
  const all = [
    ...untouchedTroubles(story, fault),
    ...(greenUs === null ? [] : returnedTroubles(story, fault, greenUs)),
  ];
  const troubles = all.filter(({ kind }) => kind !== 'beside');
  if (troubles.length === 0) return withNote(finding, all[0]);
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

function withNote(finding: Finding, beside: Trouble | undefined): Finding {
  if (beside === undefined || finding.verdict !== 'pass' || finding.note !== undefined)
    return finding;
  return { ...finding, note: beside.text };
}

/** The server was seen after its pod's restart, and is the one of before: its run_id is new at each start (server.c). */
function wentOn(
  { events, proof }: RunStory,
  fault: FaultStory,
  uid: string,
  atUs: number,
): boolean {
  const was = fault.before.views.get(uid)?.server?.runId;
  const is = fault.after.views.get(uid)?.server?.runId;
  if (proof === null || was === undefined || is !== was) return false;
  if (spansWithin(proof.servers.get(uid) ?? [], fault.beginUs, fault.endUs).length > 0)
    return false;
  return events.some(
    (event) =>
      event.kind === 'looks' &&
      event.atUs <= fault.endUs &&
      event.looks.some((one) => one.uid === uid && event.atUs - one.agoUs > atUs),
  );
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
      const restart = restartOf(pod);
      const beside = pod.containers.length > 1 && wentOn(story, fault, pod.uid, event.atUs);
      const kind = beside ? 'beside' : restart.kind;
      found.push({ atUs: event.atUs, text: restart.text, kind });
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

/**
 * The same of victims and their successors, once all had been green: until then a start may take several
 * tries. A server's own run_id tells at once; the kubelet's count may come late, so it counts from when the
 * green had lasted.
 */
function returnedTroubles(story: RunStory, fault: FaultStory, greenUs: number): readonly Trouble[] {
  const aimed = new Set(fault.targets.map(({ uid }) => uid));
  const untouched = new Set(
    livePods(fault.before).flatMap(({ uid }) => (aimed.has(uid) ? [] : [uid])),
  );
  const lastedUs = greenUs + story.timing.stableMs * 1000;
  const runIds = new Map<string, string>();
  const restarts = new Map<string, number>();
  const found = new Map<string, Trouble>();
  const add = (uid: string, trouble: Trouble) => {
    if (!found.has(uid)) found.set(uid, trouble);
  };
  for (const event of story.events) {
    if (event.atUs > fault.endUs) break;
    if (event.kind === 'pod' && !untouched.has(event.pod.uid)) {
      const { pod } = event;
      const before = restarts.get(pod.uid) ?? restartsOf(pod);
      restarts.set(pod.uid, restartsOf(pod));
      // a victim's own count is of the fault, however late it comes
      const counts = event.part === 'redis' && !aimed.has(pod.uid) && event.atUs > lastedUs;
      if (!counts || restartsOf(pod) <= before) continue;
      const { kind, text } = restartOf(pod, returned);
      add(pod.uid, { atUs: event.atUs, kind, text });
    } else if (event.kind === 'view' && event.view.server && !untouched.has(event.view.uid)) {
      const { uid, pod, server } = event.view;
      const before = runIds.get(uid) ?? server.runId;
      runIds.set(uid, server.runId);
      // of a victim itself the news that it was killed may come after a green that was none
      const fromUs = aimed.has(uid) ? lastedUs : greenUs;
      if (event.atUs <= fromUs || before === server.runId) continue;
      const text = `the server of ${pod}, ${returned}, started anew (its run_id changed)`;
      add(uid, {
        atUs: event.atUs,
        kind: killedIn(story, uid, event.atUs) ? 'killed' : 'crash',
        text,
      });
    }
  }
  return [...found.values()];
}

const returned = 'which had come back';

/** Whether the kubelet says of a container's last end, then or right after, that it came from outside. */
function killedIn(story: RunStory, uid: string, atUs: number): boolean {
  const said = ofKind(story.events, 'pod').filter(({ pod }) => pod.uid === uid);
  const next = said.find((event) => event.atUs >= atUs - 5_000_000 && restartsOf(event.pod) > 0);
  return next !== undefined && restartOf(next.pod, returned).kind === 'killed';
}

function restartsOf(pod: PodState): number {
  return pod.containers.reduce((sum, { restarts }) => sum + restarts, 0);
}

const notAimedAt = 'at which the fault did not aim';

/** SIGKILL and SIGTERM from outside, and the clean exit that a server makes of the latter. */
const fromOutside: readonly number[] = [0, 137, 143];

function restartOf(pod: PodState, who: string = notAimedAt): Pick<Trouble, 'text' | 'kind'> {
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
    text: `${pod.name}, ${who}, restarted: ${worst?.name ?? 'its container'} ${why}`,
  };
}
