import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseManifests } from '../../../src/kube/manifest-text.ts';
import { shippedText } from '../../../src/kube/shipped.ts';
import { InfrastructureError, UsageError } from '../../../src/model/errors.ts';
import { parsePlan } from '../../../src/plan/parse.ts';
import { parseClusterInfo } from '../../../src/redis/cluster-info.ts';
import { parseClusterNodes, parseNodesConf } from '../../../src/redis/cluster-nodes.ts';
import { parseClusterSlots } from '../../../src/redis/cluster-slots.ts';
import { parseInfo, replicationInfo, serverInfo } from '../../../src/redis/info.ts';
import { damaged, parsesOrSays } from './damage.ts';

/**
 * Goal: whatever a server, a disk or a user hands over, a parser gives a value or an error of ours that
 * says what is wrong. Method: good texts damaged at random, and random ones; a fixed seed.
 */
const runs = { numRuns: 400, seed: 20 };
const id = (letter: string) => letter.repeat(40);
const nodes = [
  `${id('a')} 10.0.0.1:6379@16379,,shard-id=${id('1')} myself,master - 0 0 1 connected 0-5460 [93-<-${id('b')}]`,
  `${id('b')} fd00::1:6379@16379,host.name slave,fail? ${id('a')} 1700 1700 2 disconnected`,
  `${id('c')} :0@0 master,noaddr - 17 0 3 disconnected 7 100-200`,
].join('\n');
const nodesConf = `${nodes}\nvars currentEpoch 6 lastVoteEpoch 0\n`;
const info = [
  '# Server',
  'redis_version:7.0.15',
  'run_id:0123456789abcdef',
  'redis_mode:cluster',
  '# Replication',
  'role:slave',
  'master_host:10.0.0.1',
  'master_port:6379',
  'master_link_status:up',
  'slave0:ip=10.0.0.2,port=6379,state=online,offset=14,lag=1',
  '',
].join('\r\n');
const clusterInfo =
  'cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_slots_ok:16384\r\ncluster_slots_pfail:0\r\ncluster_slots_fail:0\r\ncluster_known_nodes:6\r\ncluster_size:3\r\ncluster_my_epoch:1\r\ncluster_current_epoch:6\r\n';
const plan = `faults:
  name: master-delete
  hold: auto
  failovers: 3
workload: { rate: 200 }
assert:
  outageBudget: 20s
seed: 7
`;

const cases: readonly (readonly [string, readonly string[], (text: string) => unknown])[] = [
  ['CLUSTER NODES', [nodes], parseClusterNodes],
  ['nodes.conf', [nodesConf], parseNodesConf],
  ['CLUSTER INFO', [clusterInfo], parseClusterInfo],
  [
    'INFO',
    [info],
    (text) => {
      const parsed = parseInfo(text);
      return [serverInfo(parsed), replicationInfo(parsed)];
    },
  ],
];

describe.each(cases)('%s', (_, samples, parse) => {
  test('a good one parses', () => {
    for (const sample of samples) expect(parse(sample)).toBeTruthy();
  });
  test('a damaged one parses or says what is wrong', () => {
    const check = (text: string) => parsesOrSays(() => parse(text), [InfrastructureError]);
    fc.assert(fc.property(damaged(samples), check), runs);
    fc.assert(fc.property(fc.string({ unit: 'binary' }), check), runs);
  });
});

test('CLUSTER SLOTS of any reply parses or says what is wrong', () => {
  const reply = fc.anything({ maxDepth: 4, withNullPrototype: false });
  const near = fc.array(
    fc.array(fc.oneof(fc.nat(20_000), reply, fc.array(reply)), { maxLength: 5 }),
  );
  const check = (value: unknown) =>
    parsesOrSays(() => parseClusterSlots(value), [InfrastructureError]);
  fc.assert(fc.property(fc.oneof(reply, near), check), runs);
});

test('what CLUSTER NODES is written from is what is read', () => {
  const hex = fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'),
    minLength: 40,
    maxLength: 40,
  });
  const port = fc.integer({ min: 1, max: 65_535 });
  const node = fc.record({
    id: hex,
    ip: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('')),
    port,
    busPort: port,
    flags: fc.uniqueArray(fc.constantFrom('myself', 'master', 'slave', 'fail?', 'fail', 'noaddr'), {
      minLength: 1,
    }),
    masterId: fc.option(hex),
    epoch: fc.nat(),
    linkState: fc.constantFrom('connected' as const, 'disconnected' as const),
    slots: fc.array(fc.constantFrom('0-5460', '7', '16383', `[93-<-${id('b')}]`), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(node), (all) => {
      const text = all.map(
        (n) =>
          `${n.id} ${n.ip}:${n.port}@${n.busPort} ${n.flags.join(',')} ${n.masterId ?? '-'} 0 1 ${n.epoch} ${n.linkState} ${n.slots.join(' ')}`,
      );
      expect(parseClusterNodes(text.join('\n'))).toEqual(all);
    }),
    runs,
  );
});

describe('what users write', () => {
  test('a damaged plan parses or says where it is wrong', () => {
    expect(parsePlan(plan, 'plan.yaml')).toBeTruthy();
    const check = (text: string) => parsesOrSays(() => parsePlan(text, 'plan.yaml'), [UsageError]);
    fc.assert(fc.property(damaged([plan]), check), runs);
    fc.assert(fc.property(fc.string(), check), runs);
  });

  test('damaged manifests parse or say where they are wrong', async () => {
    const shipped = await shippedText('cluster');
    expect(parseManifests(shipped, 'cluster.yaml').length).toBeGreaterThan(3);
    const check = (text: string) =>
      parsesOrSays(() => parseManifests(text, 'cluster.yaml'), [UsageError]);
    fc.assert(fc.property(damaged([shipped]), check), { numRuns: 60, seed: 20 });
    fc.assert(fc.property(fc.string(), check), runs);
  });
});
