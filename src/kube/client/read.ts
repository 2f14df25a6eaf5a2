import { InfrastructureError } from '../../model/errors.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import type { KubeConnection } from './connection.ts';
import { isGone } from './errors.ts';
import { knownResources, type Resource, resourcePath } from './resource.ts';

/** Items of a page; the API server gives the rest under `metadata.continue`. */
const pageSize = 500;

/** @throws InfrastructureError for a kind that is not in the table of known ones. */
export function knownResource(kind: string): Resource {
  const resource = Object.hasOwn(knownResources, kind) ? knownResources[kind] : undefined;
  if (resource) return resource;
  throw new InfrastructureError(
    `cannot list ${kind}: known kinds are ${Object.keys(knownResources).join(', ')}`,
  );
}

/** Lists a kind in the namespace (Nodes and the like in the cluster), all pages. */
export async function listObjects(
  connection: KubeConnection,
  namespace: string,
  kind: string,
  selector: string | null,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const resource = knownResource(kind);
  const items: KubeObject[] = [];
  let page: string | undefined;
  do {
    const text = await connection.sendPersistently(
      {
        method: 'GET',
        path: resourcePath(resource, namespace),
        query: {
          limit: String(pageSize),
          ...(selector ? { labelSelector: selector } : {}),
          ...(page ? { continue: page } : {}),
        },
        what: `list ${kind}s${resource.namespaced ? ` in namespace ${namespace}` : ''}`,
      },
      signal,
    );
    const list = JSON.parse(text) as {
      metadata?: { continue?: string };
      items?: KubeObject[];
    };
    // Items of a list come without their type.
    for (const item of list.items ?? []) {
      items.push({ ...item, apiVersion: resource.apiVersion, kind });
    }
    page = list.metadata?.continue;
  } while (page);
  return items;
}

/** Reads one object; null when there is none of that name. */
export async function getObject(
  connection: KubeConnection,
  namespace: string,
  resource: Resource,
  name: string,
  signal: AbortSignal,
): Promise<KubeObject | null> {
  try {
    const text = await connection.sendPersistently(
      {
        method: 'GET',
        path: resourcePath(resource, namespace, name),
        what: `get ${resource.plural} ${name}`,
      },
      signal,
    );
    return JSON.parse(text) as KubeObject;
  } catch (error) {
    if (isGone(error, name)) return null;
    throw error;
  }
}

/** `v1.34.4`, as the API server says. */
export async function serverVersion(
  connection: KubeConnection,
  signal: AbortSignal,
): Promise<string> {
  const text = await connection.sendPersistently(
    { method: 'GET', path: '/version', what: 'ask the API server for its version' },
    signal,
  );
  const { gitVersion } = JSON.parse(text) as { gitVersion?: string };
  return gitVersion ?? 'unknown';
}
