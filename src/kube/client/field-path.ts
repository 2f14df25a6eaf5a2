/**
 * The path of a field as the API server prints it, as a path into that object.
 * `spec.containers[0].image` (validation) and `.spec.containers[name="redis"].imag` (server-side
 * apply, list items by their keys) both occur. It ends where the text cannot be followed.
 */
export function fieldPath(object: unknown, text: string): (string | number)[] {
  const path: (string | number)[] = [];
  let at: unknown = object;
  for (const [, key, bracket] of text.matchAll(/(?:^|\.)([^.[\]]+)|\[([^\]]*)\]/g)) {
    if (key !== undefined) {
      path.push(key);
      at = isRecord(at) ? at[key] : undefined;
      continue;
    }
    const index = Array.isArray(at) ? indexOf(at, bracket ?? '') : -1;
    if (index < 0) break;
    path.push(index);
    at = (at as unknown[])[index];
  }
  return path;
}

function indexOf(items: readonly unknown[], bracket: string): number {
  if (/^\d+$/.test(bracket)) return Number(bracket);
  const keys = [...bracket.matchAll(/([^=,]+)=("[^"]*"|[^,]*)/g)].map(
    ([, name = '', value = '']) => [name, value.replace(/^"|"$/g, '')] as const,
  );
  if (keys.length === 0) return -1;
  const matches = (item: unknown, [name, value]: readonly [string, string]) =>
    // A key left out has its default, which is not in the user's object.
    isRecord(item) && (item[name] === undefined || String(item[name]) === value);
  return items.findIndex((item) => keys.every((key) => matches(item, key)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
