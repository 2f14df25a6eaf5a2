import { expect, test } from 'vitest';
import {
  deleteObject,
  removeFinalizer,
} from '../../../../src/provider/embedded/agent/controllers/deletion.ts';
import { fakeCluster, newStatefulSet, template } from './cluster.ts';

test('OrderedReady makes each pod when the one before it is ready, and not earlier', () => {
  const { store, settle, names, run, pod } = fakeCluster();
  store.create(newStatefulSet());
  settle();
  expect(names()).toEqual(['s-0']);
  run(pod('s-0'), false);
  settle();
  expect(names()).toEqual(['s-0']);
  run(pod('s-0'));
  settle();
  expect(names()).toEqual(['s-0', 's-1']);
});

test('Parallel makes them all at once', () => {
  const { store, settle, names } = fakeCluster();
  store.create(newStatefulSet({ podManagementPolicy: 'Parallel' }));
  settle();
  expect(names()).toEqual(['s-0', 's-1', 's-2']);
});

test('a pod carries its identity, its hostname and its claims', () => {
  const { store, settle, pod } = fakeCluster();
  const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } };
  store.create(newStatefulSet({ volumeClaimTemplates: [claim], ordinals: { start: 5 } }));
  settle();
  const made = pod('s-5');
  expect(made.metadata.labels).toMatchObject({
    app: 'a',
    'apps.kubernetes.io/pod-index': '5',
    'statefulset.kubernetes.io/pod-name': 's-5',
  });
  expect(made.spec).toMatchObject({ hostname: 's-5', subdomain: 's' });
  expect(made.spec.volumes).toEqual([
    { name: 'data', persistentVolumeClaim: { claimName: 'data-s-5' } },
  ]);
  expect(store.get('PersistentVolumeClaim', 'data-s-5')).toMatchObject({
    metadata: { labels: { app: 'a' } },
    status: { phase: 'Bound' },
  });
});

test('a deleted pod keeps its successor away while it stops, and while a finalizer holds it', () => {
  const { store, settle, pod, run, stopped, names } = fakeCluster();
  store.create(newStatefulSet({ replicas: 1 }));
  settle();
  const first = pod('s-0');
  run(first);
  first.metadata.finalizers.push('hold');
  deleteObject(store, first);
  settle();
  expect(pod('s-0')).toBe(first);
  stopped(first);
  settle();
  expect(pod('s-0'), 'held though its containers are gone').toBe(first);
  removeFinalizer(store, first, 'hold');
  expect(names()).toEqual([]);
  settle();
  expect(pod('s-0')).not.toBe(first);
  expect(pod('s-0').metadata.uid).not.toBe(first.metadata.uid);
});

test('with ordered management a held pod 0 keeps the later ones from returning', () => {
  const { store, settle, pod, run, stopped, names } = fakeCluster();
  store.create(newStatefulSet({ replicas: 2 }));
  settle();
  run(pod('s-0'));
  settle();
  run(pod('s-1'));
  const [zero, one] = [pod('s-0'), pod('s-1')];
  zero.metadata.finalizers.push('hold');
  for (const each of [zero, one]) deleteObject(store, each);
  for (const each of [zero, one]) stopped(each);
  settle();
  expect(names()).toEqual(['s-0']);
});

test('forced deletion takes the pod out at once', () => {
  const { store, settle, pod, run } = fakeCluster();
  store.create(newStatefulSet({ replicas: 1 }));
  settle();
  const first = pod('s-0');
  run(first);
  deleteObject(store, first, 0);
  expect(store.holds(first)).toBe(false);
  settle();
  expect(pod('s-0')).not.toBe(first);
});

test('a pod that has failed is replaced', () => {
  const { store, settle, pod, run, finish } = fakeCluster();
  store.create(newStatefulSet({ replicas: 1 }));
  settle();
  const first = pod('s-0');
  run(first);
  finish(first, 'Failed');
  settle();
  expect(first.metadata.deletionTimestamp).toBeDefined();
});

test('a new template goes out from the highest ordinal, waiting for each pod to be ready', () => {
  const { store, settle, pod, run, stopped } = fakeCluster();
  const set = store.create(newStatefulSet({ replicas: 2, podManagementPolicy: 'Parallel' }));
  settle();
  for (const name of ['s-0', 's-1']) run(pod(name));
  settle();
  const [zero, one] = [pod('s-0'), pod('s-1')];
  set.spec.template = template({ image: 'redis:8.1' });
  store.changed(set);
  settle();
  expect([zero, one].map((each) => each.metadata.deletionTimestamp !== undefined)).toEqual([
    false,
    true,
  ]);
  stopped(one);
  settle();
  expect(zero.metadata.deletionTimestamp, 's-1 is not ready yet').toBeUndefined();
  run(pod('s-1'));
  settle();
  expect(zero.metadata.deletionTimestamp).toBeDefined();
});

