/** A JSON object of unknown make. */
export type JsonMap = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The map itself, or an empty one for anything else: for reading tolerantly. */
export function asMap(value: unknown): JsonMap {
  return isMap(value) ? value : {};
}

/** The list itself, or an empty one for anything else. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The value at a path of keys, or undefined. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((current, key) => asMap(current)[key], value);
}

/**
 * A copy with the value at `path` replaced by `change(old)`; maps on the way are copied, not made: an
 * absent parent leaves the value as it is.
 */
export function changeAt(
  value: JsonMap,
  path: readonly string[],
  change: (old: unknown) => unknown,
): JsonMap {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (rest.length === 0) return { ...value, [key]: change(value[key]) };
  const inner = value[key];
  return isMap(inner) ? { ...value, [key]: changeAt(inner, rest, change) } : value;
}

/** The type's name as an error says it: `a list`, `text "six"`, `nothing`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (isMap(value)) return 'a map';
  if (typeof value === 'string') return `the text ${JSON.stringify(value)}`;
  return `the ${typeof value} ${String(value)}`;
}
