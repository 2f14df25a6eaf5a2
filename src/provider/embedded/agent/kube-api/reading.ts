import { UsageError } from '../../../../model/errors.ts';
import type { AnyObject } from '../store/objects.ts';
import { parseSelector } from '../store/selectors.ts';
import type { ObjectStore } from '../store/store.ts';
import { badRequest, notFound } from './api-error.ts';
import { endpointsOf } from './endpoints-view.ts';
import { fieldSelector } from './field-selector.ts';
import { apiServiceObjects, namespaceObjects } from './own-objects.ts';
import { type ApiResource, apiVersionOf } from './resources.ts';
import { shown } from './shown-object.ts';

/** Objects of a resource in one namespace; with null, in all. */
export function objectsIn(
  store: ObjectStore,
  resource: ApiResource,
  namespace: string | null,
): readonly AnyObject[] {
  const stored = resource.kind === 'Endpoints' ? endpointsOf(store) : store.list(resource.kind);
  if (resource.kind === 'Namespace') return namespaceObjects(store, stored);
  if (!resource.namespaced) return stored;
  const own = apiServiceObjects().filter(({ kind }) => kind === resource.kind);
  return [...stored, ...own].filter(
    ({ metadata }) => namespace === null || metadata.namespace === namespace,
  );
}

/** @throws ApiError 404 when there is none */
export function findObject(
  store: ObjectStore,
  resource: ApiResource,
  namespace: string | null,
  name: string,
): AnyObject {
  const found = objectsIn(store, resource, resource.namespaced ? namespace : null).find(
    ({ metadata }) => metadata.name === name,
  );
  if (!found) throw notFound(resource, name);
  return found;
}

/** The answer to a list, by labelSelector and fieldSelector; never in parts. */
export function listOf(
  store: ObjectStore,
  resource: ApiResource,
  namespace: string | null,
  query: URLSearchParams,
): object {
  const test = selection(resource, query);
  const items = objectsIn(store, resource, namespace).filter(test);
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: { resourceVersion: String(store.version) },
    items: items.map((object) => {
      const { kind: _, apiVersion: __, ...item } = shown(object, resource) as AnyObject;
      return item;
    }),
  };
}

/** @throws ApiError 400 for a selector that cannot be read */
export function selection(
  resource: ApiResource,
  query: URLSearchParams,
): (object: AnyObject) => boolean {
  const labels = labelTest(query.get('labelSelector') ?? '');
  const fields = fieldSelector(resource.kind, query.get('fieldSelector') ?? '');
  return (object) => labels(object.metadata.labels) && fields(object);
}

function labelTest(selector: string): ReturnType<typeof parseSelector> {
  try {
    return parseSelector(selector);
  } catch (error) {
    if (error instanceof UsageError)
      throw badRequest(`unable to parse requirement: ${error.message}`);
    throw error;
  }
}
