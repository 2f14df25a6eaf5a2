import { expect, test } from 'vitest';
import { deleteObject } from '../../../../src/provider/embedded/agent/controllers/deletion.ts';
import { type FakeCluster, fakeCluster, template } from './cluster.ts';

function deploy(cluster: FakeCluster, spec: object = {}) {
  return cluster.store.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: 'a' } },
      template: template(),
      ...spec,
    },
    status: {},
  });
}

const live = ({ store }: FakeCluster) =>
  store.list('Pod').filter((pod) => pod.metadata.deletionTimestamp === undefined);
const imageOf = (pod: { spec: { containers: { image: string }[] } }) =>
  pod.spec.containers[0]?.image;

test('a terminating pod is replaced at once', () => {
  const cluster = fakeCluster();
  deploy(cluster, { replicas: 2 });
  cluster.settle();
  const [first] = live(cluster);
  if (!first) throw new Error('no pod');
  cluster.run(first);
  deleteObject(cluster.store, first);
  cluster.settle();
  expect(cluster.store.holds(first)).toBe(true);
  expect(live(cluster)).toHaveLength(2);
});

test('a rollout never goes below or above its limits', () => {
  const cluster = fakeCluster();
  const deployment = deploy(cluster); // 25 % of 4: one more, one fewer
  cluster.settle();
  for (const pod of live(cluster)) cluster.run(pod);
  cluster.settle();
  deployment.spec.template = template({ image: 'redis:8.1' });
  cluster.store.changed(deployment);
  for (let round = 0; round < 12; round++) {
    cluster.settle();
    const pods = live(cluster);
    expect(pods.length).toBeLessThanOrEqual(5);
    const ready = pods.filter((pod) => pod.status.conditions[0]?.status === 'True');
    expect(ready.length).toBeGreaterThanOrEqual(3);
    const next = pods.find((pod) => pod.status.phase === 'Pending');
    if (next) cluster.run(next);
    for (const pod of cluster.store.list('Pod')) {
      if (pod.metadata.deletionTimestamp) cluster.stopped(pod);
    }
  }
  expect(live(cluster).map(imageOf)).toEqual(Array(4).fill('redis:8.1'));
  expect(deployment.status).toMatchObject({ updatedReplicas: 4, availableReplicas: 4 });
});

test('a rollout whose new pods never get ready stops half-way', () => {
  const cluster = fakeCluster();
  const deployment = deploy(cluster, { replicas: 2 });
  cluster.settle();
  for (const pod of live(cluster)) cluster.run(pod);
  cluster.settle();
  deployment.spec.template = template({ image: 'redis:broken' });
  cluster.store.changed(deployment);
  cluster.settle();
  expect(live(cluster).filter((pod) => imageOf(pod) === 'redis:8.0')).toHaveLength(2);
  expect(live(cluster).filter((pod) => imageOf(pod) === 'redis:broken')).toHaveLength(1);
});

test('Recreate first takes every old pod away', () => {
  const cluster = fakeCluster();
  const deployment = deploy(cluster, { replicas: 1, strategy: { type: 'Recreate' } });
  cluster.settle();
  const [old] = live(cluster);
  if (!old) throw new Error('no pod');
  cluster.run(old);
  deployment.spec.template = template({ image: 'redis:8.1' });
  cluster.store.changed(deployment);
  cluster.settle();
  expect(live(cluster)).toEqual([]);
  cluster.stopped(old);
  cluster.settle();
  expect(live(cluster).map(imageOf)).toEqual(['redis:8.1']);
});

test('deleting it takes ReplicaSet and pods along', () => {
  const cluster = fakeCluster();
  const deployment = deploy(cluster, { replicas: 1 });
  cluster.settle();
  deleteObject(cluster.store, deployment);
  cluster.settle();
  expect(cluster.store.list('ReplicaSet')).toEqual([]);
  expect(cluster.store.list('Pod')).toEqual([]);
});

test('a Job retries with back-off, gives up at its limit, and completes when a pod succeeds', () => {
  const cluster = fakeCluster();
  const job = (name: string, backoffLimit: number) =>
    cluster.store.create({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: { template: template(), backoffLimit },
      status: {},
    });
  const hopeless = job('hopeless', 0);
  const lucky = job('lucky', 3);
  const podsOf = (name: string) =>
    cluster.store.list('Pod').filter((pod) => pod.metadata.labels['job-name'] === name);
  cluster.settle();
  for (const pod of cluster.store.list('Pod')) cluster.finish(pod, 'Failed');
  cluster.settle();
  expect(hopeless.status.conditions?.map(({ type }) => type)).toEqual(['Failed']);
  expect(podsOf('lucky'), 'back-off').toHaveLength(1);
  cluster.pass(10_001);
  cluster.settle();
  expect(podsOf('lucky')).toHaveLength(2);
  const [second] = podsOf('lucky').filter((pod) => pod.status.phase === 'Pending');
  if (second) cluster.finish(second, 'Succeeded');
  cluster.settle();
  expect(lucky.status.conditions?.map(({ type }) => type)).toEqual(['Complete']);
  expect(lucky.status).toMatchObject({ succeeded: 1, failed: 1 });
});
