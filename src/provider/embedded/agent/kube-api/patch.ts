import { ApiError, badRequest, unsupportedMediaType } from './api-error.ts';
import { applyJsonPatch } from './json-patch.ts';

const types = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

/**
 * The object as the body of a PATCH makes it.
 * @throws ApiError for another type of patch, and for one that cannot be applied
 */
export function patched(object: object, contentType: string, patch: unknown): object {
  const type = contentType.split(';')[0]?.trim();
  if (type === types.json) return applyJsonPatch(object, patch);
  if (type !== types.merge && type !== types.strategic) {
    throw unsupportedMediaType(Object.values(types));
  }
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) {
    throw badRequest('error decoding patch: a merge patch is an object');
  }
  // In labels and annotations, maps without keys to merge lists by, both are the same.
  if (type === types.strategic) refuseDirectives(patch);
  return mergePatched(object, patch) as object;
}

/** JSON Merge Patch (RFC 7386). */
export function mergePatched(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const merged = new Map(Object.entries(isMap(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatched(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/…` and `$setElementOrder/…` say more than a map. */
function refuseDirectives(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key.startsWith('$')) {
      throw new ApiError(
        422,
        'Invalid',
        `the embedded provider does not take ${key} in a strategic merge patch; use a JSON patch or run with --provider kind`,
        {},
      );
    }
    refuseDirectives(inner);
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
