import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEmbedded } from '../../../src/provider/embedded/provider.ts';
import type { KubeObject } from '../../../src/provider/provider.ts';
import {
  barePod,
  dataClaim,
  dataMount,
  idle,
  isReady,
  service,
  shell,
  statefulSet,
  statusOf,
  Workbench,
} from '../../contract/workbench.ts';

/** Several nodes on embedded, and the loss of one: what its pods, its peers and the API see of it. */
const bench = new Workbench();
const nodeLoss = { notReadyAfterMs: 1500, evictAfterMs: 2500 };

beforeAll(async () => {
  bench.provider = await openEmbedded({
    namespace: 'nodes',
    undo: { record: async () => 'undo', done: async () => {} },
    nodeProgram: process.execPath,
    images: [],
    nodes: 3,
    nodeLoss,
    log: (line) => process.stderr.write(`${line}\n`),
    signal: AbortSignal.timeout(170_000),
  });
});
afterAll(() => bench.provider.dispose());

const nodeOf = (pod: KubeObject) => (pod.spec as { nodeName?: string }).nodeName ?? '';
const breakNode = (node: string, how: 'stop' | 'cut') =>
  bench.provider.breakNode?.(node, how, bench.signal);
const healNode = (node: string) => bench.provider.healNode?.(node, bench.signal);
const nodeReady = async (name: string) => {
  const nodes = await bench.provider.list('Node', null, bench.signal);
  const found = nodes.find(({ metadata }) => metadata.name === name);
  return found !== undefined && isReady(statusOf(found));
};
const addressesOf = async (name: string) =>
  (await bench.provider.list('EndpointSlice', null, bench.signal))
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap(
      ({ endpoints }) => endpoints as { addresses: string[]; conditions: { ready: boolean } }[],
    )
    .flatMap(({ addresses, conditions }) => (conditions.ready ? addresses : []));

/** Redis on each worker, with its data on a claim; its peers reach it by address. */
async function pair(test: string, replicas = 2) {
  const labels = bench.owns(test);
  const redis = { name: 'main', image: 'redis:8.0', args: ['--save', '', '--appendonly', 'yes'] };
  await bench.apply(
    statefulSet(test, labels, {
      replicas,
      podManagementPolicy: 'Parallel',
      volumeClaimTemplates: [dataClaim(labels)],
      pod: {
        containers: [
          {
            ...redis,
            volumeMounts: [dataMount],
            readinessProbe: { tcpSocket: { port: 6379 }, periodSeconds: 1 },
          },
        ],
      },
    }),
    service(test, labels, { ports: [{ port: 6379 }] }),
  );
  return Promise.all(
    Array.from({ length: replicas }, (_, index) => bench.ready(`${test}-${index}`)),
  );
}

test('pods are spread over the workers; the control plane takes whom it tolerates', async () => {
  const pods = await pair('spread', 4);
  const counts = Map.groupBy(pods.map(nodeOf), (name) => name);
  expect([...counts].map(([name, { length }]) => [name, length]).sort()).toEqual([
    ['embedded-worker', 2],
    ['embedded-worker2', 2],
  ]);
  const labels = bench.owns('tolerant');
  const key = 'node-role.kubernetes.io/control-plane';
  await bench.apply(
    barePod('tolerant', labels, {
      nodeSelector: { [key]: '' },
      tolerations: [{ key, operator: 'Exists' }],
      containers: [shell(idle)],
    }),
    barePod('picky', labels, { nodeSelector: { [key]: '' }, containers: [shell(idle)] }),
  );
  expect(nodeOf(await bench.ready('tolerant'))).toBe('embedded-control-plane');
  const picky = await bench.pod('picky', 'unschedulable', (_, { conditions }) =>
    JSON.stringify(conditions).includes('Unschedulable'),
  );
  expect(JSON.stringify(picky.status)).toContain(
    '0/3 nodes are available: 1 node(s) had untolerated',
  );
});

test('required anti-affinity: one pod a worker, and the third has to wait', async () => {
  const labels = bench.owns('apart');
  const term = {
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchLabels: { app: 'apart' } },
  };
  await bench.apply(
    statefulSet('apart', labels, {
      replicas: 3,
      podManagementPolicy: 'Parallel',
      pod: {
        affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
        containers: [shell(idle)],
      },
    }),
  );
  const nodes = [nodeOf(await bench.ready('apart-0')), nodeOf(await bench.ready('apart-1'))];
  expect(new Set(nodes).size).toBe(2);
  await bench.pod('apart-2', 'unschedulable', (_, { conditions }) =>
    JSON.stringify(conditions).includes("didn't match pod anti-affinity rules"),
  );
});

