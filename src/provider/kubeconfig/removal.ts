import type { KubeConnection } from '../../kube/client/connection.ts';
import { deleteObject } from '../../kube/client/delete.ts';
import { KubeApiError } from '../../kube/client/errors.ts';
import { knownResource, listObjects } from '../../kube/client/read.ts';
import { removableKinds } from '../../kube/client/resource.ts';

/**
 * Deletes what matches the selector, each object by its uid, and what it owns with it. Kinds that we
 * may not list, or that this cluster does not have, are passed over: we cannot have made them.
 */
export async function removeSelected(
  connection: KubeConnection,
  namespace: string,
  selector: string,
  signal: AbortSignal,
): Promise<void> {
  const found = await Promise.all(
    removableKinds.map(async (kind) => {
      try {
        return await listObjects(connection, namespace, kind, selector, signal);
      } catch (error) {
        if (error instanceof KubeApiError && [403, 404].includes(error.status)) return [];
        throw error;
      }
    }),
  );
  await Promise.all(
    found
      .flat()
      .map(({ kind, metadata: { name, uid = '' } }) =>
        deleteObject(connection, namespace, knownResource(kind), { name, uid }, null, signal),
      ),
  );
}
