import { UsageError } from '../../model/errors.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import type { KubeConnection } from './connection.ts';
import { isNotFound } from './errors.ts';

/** Where a kind lives in the API. */
export interface Resource {
  readonly apiVersion: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const namespaced = (apiVersion: string, plural: string): Resource => ({
  apiVersion,
  plural,
  namespaced: true,
});
const clusterWide = (apiVersion: string, plural: string): Resource => ({
  apiVersion,
  plural,
  namespaced: false,
});

/** The kinds that `list` takes by name alone. */
export const knownResources: Readonly<Record<string, Resource>> = {
  Pod: namespaced('v1', 'pods'),
  Service: namespaced('v1', 'services'),
  ConfigMap: namespaced('v1', 'configmaps'),
  Secret: namespaced('v1', 'secrets'),
  ServiceAccount: namespaced('v1', 'serviceaccounts'),
  PersistentVolumeClaim: namespaced('v1', 'persistentvolumeclaims'),
  Endpoints: namespaced('v1', 'endpoints'),
  Event: namespaced('v1', 'events'),
  ResourceQuota: namespaced('v1', 'resourcequotas'),
  LimitRange: namespaced('v1', 'limitranges'),
  StatefulSet: namespaced('apps/v1', 'statefulsets'),
  Deployment: namespaced('apps/v1', 'deployments'),
  ReplicaSet: namespaced('apps/v1', 'replicasets'),
  DaemonSet: namespaced('apps/v1', 'daemonsets'),
  ControllerRevision: namespaced('apps/v1', 'controllerrevisions'),
  Job: namespaced('batch/v1', 'jobs'),
  CronJob: namespaced('batch/v1', 'cronjobs'),
  EndpointSlice: namespaced('discovery.k8s.io/v1', 'endpointslices'),
  PodDisruptionBudget: namespaced('policy/v1', 'poddisruptionbudgets'),
  NetworkPolicy: namespaced('networking.k8s.io/v1', 'networkpolicies'),
  Ingress: namespaced('networking.k8s.io/v1', 'ingresses'),
  HorizontalPodAutoscaler: namespaced('autoscaling/v2', 'horizontalpodautoscalers'),
  Role: namespaced('rbac.authorization.k8s.io/v1', 'roles'),
  RoleBinding: namespaced('rbac.authorization.k8s.io/v1', 'rolebindings'),
  Lease: namespaced('coordination.k8s.io/v1', 'leases'),
  Namespace: clusterWide('v1', 'namespaces'),
  Node: clusterWide('v1', 'nodes'),
  PersistentVolume: clusterWide('v1', 'persistentvolumes'),
  StorageClass: clusterWide('storage.k8s.io/v1', 'storageclasses'),
};

/** What `remove` deletes, owners before what they own. */
export const removableKinds: readonly string[] = [
  'CronJob',
  'Job',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'Ingress',
  'NetworkPolicy',
  'Service',
  'Pod',
  'ConfigMap',
  'Secret',
  'RoleBinding',
  'Role',
  'ServiceAccount',
  'PersistentVolumeClaim',
];

/** API path of a collection, or with `name` of one object in it. */
export function resourcePath(resource: Resource, namespace: string, name?: string): string {
  const group = resource.apiVersion.includes('/') ? 'apis' : 'api';
  const parts = ['', group, resource.apiVersion];
  if (resource.namespaced) parts.push('namespaces', encodeURIComponent(namespace));
  parts.push(resource.plural);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  return parts.join('/');
}

/**
 * Finds where an object's kind lives: from the table, else by asking the API server.
 * @throws UsageError when the cluster does not know the kind.
 */
export async function findResource(
  connection: KubeConnection,
  object: Pick<KubeObject, 'apiVersion' | 'kind'>,
  signal: AbortSignal,
): Promise<Resource> {
  const { apiVersion, kind } = object;
  const known = Object.hasOwn(knownResources, kind) ? knownResources[kind] : undefined;
  if (known?.apiVersion === apiVersion) return known;
  const path = `/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}`;
  let text: string;
  try {
    text = await connection.sendPersistently(
      { method: 'GET', path, what: `look up ${apiVersion} ${kind}` },
      signal,
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
    text = '{}';
  }
  const list = JSON.parse(text) as {
    resources?: { name: string; kind: string; namespaced: boolean }[];
  };
  const found = list.resources?.find((one) => one.kind === kind && !one.name.includes('/'));
  if (found) return { apiVersion, plural: found.name, namespaced: found.namespaced };
  throw new UsageError(
    `this cluster knows no kind ${kind} in ${apiVersion}: correct apiVersion and kind, or add its CustomResourceDefinition to the manifests`,
  );
}
