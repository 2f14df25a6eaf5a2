import { isIP } from 'node:net';
import { type NameRule, portName } from './names.ts';
import { checkRange, type Part, type Problem, problem, textOf } from './part.ts';

export const ipAddress: NameRule = (text) =>
  isIP(text) ? null : 'must be an IP address such as 10.9.8.7';

export const addressRange: NameRule = (text) => {
  const match = /^(.+)\/(\d{1,3})$/.exec(text);
  const family = isIP(match?.[1] ?? '');
  const bits = Number(match?.[2]);
  return family !== 0 && bits <= (family === 4 ? 32 : 128)
    ? null
    : 'must be a range of addresses such as 10.9.8.0/24';
};

/** A port by number or by the name that a container gives it. */
export function* checkPort(part: Part): Iterable<Problem> {
  yield* checkRange(part, 1, 65_535);
  if (typeof part.value !== 'string') return;
  const wrong = portName(textOf(part));
  if (wrong !== null) yield problem(part, wrong);
}
