import { describe, expect, test } from 'vitest';
import type { FaultTarget } from '../../../src/model/fault.ts';
import type { NodeView } from '../../../src/model/view.ts';
import {
  sentinelTopology as sentinel,
  standaloneTopology as standalone,
} from '../../../src/topology/replication/replication.ts';
import { advance, emptyWorld, isOfServers, type WorldState } from '../../../src/topology/state.ts';
import { hostOf, ipOf, podOf, sentinelView, serverView, worldOf } from './replication-world.ts';

/**
 * Goal: each invariant of servers that replicate outside cluster mode is red for its own reason, and green for a
 * set-up that is well. Method: a hand-made world, one thing changed at a time.
 */
const expectation = sentinel.expect(worldOf());
const wrong = (world: WorldState) =>
  sentinel.violations(world, expectation).map(({ check, code }) => `${check} ${code}`);
const unreachable = (view: NodeView): NodeView => {
  const { sentinel: _, ...rest } = view;
  return { ...rest, status: 'unreachable', error: 'ECONNREFUSED', server: null };
};

describe('a set-up that is well', () => {
  test('has one shard, whose master all name', () => {
    expect(expectation).toMatchObject({
      nodeCount: 3,
      shards: [
        {
          name: 'mymaster',
          masterId: 'redis-0',
          replicas: 2,
          members: ['redis-0', 'redis-1', 'redis-2'],
        },
      ],
      sentinels: ['redis-0/sentinel', 'redis-1/sentinel', 'redis-2/sentinel'],
      masterServices: new Map([['master', 'mymaster']]),
    });
    expect(sentinel.formed(worldOf()).done).toBe(true);
    expect(sentinel.lacking(worldOf())).toEqual([]);
    expect(sentinel.recognise(worldOf())).toBe(true);
    expect(standalone.recognise(worldOf())).toBe(false);
  });
  test.each([0, 1, 2])('is green with redis-%s as its master', (master) => {
    expect(wrong(worldOf(master))).toEqual([]);
  });
  test('takes writes where most say, and acknowledges them as a run', () => {
    const owner = sentinel.ownerOf(worldOf(1), 'any');
    expect(owner?.node).toBe(`run-1@${ipOf(1)}:6379`);
    expect(sentinel.targets(worldOf(1)).map(({ pod, role, shard }) => [pod, role, shard])).toEqual([
      ['redis-0', 'slave', 'mymaster'],
      ['redis-1', 'master', 'mymaster'],
      ['redis-2', 'slave', 'mymaster'],
    ]);
  });
  test('is read through each Sentinel', () => {
    expect(sentinel.seeds(worldOf())[2]).toEqual({
      name: 'redis-2/sentinel',
      address: `${ipOf(2)}:26379`,
      sentinel: 'mymaster',
    });
  });
});

