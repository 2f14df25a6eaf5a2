import { ChaosError, InfrastructureError } from '../../model/errors.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import type { KubeConnection } from './connection.ts';
import { isNotFound, lacksAccount, objectRefusal } from './errors.ts';
import { findResource, type Resource, resourcePath } from './resource.ts';

export const fieldManager = 'redis-k8s-chaos';

/** What others refer to comes first. Kinds that are not named come before the workloads. */
const order: readonly (readonly string[])[] = [
  ['Namespace', 'CustomResourceDefinition'],
  ['PriorityClass', 'StorageClass', 'ResourceQuota', 'LimitRange', 'ServiceAccount'],
  ['ConfigMap', 'Secret', 'ClusterRole', 'Role'],
  ['ClusterRoleBinding', 'RoleBinding', 'PersistentVolume'],
  ['PersistentVolumeClaim', 'NetworkPolicy'],
  ['Service'],
  ['*'],
  ['StatefulSet', 'Deployment', 'DaemonSet', 'ReplicaSet', 'Pod'],
  ['Job', 'CronJob'],
  ['PodDisruptionBudget', 'HorizontalPodAutoscaler', 'Ingress'],
];

function rank(kind: string): number {
  const named = order.findIndex((kinds) => kinds.includes(kind));
  return named >= 0 ? named : order.findIndex((kinds) => kinds.includes('*'));
}

interface Placed {
  readonly object: KubeObject;
  readonly resource: Resource | null;
}

/**
 * Server-side apply of all objects, in an order in which what is referred to is there first. All of
 * them are applied dry first, so an object that the API refuses means that nothing was touched.
 * @throws UsageError naming object and field for an invalid object; InfrastructureError otherwise.
 */
export async function applyObjects(
  connection: KubeConnection,
  namespace: string,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<void> {
  const definesKinds = objects.some(({ kind }) => kind === 'CustomResourceDefinition');
  const ownNamespaces = objects
    .filter(({ kind }) => kind === 'Namespace')
    .map(({ metadata }) => metadata.name);
  const ownAccounts = objects
    .filter(({ kind }) => kind === 'ServiceAccount')
    .map(({ metadata }) => metadata.name);
  const placed = await together(objects, async (object): Promise<Placed> => {
    try {
      return { object, resource: await findResource(connection, object, signal) };
    } catch (error) {
      if (definesKinds && !(error instanceof InfrastructureError))
        return { object, resource: null };
      throw error;
    }
  });
  await together(placed, async ({ object, resource }) => {
    if (resource === null) return; // its definition comes with the same manifests
    try {
      await applyOne(connection, namespace, object, resource, true, signal);
    } catch (error) {
      const waitsForNamespace = ownNamespaces.includes(object.metadata.namespace ?? namespace);
      if (waitsForNamespace && isNotFound(error)) return;
      if (!ownAccounts.some((account) => lacksAccount(error, account))) throw error;
    }
  });
  for (const [level] of order.entries()) {
    await together(
      placed.filter(({ object }) => rank(object.kind) === level),
      async ({ object, resource }) => {
        const at = resource ?? (await findResource(connection, object, signal));
        await applyOne(connection, namespace, object, at, false, signal);
      },
    );
  }
}

async function applyOne(
  connection: KubeConnection,
  namespace: string,
  object: KubeObject,
  resource: Resource,
  dry: boolean,
  signal: AbortSignal,
): Promise<void> {
  const target = object.metadata.namespace ?? namespace;
  const { managedFields: _, ...metadata } = object.metadata; // the API refuses it in an apply
  try {
    await connection.sendPersistently(
      {
        method: 'PATCH',
        path: resourcePath(resource, target, object.metadata.name),
        query: {
          fieldManager,
          force: 'true',
          fieldValidation: 'Strict',
          ...(dry ? { dryRun: 'All' } : {}),
        },
        body: {
          ...object,
          metadata: resource.namespaced ? { ...metadata, namespace: target } : metadata,
        },
        contentType: 'application/apply-patch+yaml', // JSON is YAML
        what: `apply ${object.kind} ${object.metadata.name}`,
      },
      signal,
    );
  } catch (error) {
    throw objectRefusal(error, object) ?? error;
  }
}

/** All at once; every failure is awaited, and the first that blames the user's objects wins. */
async function together<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const settled = await Promise.allSettled(items.map(act));
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  const usage = errors.filter(
    (error) => error instanceof ChaosError && !(error instanceof InfrastructureError),
  );
  if (errors.length > 0) throw usage[0] ?? errors[0];
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}
