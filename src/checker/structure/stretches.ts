import type { CheckId } from '../../model/finding.ts';
import type { NodeView } from '../../model/view.ts';
import { advance, livePods, type Violation, type WorldState } from '../../topology/state.ts';
import type { Expectation } from '../../topology/topology.ts';
import { momentText } from '../evidence.ts';
import { type Proof, spanAt } from '../guards/proof.ts';
import type { RunStory } from '../run-story.ts';

/** A stretch of time in which the same things were wrong; times are µs since run start. */
export interface Stretch {
  readonly fromUs: number;
  readonly toUs: number;
  readonly violations: readonly Violation[];
  /** The observer had an answer of no pod, though Kubernetes calls every one ready. */
  readonly blind: boolean;
}

/**
 * The violations over [fromUs, toUs], from the world right before `fromUs` on, without a gap. A server
 * that nobody can be shown to have looked at is unseen for that time, whatever its last view says.
 */
export function stretches(
  story: RunStory,
  span: { readonly fromUs: number; readonly toUs: number },
  start: WorldState,
  expectation: Expectation,
): readonly Stretch[] {
  const result: Stretch[] = [];
  let world = start;
  let { violations: current, blind } = judged(story, world, expectation, span.fromUs);
  let fromUs = span.fromUs;
  const look = (atUs: number) => {
    const now = judged(story, world, expectation, atUs);
    if (sameTexts(now.violations, current)) return;
    if (atUs > fromUs) result.push({ fromUs, toUs: atUs, violations: current, blind });
    fromUs = atUs;
    ({ violations: current, blind } = now);
  };
  const turns = proofTurns(story, span);
  for (const event of story.events) {
    if (event.atUs < span.fromUs) continue;
    if (event.atUs > span.toUs) break;
    for (let us = turns[0]; us !== undefined && us <= event.atUs; us = turns[0]) {
      turns.shift();
      look(us);
    }
    const next = advance(world, event);
    if (next === world) continue;
    world = next;
    if (event.kind === 'probe') continue;
    look(event.atUs);
  }
  for (const us of turns) look(us);
  result.push({ fromUs, toUs: Math.max(fromUs, span.toUs), violations: current, blind });
  return result;
}

/** When the proof of looking begins or ends within a span. */
function proofTurns({ proof }: RunStory, span: { fromUs: number; toUs: number }): number[] {
  if (proof === null) return [];
  return [...proof.servers.values(), proof.pods]
    .flatMap((spans) => spans.flatMap(({ fromUs, toUs }) => [fromUs, toUs]))
    .filter((us) => us > span.fromUs && us <= span.toUs)
    .sort((a, b) => a - b);
}

function judged(
  story: RunStory,
  world: WorldState,
  expectation: Expectation,
  atUs: number,
): Pick<Stretch, 'violations' | 'blind'> {
  const span = story.proof ? spanAt(story.proof.pods, atUs) : null;
  if (span) {
    const text = `the pods were not listed from ${momentText(span.fromUs)} to ${momentText(span.toUs)}, or an event of one is missing`;
    // without them nobody knows whose words and addresses the views are
    const unlisted = { check: 'topology-converged', code: 'UNKNOWN', pod: null, text } as const;
    return { violations: [unlisted], blind: false };
  }
  const seen = provenWorld(story, world, atUs);
  return { violations: story.topology.violations(seen, expectation), blind: isBlind(seen) };
}

/** The world without the views of servers that nobody can be shown to have looked at. */
function provenWorld({ proof }: RunStory, world: WorldState, atUs: number): WorldState {
  if (proof === null) return world;
  const proven = (views: ReadonlyMap<string, NodeView>) =>
    new Map([...views].map(([id, view]) => [id, provenView(proof, view, atUs)]));
  return { ...world, views: proven(world.views), sentinels: proven(world.sentinels) };
}

function provenView(proof: Proof, view: NodeView, atUs: number): NodeView {
  const span = view.status === 'ok' ? spanAt(proof.servers.get(view.uid) ?? [], atUs) : null;
  if (span === null) return view;
  const error = `no proof of a look from ${momentText(span.fromUs)} to ${momentText(span.toUs)}`;
  const { sentinel: _, ...rest } = view;
  return { ...rest, status: 'unproven', error, server: null };
}

/** Neighbouring stretches joined as long as this judgement of them stays the same. */
export function runsOf<T>(
  parts: readonly Stretch[],
  judge: (stretch: Stretch) => T,
): readonly { readonly fromUs: number; readonly toUs: number; readonly value: T }[] {
  const runs: { fromUs: number; toUs: number; value: T }[] = [];
  for (const part of parts) {
    const value = judge(part);
    const last = runs.at(-1);
    if (last && last.value === value) last.toUs = part.toUs;
    else runs.push({ fromUs: part.fromUs, toUs: part.toUs, value });
  }
  return runs;
}

export function ofCheck(stretch: Stretch, check: CheckId): readonly Violation[] {
  return stretch.violations.filter((violation) => violation.check === check);
}

function isBlind(world: WorldState): boolean {
  const live = livePods(world);
  return (
    live.length > 0 &&
    live.every(({ ready, uid }) => ready && world.views.get(uid)?.status !== 'ok')
  );
}

function sameTexts(a: readonly Violation[], b: readonly Violation[]): boolean {
  return a.length === b.length && a.every((violation, index) => violation.text === b[index]?.text);
}