describe('what is red', () => {
  const flags = (...more: string[]) => ({ flags: ['master', ...more] });
  test.each<[string, WorldState, string]>([
    ['two masters', worldOf(0, { views: [serverView(1, null)] }), 'single-master MASTER'],
    ['no master', worldOf(0, { views: [serverView(0, 1)] }), 'single-master MASTER'],
    [
      'a Sentinel names another',
      worldOf(0, { sentinels: [sentinelView(2, 1)] }),
      'sentinels-agree AGREE',
    ],
    [
      'all name one that is no master',
      worldOf(0, { sentinels: [0, 1, 2].map((i) => sentinelView(i, 1)) }),
      'sentinels-agree AGREE',
    ],
    [
      'all name an address of nobody',
      worldOf(0, { sentinels: [0, 1, 2].map((i) => sentinelView(i, 0, { ip: '10.9.9.9' })) }),
      'sentinels-agree AGREE',
    ],
    [
      'a Sentinel thinks it down',
      worldOf(0, { sentinels: [sentinelView(1, 0, flags('s_down'))] }),
      'sentinels-agree AGREE',
    ],
    [
      'a Sentinel is alone',
      worldOf(0, { sentinels: [sentinelView(1, 0, { sentinels: [] })] }),
      'sentinels-agree AGREE',
    ],
    [
      'a replica too many',
      worldOf(0, {
        sentinels: [
          sentinelView(1, 0, {
            replicas: [
              ...(sentinelView(1, 0).sentinel?.masters[0]?.replicas ?? []),
              {
                ip: '10.9.9.9',
                port: 6379,
                flags: ['slave', 's_down'],
                masterHost: null,
                masterPort: null,
                masterLinkStatus: null,
              },
            ],
          }),
        ],
      }),
      'no-ghosts GHOST',
    ],
    [
      'a Sentinel too many',
      worldOf(0, {
        sentinels: [
          sentinelView(1, 0, {
            sentinels: [0, 2, 7].map((i) => ({
              ip: hostOf(i),
              port: 26379,
              runId: `${i}`,
              flags: ['sentinel'],
            })),
          }),
        ],
      }),
      'no-ghosts GHOST',
    ],
    [
      'a Service that stays with the old master',
      worldOf(1, { endpoints: { master: [ipOf(0)] } }),
      'endpoint-follows-master ENDPOINT',
    ],
    [
      'a Service over several pods',
      worldOf(0, { endpoints: { master: [ipOf(0), ipOf(1)] } }),
      'endpoint-follows-master ENDPOINT',
    ],
    [
      'a pod is gone',
      worldOf(0, { pods: [podOf(2, { terminating: true })] }),
      'topology-converged RDY',
    ],
    [
      'a server is silent',
      worldOf(0, { views: [unreachable(serverView(2, 0))] }),
      'topology-converged UNSEEN',
    ],
    [
      'a Sentinel is silent',
      worldOf(0, { sentinels: [unreachable(sentinelView(2, 0))] }),
      'topology-converged UNSEEN',
    ],
  ])('%s', (_, world, expected) => {
    expect(wrong(world)).toContain(expected);
  });

  test.each<[string, Partial<NonNullable<NodeView['server']>['replication']>]>([
    ['a link is down', { masterLink: 'down' }],
    ['a replica of a replica', { masterHost: hostOf(1) }],
  ])('%s', (_, change) => {
    const view = serverView(2, 0);
    const { server } = view;
    if (!server) throw new Error('a server view has a server');
    const replication = { ...server.replication, ...change };
    const world = worldOf(0, { views: [{ ...view, server: { ...server, replication } }] });
    expect(wrong(world)).toContain('replication-restored REP');
  });

  test('two masters contradict each other, none does not', () => {
    const two = sentinel.violations(worldOf(0, { views: [serverView(1, null)] }), expectation);
    expect(two.find(({ code }) => code === 'MASTER')?.contradiction).toBe(true);
    const none = sentinel.violations(worldOf(0, { views: [serverView(0, 1)] }), expectation);
    expect(none.find(({ code }) => code === 'MASTER')?.contradiction).toBeUndefined();
  });
  test('a master that cannot be asked may still be one', () => {
    const world = worldOf(0, { views: [unreachable(serverView(0, null))] });
    expect(wrong(world)).not.toContain('single-master MASTER');
  });
});

