import { checkRange, field, isGiven, numberOf, type Part, type Problem, problem } from './part.ts';
import { checkLabelSelector } from './selectors.ts';
import { checkShare } from './share.ts';

/** A budget says what must stay or what may go, not both. */
export function* checkDisruptionBudget(object: Part): Iterable<Problem> {
  const spec = field(object, 'spec');
  const stays = field(spec, 'minAvailable');
  const goes = field(spec, 'maxUnavailable');
  if (isGiven(stays) && isGiven(goes)) {
    yield problem(spec, 'has minAvailable and maxUnavailable, which exclude each other');
  }
  yield* checkShare(stays, 100);
  yield* checkShare(goes, 100);
  yield* checkLabelSelector(field(spec, 'selector'));
}

/** Above it are Kubernetes' own classes (scheduling/v1 HighestUserDefinablePriority). */
const priorityMost = 1_000_000_000;

export function* checkPriorityClass(object: Part): Iterable<Problem> {
  const value = field(object, 'value');
  if ((numberOf(value) ?? 0) > priorityMost) yield* checkRange(value, -(2 ** 31), priorityMost);
}
