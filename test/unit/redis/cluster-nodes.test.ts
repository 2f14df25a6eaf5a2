import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseClusterNodes, parseNodesConf } from '../../../src/redis/cluster-nodes.ts';

const a = '07c37dfeb235213a872192d90877d0cd55635b91';
const b = '67ed2db8d677e59ec4a4cefb06858cf2a1a89fa1';

describe('CLUSTER NODES', () => {
  it('reads every field of a master and a replica', () => {
    const text = [
      `${a} 10.244.1.4:6379@16379 myself,master - 0 1426238316232 2 connected 0-5460 7000 [93-<-${b}] [77->-${b}]`,
      `${b} 10.244.2.7:6379@16379 slave,fail? ${a} 1426238316232 1426238317741 2 disconnected`,
      '',
    ].join('\n');
    expect(parseClusterNodes(text)).toEqual([
      {
        id: a,
        ip: '10.244.1.4',
        port: 6379,
        busPort: 16379,
        flags: ['myself', 'master'],
        masterId: null,
        epoch: 2,
        linkState: 'connected',
        slots: ['0-5460', '7000', `[93-<-${b}]`, `[77->-${b}]`],
      },
      {
        id: b,
        ip: '10.244.2.7',
        port: 6379,
        busPort: 16379,
        flags: ['slave', 'fail?'],
        masterId: a,
        epoch: 2,
        linkState: 'disconnected',
        slots: [],
      },
    ]);
  });

  it.each([
    ['Redis 7 with a hostname', '10.0.0.1:6379@16379,pod-0.redis', '10.0.0.1', 6379, 16379],
    ['Redis 7, hostname empty', '10.0.0.1:6379@16379,', '10.0.0.1', 6379, 16379],
    [
      'Redis 7.2 with auxiliary fields',
      `10.0.0.1:6379@16379,,tls-port=0,shard-id=${a}`,
      '10.0.0.1',
      6379,
      16379,
    ],
    ['Redis 3 without a bus port', '10.0.0.1:6379', '10.0.0.1', 6379, 16379],
    ['no address', ':0@0', '', 0, 0],
    ['no address, Valkey', ':0@0,,tls-port=0', '', 0, 0],
    ['IPv6', '2001:db8::1:6379@16379', '2001:db8::1', 6379, 16379],
    ['an address that is none', '10.244.1.112.108:6379@16379', '10.244.1.112.108', 6379, 16379],
    ['a literal placeholder', '{POD_IP}:6379@16379', '{POD_IP}', 6379, 16379],
  ])('reads the address of %s', (_, endpoint, ip, port, busPort) => {
    const [node] = parseClusterNodes(`${a} ${endpoint} master,noaddr - 1 2 0 disconnected`);
    expect(node).toMatchObject({ ip, port, busPort, flags: ['master', 'noaddr'] });
  });

  it('reads a handshake, and noflags as no flags', () => {
    const nodes = parseClusterNodes(
      `${a} 10.0.0.9:6379@16379 handshake - 5 0 0 disconnected\n${b} :0@0 noflags - 0 0 0 disconnected`,
    );
    expect(nodes.map(({ flags }) => flags)).toEqual([['handshake'], []]);
  });

  it.each([
    ['a short id', 'abc 10.0.0.1:6379@16379 master - 0 0 1 connected', /line 2: .*node id/],
    ['no port', `${b} 10.0.0.1 master - 0 0 1 connected`, /line 2: .*IP:PORT@BUSPORT/],
    ['a bus port in words', `${b} 10.0.0.1:1@x master - 0 0 1 connected`, /IP:PORT@BUSPORT/],
    ['a master that is none', `${b} 10.0.0.1:1@2 slave nobody 0 0 1 connected`, /master id or -/],
    ['no times', `${b} 10.0.0.1:1@2 master - x 0 1 connected`, /ping and pong/],
    ['an epoch in words', `${b} 10.0.0.1:1@2 master - 0 0 one connected`, /config epoch/],
    ['a line cut short', `${b} 10.0.0.1:1@2 master - 0 0 1`, /link state/],
    [
      'a slot too high',
      `${b} 10.0.0.1:1@2 master - 0 0 1 connected 16384`,
      /'16384' is not a slot/,
    ],
    ['a range reversed', `${b} 10.0.0.1:1@2 master - 0 0 1 connected 9-3`, /'9-3' is not a slot/],
  ])('names the line with %s', (_, line, message) => {
    const good = `${a} 10.0.0.1:6379@16379 master - 0 0 1 connected 0-5460`;
    expect(() => parseClusterNodes(`${good}\n${line}`)).toThrow(message);
  });

  it('reads back whatever it is given in the printed form', () => {
    const id = fc.string({
      unit: fc.constantFrom(...'0123456789abcdef'),
      minLength: 40,
      maxLength: 40,
    });
    const slot = fc.nat(16383);
    const range = fc
      .tuple(slot, slot)
      .map(([x, y]) => (x === y ? `${x}` : `${Math.min(x, y)}-${Math.max(x, y)}`));
    const node = fc.record({
      id,
      ip: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('')),
      port: fc.nat(65535),
      busPort: fc.nat(65535),
      flags: fc.uniqueArray(
        fc.constantFrom('myself', 'master', 'slave', 'fail', 'fail?', 'noaddr', 'nofailover'),
      ),
      masterId: fc.option(id),
      epoch: fc.nat(),
      linkState: fc.constantFrom('connected', 'disconnected'),
      slots: fc.array(range, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(node), (nodes) => {
        const text = nodes
          .map((n) =>
            [
              n.id,
              `${n.ip}:${n.port}@${n.busPort}`,
              n.flags.join(',') || 'noflags',
              n.masterId ?? '-',
              ...[0, 12, n.epoch, n.linkState, ...n.slots],
            ].join(' '),
          )
          .join('\n');
        expect(parseClusterNodes(text)).toEqual(nodes);
      }),
    );
  });

  it('never crashes and never skips a line: all are nodes, or an error says which is not', () => {
    const good = `${a} 10.0.0.1:6379@16379 master - 0 0 1 connected 0-5460`;
    fc.assert(
      fc.property(fc.nat(good.length), fc.string({ maxLength: 3 }), (at, noise) => {
        const text = good.slice(0, at) + noise + good.slice(at + 1);
        try {
          const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '').length;
          expect(parseClusterNodes(text)).toHaveLength(lines);
        } catch (error) {
          expect(String(error)).toMatch(/CLUSTER NODES line \d+: /);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('nodes.conf', () => {
  const line = `${a} 10.0.0.1:6379@16379,,tls-port=0,shard-id=${b} myself,master - 0 0 1 connected 0-5460`;

  it('reads nodes and vars', () => {
    const conf = parseNodesConf(`${line}\nvars currentEpoch 6 lastVoteEpoch 5\n`);
    expect(conf.nodes).toHaveLength(1);
    expect(conf.vars).toEqual({ currentEpoch: 6, lastVoteEpoch: 5 });
  });

  it('is empty when the file is', () => {
    expect(parseNodesConf('')).toEqual({ nodes: [], vars: null });
  });

  it('has no vars when the file was torn before them', () => {
    expect(parseNodesConf(`${line}\n`).vars).toBeNull();
  });

  it('names a broken vars line', () => {
    expect(() => parseNodesConf(`${line}\nvars currentEpoch six`)).toThrow(/nodes.conf line 2/);
  });
});
