import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseManifests } from '../../../src/kube/manifest-text.ts';
import { shippedManifests } from '../../../src/kube/shipped.ts';
import type { KubeObject } from '../../../src/model/kube-object.ts';
import type { TopologyName } from '../../../src/model/plan.ts';
import { ownAppObjects } from '../../../src/run/setup/own-app.ts';
import { roleServices } from '../../../src/run/setup/role-services.ts';
import { partOf, redisContainer, sentinelContainer } from '../../../src/run/setup/setup.ts';

/** Goal: our app finds the servers the way an app of that set-up does, and a Sentinel is none of the servers. */
const podOf = ({ spec }: KubeObject) => (spec as { template: KubeObject }).template;
const isSet = ({ kind }: KubeObject) => kind === 'StatefulSet' || kind === 'Deployment';

async function connectionTo(theirs: readonly KubeObject[], topology: TopologyName | null) {
  const sets = theirs.filter(isSet);
  const app = await ownAppObjects({
    theirs,
    redis: sets.filter((object) => redisContainer(podOf(object)) !== null),
    sentinels: sets.filter((object) => sentinelContainer(podOf(object)) !== null),
    topology,
  });
  const deployment = app.find(({ kind }) => kind === 'Deployment');
  if (!deployment) throw new Error('the app has a Deployment');
  const { containers } = podOf(deployment).spec as {
    containers: { env: { name: string; value: string }[] }[];
  };
  return Object.fromEntries((containers[0]?.env ?? []).map(({ name, value }) => [name, value]));
}
const shipped = (topology: TopologyName) => shippedManifests(topology, { nodeTimeoutMs: 5000 });

describe('our app asks', () => {
  test.each([
    true,
    false,
  ])('the Sentinels, for whatever name they know (topology told: %s)', async (told) => {
    const theirs = await shipped('sentinel');
    const connection = await connectionTo(theirs, told ? 'sentinel' : null);
    expect(connection).toMatchObject({
      REDIS_MODE: 'sentinel',
      REDIS_SENTINELS: 'redis-nodes:26379',
    });
    // a script may put it together, or replace it: they know best
    expect(connection).not.toHaveProperty('REDIS_MASTER_NAME');
  });
  test.each([true, false])('a single server (topology told: %s)', async (told) => {
    const theirs = await shipped('standalone');
    expect(await connectionTo(theirs, told ? 'standalone' : null)).toMatchObject({
      REDIS_MODE: 'single',
      REDIS_HOST: 'redis',
      REDIS_PORT: '6379',
    });
  });
  test.each(['cluster', 'cluster-auth'] as const)('%s as a cluster', async (topology) => {
    expect(await connectionTo(await shipped(topology), null)).toMatchObject({
      REDIS_MODE: 'cluster',
      REDIS_HOST: 'redis-cluster',
    });
  });
  test('the Service of the master, of several that lead to servers', async () => {
    const file = join(
      import.meta.dirname,
      '..',
      '..',
      'fixtures',
      'field',
      'replication',
      'all.yaml',
    );
    const theirs = parseManifests(readFileSync(file, 'utf8'), file);
    expect(await connectionTo(theirs, null)).toMatchObject({
      REDIS_MODE: 'single',
      REDIS_HOST: 'redis-master',
    });
  });
  test('nobody where no Service leads to the Sentinels', async () => {
    const theirs = (await shipped('sentinel')).filter(({ kind }) => kind !== 'Service');
    await expect(connectionTo(theirs, 'sentinel')).rejects.toThrow(
      'no Service leads to the Sentinels',
    );
  });
});

describe('a Sentinel', () => {
  const pod = (...containers: readonly object[]): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x' },
    spec: { containers },
  });
  const data = { name: 'redis', image: 'redis:8', ports: [{ containerPort: 6379 }] };
  test.each([
    ['by its port', { name: 's', image: 'redis:8', ports: [{ containerPort: 26379 }] }, 26379],
    ['by its program', { name: 's', image: 'x', command: ['redis-sentinel', '/c'] }, 26379],
    ['by its flag', { name: 's', image: 'x', args: ['redis-server', '/c', '--sentinel'] }, 26379],
    ['by its image', { name: 's', image: 'bitnami/redis-sentinel:7' }, 26379],
    [
      'at a port of its own',
      { name: 's', image: 'x', command: ['redis-sentinel', '/c', '--port', '5000'] },
      5000,
    ],
  ])('is told %s', (_, container, port) => {
    expect(sentinelContainer(pod(container))).toEqual({ name: 's', port });
    expect(partOf(pod(container), null)).toBe('sentinel');
    expect(partOf(pod(container), 'named')).toBe('sentinel');
    expect(sentinelContainer(pod(data, container))?.name).toBe('s');
    expect(redisContainer(pod(data, container))?.name).toBe('redis');
    expect(partOf(pod(data, container), null)).toBe('redis');
  });
  test('is none of a data server, or of a client of one', () => {
    expect(sentinelContainer(pod(data))).toBeNull();
    const client = { name: 'c', image: 'redis:8', command: ['redis-cli', '-p', '26379'] };
    expect(partOf(pod(client), 'named')).toBe('other');
  });
});

describe('a Service by role', () => {
  test('selects by a label that its workload does not give', async () => {
    expect([...roleServices(await shipped('sentinel'), null)].sort()).toEqual([
      'redis-master',
      'redis-replicas',
    ]);
    expect([...roleServices(await shipped('cluster'), null)]).toEqual([]);
  });
  test('is one that is called the master’s and selects several pods', () => {
    const services = (replicas: number, name: string, more = '', port = 6379) =>
      roleServices(
        parseManifests(
          `
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: redis}, ports: [{port: ${port}}]${more}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: redis}
spec:
  replicas: ${replicas}
  template:
    metadata: {labels: {app: redis}}
    spec: {containers: [{name: redis, image: redis:8}]}
`,
          'x.yaml',
        ),
        null,
      );
    expect([...services(3, 'redis-master')]).toEqual(['redis-master']);
    expect([...services(3, 'primary')]).toEqual(['primary']);
    // one pod is the master, or nobody; names for the pods lead nobody; a mastermind is no master
    expect([...services(1, 'redis-master')]).toEqual([]);
    expect([...services(3, 'redis-master', ', clusterIP: None')]).toEqual([]);
    expect([...services(3, 'mastermind')]).toEqual([]);
    // nobody writes through a Sentinel's port or an exporter's
    expect([...services(3, 'redis-master-sentinel', '', 26379)]).toEqual([]);
    expect([...services(3, 'redis-master-metrics', '', 9121)]).toEqual([]);
    expect([...services(3, 'redis')]).toEqual([]);
  });
  test('is none that selects one pod by its name', () => {
    const objects = parseManifests(
      `
apiVersion: v1
kind: Service
metadata: {name: redis-0}
spec: {selector: {app: redis, statefulset.kubernetes.io/pod-name: redis-0}, ports: [{port: 6379}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: redis}
spec:
  template:
    metadata: {labels: {app: redis}}
    spec: {containers: [{name: redis, image: redis:8}]}
`,
      'x.yaml',
    );
    expect([...roleServices(objects, null)]).toEqual([]);
  });
});
