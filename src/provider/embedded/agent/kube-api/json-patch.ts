import { ApiError, badRequest } from './api-error.ts';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

type Container = Record<string, unknown> | unknown[];

/**
 * JSON Patch (RFC 6902) without `move` and `copy`, which nobody needs for labels. Ours: a failed
 * operation is told in the API server's own words, which clients match (client-go, our own hold).
 * @returns a changed copy
 * @throws ApiError when the patch cannot be read, or cannot be applied to this document
 */
export function applyJsonPatch(document: object, patch: unknown): object {
  if (!Array.isArray(patch)) {
    throw badRequest('error decoding patch: a JSON patch is a list of operations');
  }
  const root: { document: unknown } = { document: structuredClone(document) };
  for (const operation of patch as Operation[]) applyOne(root, operation);
  return root.document as object;
}

function applyOne(root: { document: unknown }, operation: Operation): void {
  const { op, path, value } = operation;
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/'))) {
    throw badRequest(`error decoding patch: the path ${JSON.stringify(path)} is no JSON pointer`);
  }
  const keys = path === '' ? [] : path.slice(1).split('/').map(unescaped);
  const last = keys.pop();
  if (last === undefined) throw notImitated('the whole object');
  const parent = keys.reduce<unknown>(inside, root.document);
  if (typeof parent !== 'object' || parent === null) throw cannotApply();
  const container = parent as Container;
  const present = inside(container, last);
  if (op === 'test') {
    // An absent member equals null (evanphx/json-patch).
    if (canonical(present ?? null) !== canonical(value ?? null)) throw cannotApply();
  } else if (op === 'add') {
    if (value === undefined) throw cannotApply();
    put(container, last, value, true);
  } else if (op === 'replace' || op === 'remove') {
    if (present === undefined) throw cannotApply();
    if (op === 'replace') put(container, last, value, false);
    else if (Array.isArray(container)) container.splice(Number(last), 1);
    else delete container[last];
  } else {
    throw notImitated(op);
  }
}

function put(container: Container, key: string, value: unknown, insert: boolean): void {
  if (!Array.isArray(container)) {
    // not by assignment: `__proto__` is a key like any other here
    Object.defineProperty(container, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else if (key === '-') container.push(value);
  else container.splice(Number(key), insert ? 0 : 1, value);
}

function inside(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

function unescaped(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** JSON with sorted keys: equal texts are equal values. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/**
 * Whatever keeps a patch from being applied, a `test` that does not hold among it, the API server says
 * the same sentence and gives no details (apiserver, endpoints/handlers/patch.go applyJSPatcher; as 1.34
 * answered).
 */
function cannotApply(): ApiError {
  const message = 'the server rejected our request due to an error in our request';
  return new ApiError(422, 'Invalid', message, {});
}

/** What a real server takes and this imitation does not. */
function notImitated(what: string): ApiError {
  const message = `the embedded provider's JSON patches take add, replace, remove and test of fields, not ${what}; run with --provider kind`;
  return new ApiError(422, 'Invalid', message, {});
}
