import { isMap } from '../../model/json-value.ts';
import type { YamlPath } from '../../model/yaml-document.ts';
import { formatPath } from '../field-check.ts';

/** A value inside of an object, and where in it. A null counts as absent, as in the API. */
export interface Part {
  readonly path: YamlPath;
  readonly value: unknown;
}

/** What an API server refuses: which field, in its words, and why. */
export interface Problem {
  /** Where in the user's object. */
  readonly path: YamlPath;
  /** `spec.ports[0].port`: as the API server names it, where that is not the path itself. */
  readonly field: string;
  readonly message: string;
}

/** The rules of one kind: yields what is wrong, in any order, and reads on where types are wrong. */
export type Problems = Iterable<Problem>;

export function problem(part: Part, message: string, field = formatPath(part.path)): Problem {
  return { path: part.path, field, message };
}

export function field(part: Part, ...names: readonly string[]): Part {
  return names.reduce<Part>(
    (at, name) => ({
      path: [...at.path, name],
      value: isMap(at.value) && Object.hasOwn(at.value, name) ? at.value[name] : undefined,
    }),
    part,
  );
}

export function items(part: Part): Part[] {
  if (!Array.isArray(part.value)) return [];
  return part.value.map((value: unknown, index) => ({ path: [...part.path, index], value }));
}

export function entries(part: Part): [string, Part][] {
  if (!isMap(part.value)) return [];
  return Object.keys(part.value).map((key) => [key, field(part, key)]);
}

export function isGiven(part: Part): boolean {
  return part.value !== undefined && part.value !== null;
}

/** The text, or `''`: absent and empty are the same to the API where a text is not a pointer. */
export function textOf(part: Part): string {
  return typeof part.value === 'string' ? part.value : '';
}

export function numberOf(part: Part): number | null {
  return typeof part.value === 'number' ? part.value : null;
}

/** Runs a text's rule where the text is given and not empty. */
export function* checkText(
  part: Part,
  rule: (text: string) => string | null,
  name?: string,
): Iterable<Problem> {
  const text = textOf(part);
  const wrong = text === '' ? null : rule(text);
  if (wrong !== null) yield problem(part, wrong, name);
}

/** As `checkText`, of a text that must be there. */
export function* requireText(
  part: Part,
  rule: (text: string) => string | null = () => null,
  name?: string,
): Iterable<Problem> {
  if (textOf(part) === '') yield problem(part, 'is missing', name);
  yield* checkText(part, rule, name);
}

/** Whole numbers in a range, where given. */
export function* checkRange(
  part: Part,
  least: number,
  most = Number.POSITIVE_INFINITY,
): Iterable<Problem> {
  const number = numberOf(part);
  if (number === null || (number >= least && number <= most)) return;
  yield problem(
    part,
    most === Number.POSITIVE_INFINITY
      ? `is ${number}, must be ${least} or more`
      : `is ${number}, must be between ${least} and ${most}`,
  );
}

export function* checkNotNegative(part: Part, ...names: readonly string[]): Iterable<Problem> {
  for (const name of names) yield* checkRange(field(part, name), 0);
}

/** The second of two entries with the same key; entries without a key are left out. */
export function* refuseTwice(
  parts: readonly Part[],
  keyOf: (part: Part) => string | null,
  at: (part: Part) => Part,
): Iterable<Problem> {
  const seen = new Set<string>();
  for (const part of parts) {
    const key = keyOf(part);
    if (key === null) continue;
    if (seen.has(key)) yield problem(at(part), `repeats ${key}`);
    seen.add(key);
  }
}

/** Of several fields of which one at most may be given: those given, in the API's order. */
export function given(part: Part, names: readonly string[]): Part[] {
  return names.map((name) => field(part, name)).filter(isGiven);
}
