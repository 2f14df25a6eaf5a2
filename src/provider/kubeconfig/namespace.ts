import type { KubeConnection } from '../../kube/client/connection.ts';
import { deleteObject } from '../../kube/client/delete.ts';
import { KubeApiError } from '../../kube/client/errors.ts';
import { getObject, knownResource } from '../../kube/client/read.ts';
import { resourcePath } from '../../kube/client/resource.ts';
import { runLabel } from '../../kube/labels.ts';
import { waitFor } from '../../platform/wait.ts';

/**
 * Creates the namespace, with the run's label, unless it is there; then waits for its default
 * service account, without which no pod is admitted.
 */
export async function ensureNamespace(
  connection: KubeConnection,
  name: string,
  runId: string,
  signal: AbortSignal,
): Promise<void> {
  const resource = knownResource('Namespace');
  if (!(await isThere(connection, name, signal))) {
    try {
      await connection.sendPersistently(
        {
          method: 'POST',
          path: resourcePath(resource, ''),
          body: {
            apiVersion: 'v1',
            kind: 'Namespace',
            metadata: { name, labels: { [runLabel]: runId } },
          },
          what: `create namespace ${name}`,
        },
        signal,
      );
    } catch (error) {
      if (!(error instanceof KubeApiError && error.reason === 'AlreadyExists')) throw error;
    }
  }
  await waitFor(
    { what: `service account default in ${name}`, timeoutMs: 30_000, everyMs: 50, signal },
    async () => {
      const account = knownResource('ServiceAccount');
      const found = await getObject(connection, name, account, 'default', signal);
      return found ? { done: true, value: found } : { done: false, seen: 'not there yet' };
    },
  );
}

/** On somebody's cluster we may not be allowed to read namespaces; then it must be there. */
async function isThere(
  connection: KubeConnection,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return (await getObject(connection, '', knownResource('Namespace'), name, signal)) !== null;
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 403) return true;
    throw error;
  }
}

/** Deletes the namespace if this run made it. @returns false when it is gone or not ours. */
export async function deleteOwnNamespace(
  connection: KubeConnection,
  name: string,
  runId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const resource = knownResource('Namespace');
  if (!(await isThere(connection, name, signal))) return false;
  const found = await getObject(connection, '', resource, name, signal).catch(() => null);
  if (!found || found.metadata.labels?.[runLabel] !== runId) return false;
  const uid = found.metadata.uid ?? '';
  return deleteObject(connection, '', resource, { name, uid }, null, signal);
}
