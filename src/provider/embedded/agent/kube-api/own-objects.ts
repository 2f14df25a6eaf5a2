import { apiServiceIp } from '../network/addresses.ts';
import type { AnyObject, OtherObject } from '../store/objects.ts';
import type { ObjectStore } from '../store/store.ts';
import type { Meta } from '../store/stored-object.ts';

const labels = { component: 'apiserver', provider: 'kubernetes' };
/** These objects are as old as the cluster. */
const startedAt = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
const port = { name: 'https', port: 443, protocol: 'TCP' };

/**
 * The Service `kubernetes` in the namespace `default`, which the run's own store has no room for:
 * it holds one namespace. The API itself listens on the address, so nothing is forwarded.
 */
export function apiServiceObjects(): readonly OtherObject[] {
  const address = { addresses: [apiServiceIp] };
  const of = { 'kubernetes.io/service-name': 'kubernetes' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta('kubernetes', 'default', labels),
      spec: {
        type: 'ClusterIP',
        clusterIP: apiServiceIp,
        clusterIPs: [apiServiceIp],
        ports: [{ ...port, targetPort: 443 }],
        sessionAffinity: 'None',
      },
      status: { loadBalancer: {} },
    },
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: meta('kubernetes', 'default'),
      subsets: [{ addresses: [{ ip: apiServiceIp }], ports: [port] }],
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: meta('kubernetes', 'default', of),
      addressType: 'IPv4',
      endpoints: [{ ...address, conditions: { ready: true } }],
      ports: [port],
    },
  ];
}

/** The namespaces that are there whether a manifest names them or not. */
export function namespaceObjects(
  store: ObjectStore,
  applied: readonly AnyObject[],
): readonly AnyObject[] {
  const names = new Set(['default', store.namespace]);
  for (const { metadata } of applied) names.delete(metadata.name);
  const own = [...names].map(
    (name): OtherObject => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: meta(name, '', { 'kubernetes.io/metadata.name': name }),
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    }),
  );
  return [...own, ...applied];
}

function meta(name: string, namespace: string, own: Record<string, string> = {}): Meta {
  return {
    name,
    namespace,
    uid: `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0').slice(0, 12)}`,
    resourceVersion: '1',
    generation: 0,
    creationTimestamp: startedAt,
    labels: own,
    annotations: {},
    finalizers: [],
    ownerReferences: [],
  };
}