test('a node without power: silence, NotReady, Terminating, and back with the same claim', async () => {
  const [first, second] = await pair('power');
  if (!first || !second) throw new Error('no pods');
  const [lost, witness] = nodeOf(first) === 'embedded-worker' ? [first, second] : [second, first];
  const lostIp = statusOf(lost).podIP ?? '';
  const name = lost.metadata.name;
  await bench.sh(name, 'redis-cli set kept yes');
  // A peer must hear nothing, not even a refusal: `timeout` gives up with 124.
  const probe = `timeout 1 redis-cli -h ${lostIp} ping; echo $?`;
  expect(await bench.sh(witness.metadata.name, probe)).toBe('PONG\n0');
  await breakNode('embedded-worker', 'stop');
  expect(await bench.sh(witness.metadata.name, probe)).toBe('124');
  expect(isReady(statusOf((await bench.find(name)) ?? lost))).toBe(true); // nobody has said otherwise
  await bench.until('NotReady', async () => !(await nodeReady('embedded-worker')) || 'Ready');
  await bench.until('its endpoint to go', async () => {
    const addresses = await addressesOf('power');
    return !addresses.includes(lostIp) || addresses.join();
  });
  await bench.pod(name, 'deleted', ({ metadata }) => metadata.deletionTimestamp !== undefined);
  expect((await bench.find(name))?.metadata.uid).toBe(lost.metadata.uid); // no successor
  await healNode('embedded-worker');
  const back = await bench.ready(name, lost);
  expect(nodeOf(back)).toBe('embedded-worker'); // where its claim is
  expect(statusOf(back).podIP).not.toBe(lostIp);
  expect(await bench.sh(name, 'redis-cli get kept')).toBe('yes');
  expect(await nodeReady('embedded-worker')).toBe(true);
  // its old address is nobody's now, and says so at once
  const gone = `timeout 3 redis-cli -h ${lostIp} ping >/dev/null 2>&1; echo $?`;
  expect(await bench.sh(witness.metadata.name, gone)).toBe('1');
});

test('a short loss of power: the same pod, restarted, at another address', async () => {
  const [first, second] = await pair('short');
  if (!first || !second) throw new Error('no pods');
  const lost = nodeOf(first) === 'embedded-worker' ? first : second;
  await breakNode('embedded-worker', 'stop');
  await healNode('embedded-worker');
  const back = await bench.pod(
    lost.metadata.name,
    'restarted',
    (_, { containerStatuses, ...status }) =>
      Boolean(isReady(status) && containerStatuses?.[0]?.restartCount === 1),
  );
  expect(back.metadata.uid).toBe(lost.metadata.uid);
  expect(statusOf(back).podIP).not.toBe(statusOf(lost).podIP);
  expect(statusOf(back).containerStatuses?.[0]?.lastState.terminated).toMatchObject({
    exitCode: 255,
    reason: 'Unknown',
  });
});

test('a pod put on a node that is off, before anybody knows, starts once when it is back', async () => {
  const labels = bench.owns('early');
  await breakNode('embedded-worker', 'stop');
  await bench.apply(
    barePod('early', labels, {
      nodeSelector: { 'kubernetes.io/hostname': 'embedded-worker' },
      volumes: [{ name: 'seen', emptyDir: {} }],
      containers: [
        shell(`echo start >> /seen/log; ${idle}`, {
          volumeMounts: [{ name: 'seen', mountPath: '/seen' }],
        }),
      ],
    }),
  );
  await bench.pod('early', 'scheduled', (pod) => nodeOf(pod) === 'embedded-worker');
  await healNode('embedded-worker');
  const pod = await bench.ready('early');
  expect(statusOf(pod).containerStatuses?.[0]?.restartCount).toBe(0);
  expect(await bench.sh('early', 'cat /seen/log')).toBe('start');
});

test('a node cut off: its pods run on and meet each other only, and the rest comes back by itself', async () => {
  const pods = await pair('cut', 4);
  const on = (node: string) => pods.filter((pod) => nodeOf(pod) === node);
  const [inside, neighbour] = on('embedded-worker');
  const [outside] = on('embedded-worker2');
  if (!inside || !neighbour || !outside) throw new Error('not spread');
  const ask = (from: KubeObject, to: KubeObject) =>
    bench.sh(
      from.metadata.name,
      `timeout 1 redis-cli -h ${statusOf(to).podIP} ping >/dev/null 2>&1; echo $?`,
    );
  await breakNode('embedded-worker', 'cut');
  expect(await ask(inside, neighbour)).toBe('0');
  expect(await ask(inside, outside)).toBe('124');
  expect(await ask(outside, inside)).toBe('124');
  const dns = 'timeout 1 redis-cli -h cut ping >/dev/null 2>&1; echo $?';
  expect(await bench.sh(inside.metadata.name, dns)).not.toBe('0');
  await bench.until('NotReady', async () => !(await nodeReady('embedded-worker')) || 'Ready');
  await healNode('embedded-worker');
  expect(await ask(outside, inside)).toBe('0');
  const back = await bench.ready(inside.metadata.name);
  expect(back.metadata.uid).toBe(inside.metadata.uid);
  expect(statusOf(back).containerStatuses?.[0]?.restartCount).toBe(0); // the probes went on inside
  await bench.until('both in the endpoints', async () => {
    const addresses = await addressesOf('cut');
    return addresses.length === 4 || addresses.join();
  });
});

test('deleted while cut off: it runs on until its kubelet hears of it', async () => {
  const [first, second] = await pair('deaf');
  if (!first || !second) throw new Error('no pods');
  const lost = nodeOf(first) === 'embedded-worker' ? first : second;
  await breakNode('embedded-worker', 'cut');
  await bench.deletePod(lost, null);
  await bench.throughout(500, async () => {
    expect((await bench.find(lost.metadata.name))?.metadata.uid).toBe(lost.metadata.uid);
    expect(await bench.sh(lost.metadata.name, 'redis-cli ping')).toBe('PONG');
  });
  await healNode('embedded-worker');
  await bench.ready(lost.metadata.name, lost);
});

test('the control plane, and a node that is not there, cannot be lost', async () => {
  await expect(breakNode('embedded-control-plane', 'stop')).rejects.toThrow(
    'the workers are embedded-worker, embedded-worker2',
  );
  await expect(breakNode('elsewhere', 'cut')).rejects.toThrow('node elsewhere cannot be lost');
});
