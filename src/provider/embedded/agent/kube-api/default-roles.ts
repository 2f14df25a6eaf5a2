import type { PolicyRule } from './rbac-objects.ts';

const rule = (apiGroups: string[], resources: string[], verbs: string[]): PolicyRule => ({
  apiGroups,
  resources,
  verbs,
});
const read = ['get', 'list', 'watch'];
const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];

/** Of the kinds that are here, in Kubernetes' own grouping (bootstrappolicy/policy.go). */
const workloads: readonly (readonly [string, string[]])[] = [
  [
    '',
    ['pods', 'services', 'endpoints', 'configmaps', 'persistentvolumeclaims', 'serviceaccounts'],
  ],
  ['apps', ['statefulsets', 'deployments', 'replicasets']],
  ['batch', ['jobs']],
  ['policy', ['poddisruptionbudgets']],
];

const view: readonly PolicyRule[] = [
  ...workloads.map(([group, resources]) => rule([group], resources, read)),
  rule([''], ['events', 'namespaces', 'pods/log', 'pods/status'], read),
  rule(['apps'], ['controllerrevisions'], read),
  rule(['discovery.k8s.io'], ['endpointslices'], read),
];
const edit: readonly PolicyRule[] = [
  ...view,
  rule([''], ['secrets'], [...read, ...write]),
  ...workloads.map(([group, resources]) => rule([group], resources, write)),
];
const admin: readonly PolicyRule[] = [
  ...edit,
  rule(['rbac.authorization.k8s.io'], ['roles', 'rolebindings'], [...read, ...write]),
];
const clusterAdmin: readonly PolicyRule[] = [
  rule(['*'], ['*'], ['*']),
  { nonResourceURLs: ['*'], verbs: ['*'] },
];

/** ClusterRoles that every cluster has, for bindings to refer to. */
export const defaultClusterRoles: ReadonlyMap<string, readonly PolicyRule[]> = new Map([
  ['view', view],
  ['edit', edit],
  ['admin', admin],
  ['cluster-admin', clusterAdmin],
]);

/** system:public-info-viewer: what anybody may read, without a token too. */
export const publicRules: readonly PolicyRule[] = [
  { nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'], verbs: ['get'] },
];

/** system:discovery: what whoever has an account may read besides. */
export const discoveryRules: readonly PolicyRule[] = [
  {
    nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'],
    verbs: ['get'],
  },
];
