import { UsageError } from '../model/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws UsageError when the variable is not set or empty. */
export function requiredText(env: Environment, name: string): string {
  const text = env[name];
  if (text) return text;
  throw new UsageError(`the environment variable ${name} is not set`);
}

/**
 * A whole number of the environment within `low`..`high`; `fallback` when it is not set.
 * @throws UsageError naming the variable and what it holds.
 */
export function integer(
  env: Environment,
  name: string,
  fallback: number,
  { low, high }: { readonly low: number; readonly high: number },
): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= low && value <= high) return value;
  throw new UsageError(`${name} must be a whole number ${low}..${high}, not '${text}'`);
}

/**
 * One of the words; the first when the variable is not set.
 * @throws UsageError naming the words there are.
 */
export function oneOf<T extends string>(
  env: Environment,
  name: string,
  words: readonly [T, ...T[]],
): T {
  const text = env[name];
  if (text === undefined || text === '') return words[0];
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  throw new UsageError(`${name} must be one of ${words.join(', ')}, not '${text}'`);
}
