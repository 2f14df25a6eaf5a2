import { expect, test } from 'vitest';
import { InfrastructureError, UsageError } from '../../../../src/model/errors.ts';
import {
  applyObjects,
  deletePodByUid,
  listObjects,
  releaseHold,
  removeMatching,
} from '../../../../src/provider/embedded/agent/api-server.ts';
import type { KubeObject } from '../../../../src/provider/provider.ts';
import { fakeCluster, newStatefulSet } from './cluster.ts';

function server() {
  const cluster = fakeCluster();
  let next = 1;
  const addresses = {
    clusterIp: () => `10.96.0.${next++}`,
    loadBalancerIp: () => `172.0.0.${next++}`,
  };
  const apply = (...objects: object[]) =>
    applyObjects(cluster.store, objects as KubeObject[], addresses);
  return { ...cluster, apply };
}

const setWith = (change: (spec: Record<string, unknown>) => void): object => {
  const { status: _, ...set } = structuredClone(newStatefulSet());
  change(set.spec as Record<string, unknown>);
  return set;
};
const podSpecOf = (spec: Record<string, unknown>) =>
  (spec.template as { spec: Record<string, unknown> }).spec;
const containerOf = (spec: Record<string, unknown>) =>
  (podSpecOf(spec).containers as Record<string, unknown>[])[0] ?? {};

test('applied again, an object keeps uid and status and counts its generations', () => {
  const { apply, store } = server();
  apply(setWith(() => {}));
  const set = store.get('StatefulSet', 's');
  if (!set) throw new Error('not made');
  set.status = { replicas: 7 };
  const { uid } = set.metadata;
  apply(setWith(() => {}));
  expect(set.metadata.generation).toBe(1);
  apply(
    setWith((spec) => {
      spec.replicas = 5;
    }),
  );
  expect(store.get('StatefulSet', 's')).toMatchObject({
    metadata: { uid, generation: 2 },
    spec: { replicas: 5 },
    status: { replicas: 7 },
  });
});

test('a Service keeps its address when applied again, and a LoadBalancer gets another', () => {
  const { apply, store } = server();
  const service = (type: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'v' },
    spec: { type, ports: [{ port: 80 }] },
  });
  apply(service('ClusterIP'));
  const address = store.get('Service', 'v')?.spec.clusterIP;
  expect(address).toBe('10.96.0.1');
  apply(service('LoadBalancer'));
  expect(store.get('Service', 'v')?.spec.clusterIP).toBe(address);
  expect(store.get('Service', 'v')?.status.loadBalancer.ingress).toHaveLength(1);
});

test('stringData of a Secret becomes data', () => {
  const { apply, store } = server();
  apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'k' }, stringData: { a: 'b' } });
  expect(store.get('Secret', 'k')?.data).toEqual({ a: 'Yg==' });
});

test.each([
  [
    'an unknown field',
    (spec: Record<string, unknown>) => Object.assign(spec, { replica: 3 }),
    /replica/,
  ],
  [
    'a field deep inside',
    (spec: Record<string, unknown>) => Object.assign(containerOf(spec), { imagee: 'x' }),
    /containers\[0\]\.imagee/,
  ],
  [
    'a wrong type',
    (spec: Record<string, unknown>) => Object.assign(spec, { replicas: 'six' }),
    /spec\.replicas: expected a whole number/,
  ],
  [
    'a missing field',
    (spec: Record<string, unknown>) => Reflect.deleteProperty(containerOf(spec), 'image'),
    /containers\[0\]\.image is missing/,
  ],
  [
    'a selector beside the labels',
    (spec: Record<string, unknown>) =>
      Object.assign(spec, { selector: { matchLabels: { app: 'b' } } }),
    /selector/,
  ],
])('%s is a UsageError that names object and field', (_, change, message) => {
  const { apply, store } = server();
  const set = setWith(change);
  expect(() => apply(set)).toThrow(UsageError);
  expect(() => apply(set)).toThrow(message);
  expect(() => apply(set)).toThrow('StatefulSet s: ');
  expect(store.list('StatefulSet')).toEqual([]);
});

test.each([
  [
    'hostNetwork',
    (spec: Record<string, unknown>) => Object.assign(podSpecOf(spec), { hostNetwork: true }),
  ],
  [
    'hostPath',
    (spec: Record<string, unknown>) =>
      Object.assign(podSpecOf(spec), { volumes: [{ name: 'h', hostPath: { path: '/' } }] }),
  ],
  [
    'privileged',
    (spec: Record<string, unknown>) =>
      Object.assign(containerOf(spec), { securityContext: { privileged: true } }),
  ],
  [
    'grpc',
    (spec: Record<string, unknown>) =>
      Object.assign(containerOf(spec), { livenessProbe: { grpc: { port: 1 } } }),
  ],
])('%s changes behaviour, so it is refused as what embedded cannot do', (field, change) => {
  const { apply } = server();
  const set = setWith(change);
  expect(() => apply(set)).toThrow(InfrastructureError);
  expect(() => apply(set)).toThrow(new RegExp(`StatefulSet/s.*${field}.*--provider kind`));
});

test('the harmless value of such a field passes', () => {
  const { apply } = server();
  const set = setWith((spec) => Object.assign(podSpecOf(spec), { hostNetwork: false }));
  expect(apply(set)).toEqual([]);
});

