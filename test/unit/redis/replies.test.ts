import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../../src/redis/address.ts';
import { parseClusterInfo } from '../../../src/redis/cluster-info.ts';
import { parseClusterSlots } from '../../../src/redis/cluster-slots.ts';
import {
  parseInfo,
  replicationInfo,
  replicationOffset,
  serverInfo,
} from '../../../src/redis/info.ts';
import { parseRedirect } from '../../../src/redis/redirect.ts';

describe('CLUSTER SLOTS', () => {
  it('reads ranges, the master first', () => {
    const reply = [[0, 5460, ['10.0.0.1', 6379, 'aa', []], ['10.0.0.4', 6379, 'dd', []]]];
    expect(parseClusterSlots(reply)).toEqual([
      {
        from: 0,
        to: 5460,
        nodes: [
          { ip: '10.0.0.1', port: 6379, id: 'aa' },
          { ip: '10.0.0.4', port: 6379, id: 'dd' },
        ],
      },
    ]);
    expect(parseClusterSlots([])).toEqual([]);
  });

  it.each([[null], ['?'], ['']])('reads the open endpoint %j as none', (endpoint) => {
    const [range] = parseClusterSlots([[0, 1, [endpoint, 6379, 'aa', ['hostname', 'x']]]]);
    expect(range?.nodes[0]).toEqual({ ip: '', port: 6379, id: 'aa' });
  });

  it.each([
    ['no list', 'ERR', /expected a list/],
    ['an entry that is none', [7], /entry 0: expected a list/],
    ['a slot too high', [[0, 16384, ['a', 1, 'x']]], /entry 0: expected a slot range/],
    ['a range reversed', [[5, 4, ['a', 1, 'x']]], /expected a slot range/],
    [
      'nobody',
      [
        [0, 1, ['a', 1, 'x']],
        [2, 3],
      ],
      /entry 1: expected at least one node/,
    ],
    ['a node that is none', [[0, 1, ['a', 'port', 'x']]], /expected \[endpoint, port, id\]/],
  ])('names what is wrong: %s', (_, reply, message) => {
    expect(() => parseClusterSlots(reply)).toThrow(message);
  });

  it('takes any reply or names its fault', () => {
    fc.assert(
      fc.property(fc.anything(), (reply) => {
        try {
          parseClusterSlots(reply);
        } catch (error) {
          expect(String(error)).toMatch(/^InfrastructureError: CLUSTER SLOTS/);
        }
      }),
    );
  });
});

describe('CLUSTER INFO', () => {
  const text = [
    'cluster_enabled:1',
    'cluster_state:fail',
    'cluster_slots_assigned:16384',
    'cluster_slots_ok:10923',
    'cluster_slots_pfail:0',
    'cluster_slots_fail:5461',
    'cluster_known_nodes:6',
    'cluster_size:3',
    'cluster_current_epoch:7',
    'cluster_my_epoch:2',
    'cluster_stats_messages_sent:12',
  ].join('\r\n');

  it('reads the numbers', () => {
    expect(parseClusterInfo(text)).toEqual({
      state: 'fail',
      slotsAssigned: 16384,
      slotsOk: 10923,
      slotsPfail: 0,
      slotsFail: 5461,
      knownNodes: 6,
      size: 3,
      currentEpoch: 7,
      myEpoch: 2,
    });
  });

  it('names a field that is missing or no number, and a line that is none', () => {
    expect(() => parseClusterInfo('')).toThrow(/cluster_state is missing/);
    expect(() => parseClusterInfo(text.replace('cluster_size:3', ''))).toThrow(/cluster_size/);
    expect(() => parseClusterInfo(text.replace(':7', ':x'))).toThrow(
      /cluster_current_epoch, got x/,
    );
    expect(() => parseClusterInfo('nonsense')).toThrow(/got 'nonsense'/);
  });
});

