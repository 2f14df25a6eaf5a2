import { formatMs } from '../../model/duration.ts';
import type { Finding } from '../../model/finding.ts';
import { isOfServers, livePods, type WorldState } from '../../topology/state.ts';
import { momentText, shortened } from '../evidence.ts';
import { noProof, spansWithin } from '../guards/proof.ts';
import { lostMs, starvedIn, starvedText } from '../guards/starved.ts';
import { phaseUs } from '../phases.ts';
import { ofKind, type RunStory, worldAt } from '../run-story.ts';
import { crashText, onlyStopped, readySinceUs } from './pod-trouble.ts';
import { stretches } from './stretches.ts';

/** Of the time before the fault, a share. */
const mostlyStill = 0.5;
/** Ready for so long without a restart before anything is broken on purpose, ms (docs/design/contract.md). */
const steadyMs = 10_000;
/** What is wrong only for a moment right at the fault is a coincidence, not a broken set-up, ms. */
const momentMs = 2000;

/**
 * `topology-formed`: before the fault the set-up was formed, ready and steady, and every master had a
 * replica in sync. Null when infrastructure ended the run before that could be told.
 */
export function formedFinding(story: RunStory): Finding | null {
  const [fault] = story.faults;
  const untilUs = fault?.beginUs ?? story.endUs;
  const world = fault?.before ?? worldAt(story.events, untilUs);
  const result = (
    verdict: Finding['verdict'],
    observed: string,
    evidence: readonly string[] = [],
  ) => ({
    id: 'topology-formed' as const,
    verdict,
    expected: `formed, ready for ${formatMs(steadyMs)} without a restart, every master with a replica in sync`,
    observed,
    evidence: verdict === 'pass' ? shortened(evidence) : evidence.slice(0, 30),
  });
  const fromUs = phaseUs(story.events, 'deploy', 'begin') ?? 0;
  // the waits of a start are put off by what was lost, and a broken set-up may itself be what keeps the
  // machine busy (replicas that try again and again): only a machine that mostly stood still explains it
  const starved = starvedIn(story, fromUs, untilUs, mostlyStill);
  /** Red, unless a machine that stood still explains it. */
  const red = (explained: boolean, text: string, evidence: readonly string[]) =>
    explained && starved
      ? result('inconclusive', `${text}; ${starvedText(lostMs(story, fromUs, untilUs))}`, evidence)
      : result('fail', text, evidence);
  const stopped = onlyStopped(livePods(world));
  const broken = brokenTexts(story, untilUs);
  if (broken.length > 0) {
    const crashing = crashes(world);
    const late = broken.every(isLate) ? crashing.length === 0 || stopped : stopped;
    return red(late, broken[0] ?? '', [...broken, ...crashing, ...logLines(story)]);
  }
  if (!fault && story.events.some(({ kind }) => kind === 'infrastructure')) return null;
  const unlisted = story.proof
    ? spansWithin(story.proof.pods, untilUs - steadyMs * 1000, untilUs)
    : [];
  const crashing = unlisted.length > 0 ? [] : crashes(world);
  if (crashing.length > 0) {
    return red(stopped, crashing[0] ?? '', [...crashing, ...logLines(story)]);
  }
  if (fault && !fault.begun) {
    return result(
      'inconclusive',
      'nobody recorded when the fault began, so nobody knows what was before',
    );
  }
  if (!fault && story.plan.faults.name !== 'none') {
    return result('inconclusive', 'the run ended before the set-up was known to be formed');
  }
  const wrong = wrongBefore(story, world, untilUs);
  if (wrong?.lasting) return red(true, wrong.texts[0] ?? '', wrong.texts);
  if (wrong) return result('inconclusive', wrong.texts[0] ?? '', wrong.texts);
  const lonely = story.topology.lacking(world);
  if (lonely.length > 0) return red(true, lonely[0] ?? '', lonely);
  const steadyForMs = (untilUs - readySinceUs(story.events, untilUs)) / 1000;
  if (steadyForMs < steadyMs) {
    return result('inconclusive', `all pods had been ready for only ${formatMs(steadyForMs)}`);
  }
  const [gap] = unlisted;
  if (gap) {
    const text = `nobody listed the pods from ${momentText(gap.fromUs)} on for ${formatMs((gap.toUs - gap.fromUs) / 1000)}, or an event of one is missing`;
    return result('inconclusive', text);
  }
  if (story.proof === null) return result('inconclusive', noProof);
  const { nodeCount, shards } = story.topology.expect(world);
  const observed = `${nodeCount} nodes, ${shards.length} masters, ready for ${formatMs(steadyForMs)}`;
  return result('pass', observed, formedEvidence(story, world, untilUs));
}

