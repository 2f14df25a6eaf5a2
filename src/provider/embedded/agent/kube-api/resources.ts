/** Where a kind lives in the API. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
}

function inGroup(group: string, version: string) {
  return (kind: string, plural: string, ...shortNames: string[]): ApiResource => ({
    group,
    version,
    kind,
    plural,
    namespaced: true,
    shortNames,
  });
}
const core = inGroup('', 'v1');
const apps = inGroup('apps', 'v1');
const rbac = inGroup('rbac.authorization.k8s.io', 'v1');
const clusterWide = (resource: ApiResource): ApiResource => ({ ...resource, namespaced: false });

/** What pods can read through the API; of these they may change labels and annotations of pods. */
export const apiResources: readonly ApiResource[] = [
  core('Pod', 'pods', 'po'),
  core('Service', 'services', 'svc'),
  core('Endpoints', 'endpoints', 'ep'),
  core('ConfigMap', 'configmaps', 'cm'),
  core('Secret', 'secrets'),
  core('ServiceAccount', 'serviceaccounts', 'sa'),
  core('PersistentVolumeClaim', 'persistentvolumeclaims', 'pvc'),
  core('Event', 'events', 'ev'),
  clusterWide(core('Namespace', 'namespaces', 'ns')),
  clusterWide(core('Node', 'nodes', 'no')),
  apps('StatefulSet', 'statefulsets', 'sts'),
  apps('Deployment', 'deployments', 'deploy'),
  apps('ReplicaSet', 'replicasets', 'rs'),
  apps('ControllerRevision', 'controllerrevisions'),
  inGroup('batch', 'v1')('Job', 'jobs'),
  inGroup('discovery.k8s.io', 'v1')('EndpointSlice', 'endpointslices'),
  inGroup('policy', 'v1')('PodDisruptionBudget', 'poddisruptionbudgets', 'pdb'),
  rbac('Role', 'roles'),
  rbac('RoleBinding', 'rolebindings'),
  clusterWide(rbac('ClusterRole', 'clusterroles')),
  clusterWide(rbac('ClusterRoleBinding', 'clusterrolebindings')),
];

export function findResource(
  group: string,
  version: string,
  plural: string,
): ApiResource | undefined {
  return apiResources.find(
    (each) => each.group === group && each.version === version && each.plural === plural,
  );
}

/** `v1`, `apps/v1`. */
export function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}
