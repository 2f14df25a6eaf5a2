import { expect, test } from 'vitest';
import { deleteObject } from '../../../../src/provider/embedded/agent/controllers/deletion.ts';
import {
  buildAnswer,
  parseQuestion,
  recordTypes,
} from '../../../../src/provider/embedded/agent/network/dns-message.ts';
import { lookUp } from '../../../../src/provider/embedded/agent/network/dns-records.ts';
import { readyTargets } from '../../../../src/provider/embedded/agent/network/endpoints.ts';
import {
  forwardsOf,
  serviceRules,
} from '../../../../src/provider/embedded/agent/network/service-proxy.ts';
import { fakeCluster, newStatefulSet } from './cluster.ts';

function served(serviceSpec: object) {
  const cluster = fakeCluster();
  const ports = [{ name: 'redis', containerPort: 6379 }];
  const container = { name: 'c', image: 'redis:8.0', ports };
  cluster.store.create(
    newStatefulSet({
      replicas: 2,
      podManagementPolicy: 'Parallel',
      template: { metadata: { labels: { app: 'a' } }, spec: { containers: [container] } },
    }),
  );
  cluster.store.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's' },
    spec: {
      selector: { app: 'a' },
      clusterIP: '10.96.0.20',
      ports: [{ name: 'tcp', port: 80, targetPort: 'redis' }],
      ...serviceSpec,
    },
    status: { loadBalancer: {} },
  });
  cluster.settle();
  cluster.run(cluster.pod('s-0'));
  cluster.run(cluster.pod('s-1'), false);
  cluster.settle();
  const ips = ['s-0', 's-1'].map((name) => cluster.pod(name).status.podIP ?? '');
  return { cluster, ips };
}

const name = (host: string) => `${host}.test.svc.cluster.local`;

test('only ready pods take traffic; a terminating one stops at once', () => {
  const { cluster, ips } = served({});
  const targets = () => readyTargets(cluster.store, 's', 'tcp');
  expect(targets()).toEqual([{ ip: ips[0], port: 6379 }]);
  cluster.run(cluster.pod('s-1'));
  cluster.settle();
  expect(targets()).toHaveLength(2);
  deleteObject(cluster.store, cluster.pod('s-0'));
  cluster.settle();
  expect(targets()).toEqual([{ ip: ips[1], port: 6379 }]);
  const [slice] = cluster.store.list('EndpointSlice');
  expect(slice?.endpoints[0]?.conditions).toEqual({
    ready: false,
    serving: true,
    terminating: true,
  });
});

test('publishNotReadyAddresses makes every pod a ready endpoint', () => {
  const { cluster } = served({ publishNotReadyAddresses: true });
  expect(readyTargets(cluster.store, 's', 'tcp')).toHaveLength(2);
});

test('rules forward to ready endpoints, and none of them names a Service without any', () => {
  const { cluster, ips } = served({});
  const rules = serviceRules(forwardsOf(cluster.store));
  expect(rules).toContain(
    `ip daddr 10.96.0.20 tcp dport 80 dnat ip to numgen random mod 1 map { 0 : ${ips[0]} . 6379 }`,
  );
  expect(rules).toContain(`${ips[0]} . ${ips[0]}`);
  cluster.run(cluster.pod('s-0'), false);
  cluster.settle();
  expect(serviceRules(forwardsOf(cluster.store))).not.toContain('dnat');
});

test('a Service with an address answers with it; an unknown name does not exist', () => {
  const { cluster } = served({});
  const a = (host: string) => lookUp(cluster.store, host, recordTypes.A);
  expect(a(name('s'))).toEqual([{ type: 'A', ip: '10.96.0.20' }]);
  expect(lookUp(cluster.store, name('s'), recordTypes.AAAA)).toEqual([]);
  expect(a(name('t'))).toBeNull();
  expect(a('s.other.svc.cluster.local')).toBeNull();
  expect(a('example.com')).toBeNull();
  expect(a(name('s-0.s')), 'pods are only named by headless Services').toBeNull();
});

test('a headless Service answers with its ready pods, together and by name', () => {
  const { cluster, ips } = served({ clusterIP: 'None' });
  const a = (host: string) => lookUp(cluster.store, host, recordTypes.A);
  expect(a(name('s'))).toEqual([{ type: 'A', ip: ips[0] }]);
  expect(a(name('s-0.s'))).toEqual([{ type: 'A', ip: ips[0] }]);
  expect(a(name('s-1.s')), 'not ready').toBeNull();
  expect(lookUp(cluster.store, name('_tcp._tcp.s'), recordTypes.SRV)).toEqual([
    { type: 'SRV', port: 6379, target: name('s-0.s') },
  ]);
});

function query(host: string, type: number): Buffer {
  const labels = host.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, type, 0, 1]);
}

test('DNS messages: question read, answers and errors written', () => {
  const question = parseQuestion(query('S.Test', 1));
  if (!question) throw new Error('not read');
  expect(question).toMatchObject({ id: 0x1234, name: 's.test', type: 1, recursionDesired: true });
  const answer = buildAnswer(question, [{ type: 'A', ip: '10.1.2.3' }]);
  expect(answer.readUInt16BE(0)).toBe(0x1234);
  expect(answer.readUInt16BE(2)).toBe(0x8580);
  expect(answer.readUInt16BE(6)).toBe(1);
  expect([...answer.subarray(-4)]).toEqual([10, 1, 2, 3]);
  expect(buildAnswer(question, null).readUInt16BE(2) & 15).toBe(3);
  const empty = buildAnswer(question, []);
  expect([empty.readUInt16BE(2) & 15, empty.readUInt16BE(6)]).toEqual([0, 0]);
});

test.each([
  ['cut short', query('a.b', 1).subarray(0, 14)],
  ['a label beyond the end', Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 60, 1, 2, 3, 4, 5])],
  ['an answer', Buffer.from([...query('a', 1).subarray(0, 2), 0x80, ...query('a', 1).subarray(3)])],
  ['empty', Buffer.alloc(0)],
])('a DNS message that is %s is ignored', (_, message) => {
  expect(parseQuestion(message)).toBeNull();
});

test('session affinity: each endpoint has its clients, for as long as the Service says', () => {
  const target = (ip: string) => ({ ip, port: 7000 });
  const forward = { address: '10.96.0.20', protocol: 'tcp', port: 80 };
  const targets = [target('10.244.0.5'), target('10.244.0.6')];
  const sticky = serviceRules([{ ...forward, targets, affinitySeconds: 60 }]);
  expect(sticky).toContain('timeout 60s');
  expect(sticky.match(/ip saddr @of_\S+ goto to_\S+/g)).toHaveLength(2);
  expect(sticky).toContain('flush table ip services'); // sets outlive it, a deleted table has none
  const loose = serviceRules([{ ...forward, targets, affinitySeconds: null }]);
  expect(loose).not.toContain('@of_');
  expect(loose).toContain('numgen random mod 2');
});
