import type { AnyObject } from '../store/objects.ts';
import type { ApiResource } from './resources.ts';

/** A copy of a stored object as the API writes it: what is empty is left out. */
export function shown(object: AnyObject, resource: ApiResource): object {
  const { kind, apiVersion, metadata, ...content } = structuredClone(object);
  const { namespace, ...meta } = metadata;
  const filled = Object.entries(meta).filter(
    ([, value]) => !(typeof value === 'object' && Object.keys(value).length === 0),
  );
  return {
    kind,
    apiVersion,
    metadata: { ...Object.fromEntries(filled), ...(resource.namespaced ? { namespace } : {}) },
    ...content,
  };
}