test('OnDelete leaves pods of the old template alone', () => {
  const { store, settle, pod, run } = fakeCluster();
  const spec = { replicas: 1, updateStrategy: { type: 'OnDelete' } };
  const set = store.create(newStatefulSet(spec));
  settle();
  run(pod('s-0'));
  set.spec.template = template({ image: 'redis:8.1' });
  store.changed(set);
  settle();
  expect(pod('s-0').metadata.deletionTimestamp).toBeUndefined();
});

test('scaling down takes the highest first, one at a time when ordered; claims stay', () => {
  const { store, settle, pod, run, stopped, names } = fakeCluster();
  const claim = { metadata: { name: 'data' }, spec: {} };
  const set = store.create(newStatefulSet({ volumeClaimTemplates: [claim] }));
  for (const name of ['s-0', 's-1', 's-2']) {
    settle();
    run(pod(name));
  }
  set.spec.replicas = 1;
  store.changed(set);
  settle();
  expect(pod('s-2').metadata.deletionTimestamp).toBeDefined();
  expect(pod('s-1').metadata.deletionTimestamp).toBeUndefined();
  stopped(pod('s-2'));
  settle();
  stopped(pod('s-1'));
  settle();
  expect(names()).toEqual(['s-0']);
  expect(store.list('PersistentVolumeClaim')).toHaveLength(3);
});

test('deleting the set takes its pods and leaves its claims', () => {
  const { store, settle, pod, run } = fakeCluster();
  const claim = { metadata: { name: 'data' }, spec: {} };
  const set = store.create(newStatefulSet({ replicas: 1, volumeClaimTemplates: [claim] }));
  settle();
  run(pod('s-0'));
  deleteObject(store, set);
  settle();
  expect(pod('s-0').metadata.deletionTimestamp).toBeDefined();
  expect(
    store.get('PersistentVolumeClaim', 'data-s-0')?.metadata.deletionTimestamp,
  ).toBeUndefined();
});

test('a deleted claim stays while a pod uses it, and a new pod waits for a new claim', () => {
  const { store, settle, pod, run, stopped, names } = fakeCluster();
  const claim = { metadata: { name: 'data' }, spec: {} };
  store.create(newStatefulSet({ replicas: 1, volumeClaimTemplates: [claim] }));
  settle();
  run(pod('s-0'));
  const old = store.get('PersistentVolumeClaim', 'data-s-0');
  if (!old) throw new Error('no claim');
  deleteObject(store, old);
  settle();
  expect(store.holds(old)).toBe(true);
  deleteObject(store, pod('s-0'));
  stopped(pod('s-0'));
  expect(names()).toEqual([]);
  settle();
  expect(store.holds(old)).toBe(false);
  expect(store.get('PersistentVolumeClaim', 'data-s-0')?.metadata.uid).not.toBe(old.metadata.uid);
  expect(names()).toEqual(['s-0']);
});

test('status counts and names revisions', () => {
  const { store, settle, pod, run } = fakeCluster();
  const set = store.create(newStatefulSet({ replicas: 2, podManagementPolicy: 'Parallel' }));
  settle();
  run(pod('s-0'));
  settle();
  expect(set.status).toMatchObject({ replicas: 2, readyReplicas: 1, updatedReplicas: 2 });
  const { currentRevision, updateRevision } = set.status as Record<string, string>;
  expect(currentRevision).toBe(updateRevision);
  expect(pod('s-0').metadata.labels['controller-revision-hash']).toBe(updateRevision);
});

test('a partition keeps lower ordinals at the revision they had, also when they are made anew', () => {
  const { store, settle, pod, run, stopped } = fakeCluster();
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } as const;
  const set = store.create(
    newStatefulSet({ replicas: 2, podManagementPolicy: 'Parallel', updateStrategy }),
  );
  settle();
  for (const name of ['s-0', 's-1']) run(pod(name));
  settle();
  const old = pod('s-0').metadata.labels['controller-revision-hash'];
  set.spec.template.metadata = { labels: { ...set.spec.template.metadata?.labels, v: '2' } };
  store.changed(set);
  settle();
  expect(pod('s-1').metadata.deletionTimestamp).toBeDefined();
  stopped(pod('s-1'));
  settle();
  run(pod('s-1'));
  settle();
  expect(pod('s-1').metadata.labels).toMatchObject({ v: '2' });
  expect(pod('s-0').metadata.deletionTimestamp).toBeUndefined();
  deleteObject(store, pod('s-0'));
  stopped(pod('s-0'));
  settle();
  expect(pod('s-0').metadata.labels['controller-revision-hash']).toBe(old);
  expect(pod('s-0').metadata.labels.v).toBeUndefined();
  run(pod('s-0'));
  set.spec.updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
  store.changed(set);
  settle();
  expect(pod('s-0').metadata.deletionTimestamp).toBeDefined();
});
