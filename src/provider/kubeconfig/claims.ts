import type { KubeConnection } from '../../kube/client/connection.ts';
import { deleteObject } from '../../kube/client/delete.ts';
import { getObject, knownResource } from '../../kube/client/read.ts';
import { InfrastructureError } from '../../model/errors.ts';

/**
 * Deletes the claims of the pod with this uid, by their own uids; claim protection keeps each until
 * the pod object is gone (kubernetes.io/pvc-protection).
 * @returns the claims' names
 * @throws InfrastructureError when that pod is gone
 */
export async function deleteClaimsOf(
  connection: KubeConnection,
  namespace: string,
  pod: { readonly name: string; readonly uid: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await getObject(connection, namespace, knownResource('Pod'), pod.name, signal);
  if (found?.metadata.uid !== pod.uid) {
    throw new InfrastructureError(
      `cannot delete the claims of pod ${pod.name} (uid ${pod.uid}): the pod is gone`,
    );
  }
  const { volumes = [] } = found.spec as {
    volumes?: readonly { persistentVolumeClaim?: { claimName: string } }[];
  };
  const names = volumes.flatMap(({ persistentVolumeClaim: claim }) => claim?.claimName ?? []);
  const resource = knownResource('PersistentVolumeClaim');
  for (const name of names) {
    const { uid } =
      (await getObject(connection, namespace, resource, name, signal))?.metadata ?? {};
    if (uid) await deleteObject(connection, namespace, resource, { name, uid }, null, signal);
  }
  return names;
}