test('fields and kinds without meaning here are accepted and told', () => {
  const { apply, store } = server();
  const set = setWith((spec) => {
    Object.assign(podSpecOf(spec), { affinity: {}, tolerations: [] });
    Object.assign(containerOf(spec), { resources: { limits: { memory: '1Gi' } } });
  });
  const monitor = { apiVersion: 'x/v1', kind: 'ServiceMonitor', metadata: { name: 'm' } };
  expect(apply(set, monitor).sort()).toEqual([
    'StatefulSet spec.template.spec.affinity',
    'StatefulSet spec.template.spec.containers[].resources',
    'StatefulSet spec.template.spec.tolerations',
    'kind ServiceMonitor',
  ]);
  expect(store.list('ServiceMonitor')).toHaveLength(1);
});

test('a budget says what must stay or what may go, not both', () => {
  const { apply } = server();
  const budget = (spec: object) => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'b' },
    spec: { selector: {}, ...spec },
  });
  expect(apply(budget({ minAvailable: 1 }))).toEqual([]);
  expect(() => apply(budget({ minAvailable: 1, maxUnavailable: 1 }))).toThrow(/exclude each other/);
});

test('an unknown kind, and one that acts, are refused by name', () => {
  const { apply } = server();
  const object = (kind: string) => ({
    apiVersion: 'example.com/v1',
    kind,
    metadata: { name: 'x' },
  });
  for (const kind of ['NetworkPolicy', 'DaemonSet', 'constructor']) {
    expect(() => apply(object(kind))).toThrow(new RegExp(`${kind}/x`));
    expect(() => apply(object(kind))).toThrow(InfrastructureError);
  }
});

test('a node port outside of the range that clusters give is refused', () => {
  const { apply } = server();
  const service = (nodePort: number) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'v' },
    spec: { type: 'NodePort', ports: [{ port: 80, nodePort }] },
  });
  expect(() => apply(service(80))).toThrow(UsageError);
  expect(() => apply(service(80))).toThrow(/spec\.ports\[0\]\.nodePort is 80.*30000/);
  expect(() => apply(service(30_080))).not.toThrow();
});

test('one bad object keeps all of them out', () => {
  const { apply, store } = server();
  const good = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'g' } };
  expect(() => apply(good, { ...good, metadata: { name: 'BAD NAME' } })).toThrow(UsageError);
  expect(store.list('ConfigMap')).toEqual([]);
});

test('what cannot change after creation is refused as the API does', () => {
  const { apply } = server();
  apply(setWith(() => {}));
  const changed = setWith((spec) => Object.assign(spec, { serviceName: 'other' }));
  expect(() => apply(changed)).toThrow(/serviceName cannot be changed/);
});

test('another namespace is refused', () => {
  const { apply } = server();
  const stranger = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'else' },
  };
  expect(() => apply(stranger)).toThrow(/namespace else/);
});

test('a hold needs a StatefulSet, the right uid, and a pod that is not going already', () => {
  const { apply, store, settle, pod, run } = server();
  const bare = { containers: [{ name: 'main', image: 'redis:8.0' }] };
  apply(
    setWith((spec) => Object.assign(spec, { replicas: 1 })),
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bare' }, spec: bare },
  );
  settle();
  run(pod('s-0'));
  const { uid } = pod('s-0').metadata;
  const of = (name: string) => ({ name, uid: pod(name).metadata.uid });
  expect(() => deletePodByUid(store, of('bare'), null, true)).toThrow(/nobody/);
  expect(() => deletePodByUid(store, { name: 's-0', uid: 'old' }, null, true)).toThrow(/not old/);
  expect(() => deletePodByUid(store, { name: 'gone', uid: 'x' }, null, false)).toThrow(/not exist/);
  const hold = deletePodByUid(store, of('s-0'), null, true);
  expect(hold).toEqual({ pod: 's-0', uid, finalizer: 'redis-k8s-chaos/hold' });
  expect(pod('s-0').metadata.finalizers).toEqual(['redis-k8s-chaos/hold']);
  expect(() => deletePodByUid(store, of('s-0'), null, true)).toThrow(/being deleted/);
  if (!hold) throw new Error('no hold');
  releaseHold(store, { ...hold, uid: 'another' });
  expect(pod('s-0').metadata.finalizers).toHaveLength(1);
  releaseHold(store, hold);
  expect(pod('s-0').metadata.finalizers).toEqual([]);
  releaseHold(store, { ...hold, pod: 'gone' });
});

test('list and remove go by selector; a selector that cannot be read is a UsageError', () => {
  const { apply, store } = server();
  const config = (name: string, labels: object) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels },
  });
  apply(config('a', { x: '1', y: 'p/q'.slice(0, 1) }), config('b', { x: '2' }), config('c', {}));
  const names = (selector: string | null) =>
    listObjects(store, 'ConfigMap', selector).map((object) => object.metadata.name);
  expect(names(null)).toEqual(['a', 'b', 'c']);
  expect(names('x')).toEqual(['a', 'b']);
  expect(names('!x')).toEqual(['c']);
  expect(names('x=1')).toEqual(['a']);
  expect(names('x!=1')).toEqual(['b', 'c']);
  expect(names('x in (1, 2),y')).toEqual(['a']);
  expect(names('x notin (1)')).toEqual(['b', 'c']);
  expect(() => names('x>1')).toThrow(UsageError);
  removeMatching(store, 'x');
  expect(names(null)).toEqual(['c']);
});