describe('two masters under one set of Sentinels', () => {
  // redis-0 with redis-1 is `cache`, redis-2 is `sessions` with nobody; all Sentinels know both
  const cache = { name: 'cache', replicas: [], ip: hostOf(0) };
  const sessions = { name: 'sessions', replicas: [], ip: hostOf(2) };
  const both = (index: number, of: readonly object[] = [cache, sessions]): NodeView => {
    const view = sentinelView(index, 0);
    const [entry] = view.sentinel?.masters ?? [];
    if (!view.sentinel || !entry) throw new Error('a Sentinel knows a master');
    const masters = of.map((change) => ({ ...entry, ...change }));
    return { ...view, sentinel: { ...view.sentinel, masters } };
  };
  const world = (change: Parameters<typeof worldOf>[1] = {}) =>
    worldOf(0, {
      views: [serverView(2, null), ...(change.views ?? [])],
      sentinels: [0, 1, 2].map((index) => both(index)),
      ...('endpoints' in change ? { endpoints: change.endpoints ?? {} } : {}),
    });
  const names = ['cache', 'sessions'];
  test('are two shards, each with its own', () => {
    expect(sentinel.shards(world()).map(({ name, members }) => [name, members])).toEqual([
      ['cache', ['redis-0', 'redis-1']],
      ['sessions', ['redis-2']],
    ]);
    expect(
      sentinel
        .violations(world(), sentinel.expect(world()))
        .filter(({ check }) => check !== 'no-ghosts'),
    ).toEqual([]);
  });
  test('keep a key of ours where it is named for, and it is read and owned there', () => {
    const keys = names.map((name) => sentinel.keyFor('rkc:run:', name));
    expect(keys.map((key) => names.filter((name) => sentinel.covers(name, key)))).toEqual([
      ['cache'],
      ['sessions'],
    ]);
    expect(keys.map((key) => sentinel.ownerOf(world(), key)?.id)).toEqual(['redis-0', 'redis-2']);
    expect(keys.map((key) => sentinel.seeds(world(), key)[0]?.sentinel)).toEqual(names);
    // of a key that is not ours nobody can say
    expect(names.filter((name) => sentinel.covers(name, 'hits'))).toEqual(names);
  });
  test('do not take over from each other', () => {
    const target = sentinel.targets(world()).find(({ pod }) => pod === 'redis-0');
    if (!target) throw new Error('redis-0 is a target');
    expect(target).toMatchObject({ shard: 'cache', members: ['redis-0', 'redis-1'] });
    expect(sentinel.claim(serverView(2, null), target)).toBeNull();
    expect(sentinel.claim(serverView(1, null), target)).toBe('cache');
    // where there is one name, any other pod may: an operator gives it a new one
    const [only] = sentinel.targets(worldOf(0));
    expect(only && sentinel.claim({ ...serverView(1, null), pod: 'new' }, only)).toBe('mymaster');
  });
  test('a master that is back and unnamed belongs to those who list it as a replica', () => {
    const replica = {
      ...{ ip: hostOf(1), port: 6379, flags: ['slave'] },
      ...{ masterHost: null, masterPort: null, masterLinkStatus: null },
    };
    const listed = { ...cache, replicas: [replica] };
    const back = worldOf(0, {
      views: [serverView(2, null), serverView(1, null)],
      sentinels: [0, 1, 2].map((index) => both(index, [sessions, listed])),
    });
    const shardOf = Object.fromEntries(
      sentinel.targets(back).map(({ pod, shard }) => [pod, shard]),
    );
    expect(shardOf).toEqual({ 'redis-0': 'cache', 'redis-1': 'cache', 'redis-2': 'sessions' });
  });
  test('each has its own Service', () => {
    const before = world({ endpoints: { master: [ipOf(2)] } });
    const expected = sentinel.expect(before);
    expect(expected.masterServices).toEqual(new Map([['master', 'sessions']]));
    const codes = (now: WorldState) =>
      sentinel.violations(now, expected).map(({ code, text }) => (code === 'ENDPOINT' ? text : ''));
    expect(codes(before).join('')).toBe('');
    expect(codes(world({ endpoints: { master: [ipOf(0)] } })).join('')).toContain('redis-2');
  });
});

describe('a Service that is called the master’s', () => {
  const spread = { endpoints: { 'redis-master': [ipOf(0), ipOf(1)], other: [ipOf(0), ipOf(1)] } };
  const world = {
    ...worldOf(0, spread),
    roleServices: new Set(['redis-master', 'other']),
  };
  test('is held to that wherever it leads before the fault, and breaks no fault', () => {
    const expected = sentinel.expect(world);
    expect(expected.masterServices).toEqual(new Map([['redis-master', 'mymaster']]));
    const found = sentinel.violations(world, expected);
    expect(found.map(({ code }) => code)).toEqual(['ENDPOINT']);
    expect(found.filter(isOfServers)).toEqual([]);
  });
});

describe('a replica of itself', () => {
  test('is said to be one', () => {
    const view = serverView(2, 2);
    const found = sentinel.violations(worldOf(0, { views: [view] }), expectation);
    expect(found.find(({ check }) => check === 'replication-restored')?.text).toBe(
      `redis-2 follows itself, at ${hostOf(2)}:6379`,
    );
  });
});