describe('INFO', () => {
  const server = '# Server\r\nredis_version:7.2.4\r\nredis_mode:cluster\r\nrun_id:abc\r\n';
  const master =
    '# Replication\r\nrole:master\r\nconnected_slaves:2\r\nslave0:ip=10.0.0.2,port=6379,state=online,offset=14,lag=1\r\nslave1:ip=2001:db8::2,port=6379,state=wait_bgsave,offset=0,lag=0,type=replica\r\nmaster_repl_offset:14\r\n';
  const slave =
    '# Replication\nrole:slave\nmaster_host:10.0.0.1\nmaster_port:6379\nmaster_link_status:down\nslave_read_repl_offset:10\nslave_repl_offset:9\nconnected_slaves:0\nmaster_repl_offset:10\n';

  it('reads Redis and Valkey', () => {
    expect(serverInfo(parseInfo(server))).toEqual({
      version: '7.2.4',
      runId: 'abc',
      mode: 'cluster',
    });
    const valkey = server.replace('redis_mode', 'server_mode').concat('valkey_version:8.1.1\r\n');
    expect(serverInfo(parseInfo(valkey))).toMatchObject({
      version: 'valkey 8.1.1',
      mode: 'cluster',
    });
  });

  it('reads a master and its replicas', () => {
    const info = parseInfo(`${server}\r\n${master}`);
    expect(replicationInfo(info)).toEqual({
      role: 'master',
      masterHost: null,
      masterPort: null,
      masterLink: null,
      connectedReplicas: [
        { ip: '10.0.0.2', port: 6379, state: 'online' },
        { ip: '2001:db8::2', port: 6379, state: 'wait_bgsave' },
      ],
    });
    expect(replicationOffset(info)).toBe(14);
  });

  it('reads a replica, with the offset it has processed', () => {
    const info = parseInfo(slave);
    expect(replicationInfo(info)).toEqual({
      role: 'slave',
      masterHost: '10.0.0.1',
      masterPort: 6379,
      masterLink: 'down',
      connectedReplicas: [],
    });
    expect(replicationOffset(info)).toBe(9);
  });

  it('names what is wrong', () => {
    expect(() => parseInfo('# Server\nnonsense')).toThrow(/INFO line 2: .*'nonsense'/);
    expect(() => parseInfo('a:b')).toThrow(/INFO line 1/);
    expect(() => serverInfo(parseInfo(master))).toThrow(/server: .*missing.*replication/);
    expect(() => replicationInfo(parseInfo('# Replication\nrole:boss'))).toThrow(/got 'boss'/);
    expect(() => replicationInfo(parseInfo(slave.replace('6379', 'x')))).toThrow(/a port, got 'x'/);
    expect(() => replicationInfo(parseInfo(master.replace('state=online,', '')))).toThrow(/state/);
    expect(replicationOffset(parseInfo(server))).toBeNull();
  });
});

describe('addresses and redirects', () => {
  it.each([
    ['10.0.0.1:6379', '10.0.0.1', 6379],
    ['::1:6379', '::1', 6379],
    ['[::1]:6379', '::1', 6379],
    [':6379', '', 6379],
    ['redis-0.redis:1', 'redis-0.redis', 1],
  ])('splits %j', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
    expect(parseAddress(formatAddress({ host, port }))).toEqual({ host, port });
  });

  it.each(['6379', '10.0.0.1', 'a:', 'a:70000', 'a:x'])('refuses %j', (text) => {
    expect(() => parseAddress(text)).toThrow(/HOST:PORT/);
  });

  it.each([
    ['MOVED 3999 10.0.0.1:6381', 'MOVED', 3999, '10.0.0.1', 6381],
    ['ASK 1 ::1:6381', 'ASK', 1, '::1', 6381],
    ['MOVED 3999 :6381', 'MOVED', 3999, '', 6381],
    ['MOVED 3999 ?:6381', 'MOVED', 3999, '', 6381],
  ])('reads %j', (message, kind, slot, host, port) => {
    expect(parseRedirect(new Error(message))).toEqual({ kind, slot, address: { host, port } });
  });

  it.each([
    'CLUSTERDOWN',
    'MOVED',
    'MOVED x 10.0.0.1:1',
    'MOVED 1 nowhere',
  ])('sees no redirect in %j', (message) => {
    expect(parseRedirect(new Error(message))).toBeNull();
    expect(parseRedirect(message)).toBeNull();
  });
});