/** Who formed it, and each pod with its role and since when it has been ready without a restart. */
function formedEvidence(story: RunStory, world: WorldState, untilUs: number): readonly string[] {
  const formed = ofKind(story.events, 'formed').findLast(({ ok, atUs }) => ok && atUs <= untilUs);
  const pods = livePods(world).flatMap((pod) => {
    const view = world.views.get(pod.uid);
    if (view?.status !== 'ok') return [];
    const restarts = pod.containers.reduce((sum, container) => sum + container.restarts, 0);
    const since = readySinceUs(story.events, untilUs, pod.uid);
    return `${pod.name}: ${story.topology.roleText(view)}, ready since ${momentText(since)}, ${restarts} restarts`;
  });
  return [
    ...(formed ? [`formed by ${formed.by} at ${momentText(formed.atUs)}: ${formed.detail}`] : []),
    ...pods,
  ];
}

function brokenTexts(story: RunStory, untilUs: number): readonly string[] {
  // After a fault the other checks say what is broken: this one speaks of what was before.
  const broken = ofKind(story.events, 'broken')
    .filter(({ atUs }) => story.faults.length === 0 || atUs <= untilUs)
    .map(({ message }) => message);
  const unformed = ofKind(story.events, 'formed')
    .filter(({ ok, atUs }) => !ok && atUs <= untilUs)
    .map(({ by, detail }) => `forming (by ${by}) did not succeed: ${detail}`);
  return [...unformed, ...broken];
}

/** A deadline that passed, or a wait inside the pods that did: what a slow machine does too. */
function isLate(text: string): boolean {
  return /^waited \d+ ms for |did not end within|time(d )?-?out/i.test(text);
}

function crashes(world: WorldState): readonly string[] {
  return livePods(world).flatMap((pod) => crashText(pod) ?? []);
}

function logLines(story: RunStory): readonly string[] {
  return ofKind(story.events, 'pod-log').flatMap(({ pod, container, lines }) =>
    lines.slice(-10).map((line) => `${pod}/${container}: ${line}`),
  );
}

/** What the invariants say of the moment before the fault; null when nothing is wrong. */
function wrongBefore(
  story: RunStory,
  world: WorldState,
  untilUs: number,
): { readonly lasting: boolean; readonly texts: readonly string[] } | null {
  const expected = story.topology.expect(world);
  const expectation = {
    ...expected,
    ids: new Map([...idsSoFar(story, world, untilUs), ...expected.ids]),
  };
  const fromUs = Math.max(0, untilUs - momentMs * 1000);
  const span = { fromUs, toUs: untilUs - 1 };
  const parts = stretches(story, span, worldAt(story.events, fromUs - 1), expectation).map(
    ({ violations, ...part }) => ({ ...part, violations: violations.filter(isOfServers) }),
  );
  const last = parts.at(-1);
  if (!last || last.violations.length === 0) {
    return expectation.shards.length > 0
      ? null
      : { lasting: livePods(world).length > 0, texts: story.topology.lacking(world) };
  }
  const definite = last.violations.filter(({ code }) => code !== 'UNSEEN' && code !== 'UNKNOWN');
  const shown = definite.length > 0 ? definite : last.violations;
  return {
    lasting: definite.length > 0 && parts.every((part) => part.violations.length > 0),
    texts: shown.map(({ text }) => text),
  };
}

/** Ids by name as each live pod said last: one that nobody can ask just now is still that node. */
function idsSoFar(
  story: RunStory,
  world: WorldState,
  untilUs: number,
): readonly (readonly [string, string])[] {
  const idOf = new Map<string, string>();
  for (const { atUs, view } of ofKind(story.events, 'view')) {
    const id = story.topology.identityOf(view);
    if (atUs <= untilUs && id !== null) idOf.set(view.uid, id);
  }
  return livePods(world).flatMap(({ name, uid }) => {
    const id = idOf.get(uid);
    return id === undefined ? [] : [[name, id] as const];
  });
}