describe('a single server', () => {
  const alone = (change: Partial<WorldState> = {}): WorldState => ({
    ...emptyWorld,
    pods: new Map([['uid-0', { pod: podOf(0), part: 'redis' }]]),
    views: new Map([['uid-0', serverView(0, null)]]),
    ...change,
  });
  test('is recognised, and nobody can take over', () => {
    expect([standalone, sentinel].map((topology) => topology.recognise(alone()))).toEqual([
      true,
      false,
    ]);
    expect(standalone.timing(standalone.defaults).promotion).toBeNull();
    expect(standalone.lacking(alone())).toEqual([]);
    expect(standalone.violations(alone(), standalone.expect(alone()))).toEqual([]);
    expect(standalone.seeds(alone())).toEqual([{ name: 'redis-0', address: `${ipOf(0)}:6379` }]);
  });
  test('may have replicas, which must find it again', () => {
    const { sentinels: _, ...others } = worldOf();
    const world: WorldState = { ...others, sentinels: new Map() };
    expect([standalone, sentinel].map((topology) => topology.recognise(world))).toEqual([
      true,
      false,
    ]);
    const before = standalone.expect(world);
    const applying = (topology: typeof standalone, expectation: typeof before) =>
      topology.checks.filter(({ applies }) => applies?.(expectation) ?? true).map(({ id }) => id);
    expect(applying(standalone, before)).toContain('replication-restored');
    expect(applying(standalone, standalone.expect(alone()))).not.toContain('replication-restored');
    expect(standalone.violations(world, before)).toEqual([]);
    const view = serverView(2, 0);
    if (!view.server) throw new Error('a server view has a server');
    const replication = { ...view.server.replication, masterLink: 'down' as const };
    const lost = { ...view, server: { ...view.server, replication } };
    const after = { ...world, views: new Map([...world.views, ['uid-2', lost]]) };
    expect(standalone.violations(after, before).map(({ check }) => check)).toContain(
      'replication-restored',
    );
  });
  test('is none where two say that they are masters', () => {
    const { sentinels: _, ...others } = worldOf(0, { views: [serverView(1, null)] });
    expect(standalone.recognise({ ...others, sentinels: new Map() })).toBe(false);
  });
  test('is red when it is gone, or a replica all of a sudden', () => {
    const before = standalone.expect(alone());
    const codes = (world: WorldState) =>
      standalone.violations(world, before).map(({ code }) => code);
    expect(codes(alone({ pods: new Map() }))).toContain('RDY');
    expect(codes(alone({ views: new Map([['uid-0', serverView(0, 1)]]) }))).toContain('MASTER');
  });
});

describe('what a Sentinel says', () => {
  const target: FaultTarget = {
    pod: 'redis-0',
    uid: 'uid-0',
    shard: 'mymaster',
    nodeId: null,
    runId: 'run-0',
    ip: ipOf(0),
    role: 'master',
    slots: null,
  };
  test.each([
    [['master'], null],
    [['master', 's_down'], 'suspected'],
    [['master', 'o_down', 's_down'], 'failed'],
  ])('of the victim: %s is %s', (flags, moment) => {
    expect(sentinel.moment(sentinelView(1, 0, { flags }), target)).toBe(moment);
    expect(sentinel.moment(sentinelView(1, 2, { flags }), target)).toBeNull();
  });
  test('tells how long a silence may be', () => {
    const told = sentinel.told([], worldOf());
    expect(told).toEqual({ silenceMs: 5000, failoverTimeoutMs: 30_000, known: true });
    expect(sentinel.told([], emptyWorld)).toBeNull();
    expect(sentinel.timing(told ?? sentinel.defaults).promotion).toEqual({
      lowMs: 4000,
      highMs: 7000,
    });
  });
  test('is kept beside what the servers say, until its pod is gone', () => {
    const view = sentinelView(1, 0);
    const seen = advance(emptyWorld, { atUs: 1, kind: 'view', view });
    expect([seen.views.size, seen.sentinels.size]).toEqual([0, 1]);
    const gone = advance(seen, { atUs: 2, kind: 'pod-gone', name: 'redis-1', uid: 'uid-1' });
    expect(gone.sentinels.size).toBe(0);
  });
});

test('a target of before is another process when it answers with another run_id', () => {
  const target = sentinel.targets(worldOf()).find(({ role }) => role === 'master');
  if (!target) throw new Error('no master');
  expect(sentinel.contradiction(serverView(0, null), target)).toBeNull();
  expect(sentinel.contradiction(serverView(0, 1), target)).toContain('says slave');
  expect(sentinel.contradiction(serverView(0, null), { ...target, runId: 'other' })).toContain(
    'another process',
  );
});
