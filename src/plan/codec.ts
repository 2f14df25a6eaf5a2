import { parseDurationMs } from '../model/duration.ts';
import { didYouMean } from '../model/suggestion.ts';
import { parseBoolean } from './boolean.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** How one kind of setting is read, from a plan file and from a flag's text, and written back. */
export interface Codec<T> {
  /** What a right value is: `one of auto, none`, `a whole number from 1 to 1000`. */
  readonly expected: string;
  readonly schema: JsonSchema;
  /** Undefined when it is not one. */
  fromYaml(value: unknown): T | undefined;
  fromText(text: string): T | undefined;
  toYaml(value: T): unknown;
  /** Several flags add up to one value; null when a repeated flag is an error. */
  readonly join: ((values: readonly T[]) => T) | null;
  /** The only words that are right, of the value or of a list's items; null for any. */
  readonly names: readonly string[] | null;
  /** The value may be a slip that holds a password: never repeat it in a message. */
  readonly secret: boolean;
  /** `; did you mean X?` for a value that is not right, or nothing. */
  hint(value: unknown): string;
}

const plain = {
  join: null,
  names: null,
  secret: false,
  hint: () => '',
  toYaml: (value: unknown) => value,
};

export function choice<T extends string>(names: readonly T[]): Codec<T> {
  const find = (value: unknown) => names.find((name) => name === value);
  return {
    ...plain,
    expected: `one of ${names.join(', ')}`,
    names,
    schema: { type: 'string', enum: names },
    fromYaml: find,
    fromText: find,
    hint: (value) => (typeof value === 'string' ? didYouMean(value, names) : ''),
  };
}

/** Text that is not blank; `test` narrows it further. */
export function text(
  options: { expected?: string; test?: (text: string) => boolean } = {},
): Codec<string> {
  const read = (value: unknown) =>
    typeof value === 'string' && value.trim() !== '' && (options.test?.(value) ?? true)
      ? value
      : undefined;
  return {
    ...plain,
    expected: options.expected ?? 'text',
    schema: { type: 'string', minLength: 1 },
    fromYaml: read,
    fromText: read,
  };
}

export function integer(min: number, max: number): Codec<number> {
  const read = (value: unknown) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : undefined;
  return {
    ...plain,
    expected: `a whole number from ${min} to ${max}`,
    schema: { type: 'integer', minimum: min, maximum: max },
    fromYaml: read,
    fromText: (value) => (/^\d+$/.test(value) ? read(Number(value)) : undefined),
  };
}

/** Any number above 0. */
export function positive(max: number): Codec<number> {
  const read = (value: unknown) =>
    typeof value === 'number' && value > 0 && value <= max ? value : undefined;
  return {
    ...plain,
    expected: `a number above 0, at most ${max}`,
    schema: { type: 'number', exclusiveMinimum: 0, maximum: max },
    fromYaml: read,
    fromText: (value) => (/^\d*\.?\d+$/.test(value) ? read(Number(value)) : undefined),
  };
}

/** A duration above 0 with its unit; the value is whole milliseconds. */
export function duration(): Codec<number> {
  const read = (value: unknown) => {
    const ms = typeof value === 'string' ? parseDurationMs(value) : null;
    return ms !== null && ms > 0 ? ms : undefined;
  };
  return {
    ...plain,
    expected: 'a duration above 0 with its unit, e.g. 500ms, 5s, 2m',
    schema: { type: 'string', pattern: '^\\d+(\\.\\d+)?(ms|s|m|h)$' },
    fromYaml: read,
    fromText: read,
    toYaml: (ms) => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`),
    hint: (value) =>
      /^\d+(\.\d+)?$/.test(String(value)) && Number(value) > 0
        ? `; did you mean ${value}s or ${value}ms?`
        : '',
  };
}

export function flag(): Codec<boolean> {
  return {
    ...plain,
    expected: 'true or false',
    schema: { type: 'boolean' },
    fromYaml: (value) => (typeof value === 'boolean' ? value : undefined),
    fromText: parseBoolean,
  };
}

/** A list; as a flag's text separated by commas or line ends, and several flags add up. */
export function listOf<T>(item: Codec<T>): Codec<readonly T[]> {
  const readAll = <V>(values: readonly V[], read: (value: V) => T | undefined) => {
    const items = values.map(read);
    return items.some((entry) => entry === undefined) ? undefined : (items as T[]);
  };
  return {
    ...plain,
    expected: `a list, each ${item.expected}`,
    names: item.names,
    schema: { type: 'array', items: item.schema },
    fromYaml: (value) => (Array.isArray(value) ? readAll(value, item.fromYaml) : undefined),
    fromText: (value) => {
      const texts = value.split(/[,\n]/).map((entry) => entry.trim());
      return readAll(
        texts.filter((entry) => entry !== ''),
        item.fromText,
      );
    },
    toYaml: (values) => values.map(item.toYaml),
    join: (values) => values.flat(),
    hint: (value) => {
      const values: unknown[] = Array.isArray(value) ? value : String(value).split(/[,\n]/);
      return values.map(item.hint).find((hint) => hint !== '') ?? '';
    },
  };
}
