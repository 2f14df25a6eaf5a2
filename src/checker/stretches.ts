import type { CheckId } from '../model/finding.ts';
import type { Expectation } from '../topology/cluster/expectation.ts';
import { violations } from '../topology/cluster/invariants.ts';
import { advance, livePods, type Violation, type WorldState } from '../topology/state.ts';
import type { RunStory } from './run-story.ts';

/** A stretch of time in which the same things were wrong; times are µs since run start. */
export interface Stretch {
  readonly fromUs: number;
  readonly toUs: number;
  readonly violations: readonly Violation[];
  /** The observer had an answer of no pod, though Kubernetes calls every one ready. */
  readonly blind: boolean;
}

/** The violations over [fromUs, toUs], from the world right before `fromUs` on, without a gap. */
export function stretches(
  story: RunStory,
  span: { readonly fromUs: number; readonly toUs: number },
  start: WorldState,
  expectation: Expectation,
): readonly Stretch[] {
  const result: Stretch[] = [];
  let world = start;
  let current = violations(world, expectation);
  let blind = isBlind(world);
  let fromUs = span.fromUs;
  for (const event of story.events) {
    if (event.atUs < span.fromUs) continue;
    if (event.atUs > span.toUs) break;
    const next = advance(world, event);
    if (next === world) continue;
    world = next;
    if (event.kind === 'endpoint' || event.kind === 'probe') continue;
    const now = violations(world, expectation);
    if (sameTexts(now, current)) continue;
    if (event.atUs > fromUs) result.push({ fromUs, toUs: event.atUs, violations: current, blind });
    fromUs = event.atUs;
    current = now;
    blind = isBlind(world);
  }
  result.push({ fromUs, toUs: Math.max(fromUs, span.toUs), violations: current, blind });
  return result;
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
