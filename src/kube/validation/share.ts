import { field, numberOf, type Part, type Problem, problem, textOf } from './part.ts';

/** A number of pods or a share of them (IntOrString): `1`, `25%`. @param most the largest percentage */
export function* checkShare(part: Part, most = Number.POSITIVE_INFINITY): Iterable<Problem> {
  const number = numberOf(part);
  const text = textOf(part);
  if (number !== null && number < 0) yield problem(part, `is ${number}, must be 0 or more`);
  if (typeof part.value !== 'string') return;
  if (!/^[0-9]+%$/.test(text)) {
    yield problem(part, `is ${text}, must be a whole number or a percentage such as 25%`);
  } else if (Number.parseInt(text, 10) > most) {
    yield problem(part, `is ${text}, must be ${most}% at most`);
  }
}

/** True for `0` and `0%`; false where it is absent. */
export function isZero(part: Part): boolean {
  return (
    part.value === 0 || (typeof part.value === 'string' && Number.parseInt(part.value, 10) === 0)
  );
}

export function rolling(strategy: Part): { surge: Part; unavailable: Part } {
  const update = field(strategy, 'rollingUpdate');
  return { surge: field(update, 'maxSurge'), unavailable: field(update, 'maxUnavailable') };
}
