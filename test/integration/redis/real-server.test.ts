import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../../src/platform/wait.ts';
import { parseClusterInfo } from '../../../src/redis/cluster-info.ts';
import { parseClusterNodes, parseNodesConf } from '../../../src/redis/cluster-nodes.ts';
import { parseClusterSlots } from '../../../src/redis/cluster-slots.ts';
import { openConnection } from '../../../src/redis/connection.ts';
import { parseInfo, replicationInfo, serverInfo } from '../../../src/redis/info.ts';
import { classify, NotSentError } from '../../../src/redis/outcome.ts';
import { keyForSlot, keySlot } from '../../../src/redis/slot.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { RedisProcess } from '../support/redis-process.ts';

const signal = new AbortController().signal;

async function refusal(server: RedisProcess, argv: readonly string[]) {
  const connection = await server.connect();
  try {
    return await connection.send(argv);
  } catch (error) {
    return classify(error, !(error instanceof NotSentError));
  } finally {
    connection.close();
  }
}

describe('refusals of a real server', () => {
  let server: RedisProcess;
  afterEach(() => server.dispose());

  it('NOREPLICAS, OOM, WRONGTYPE, ERR, NOPERM', async () => {
    server = await RedisProcess.start();
    await server.call('SET', 'text', 'x');
    expect(await refusal(server, ['INCR', 'text'])).toEqual(rejected('ERR'));
    expect(await refusal(server, ['RPUSH', 'text', 'x'])).toEqual(rejected('WRONGTYPE'));
    await server.call('CONFIG', 'SET', 'maxmemory', '1');
    expect(await refusal(server, ['INCR', 'k'])).toEqual(rejected('OOM'));
    await server.call('CONFIG', 'SET', 'maxmemory', '0', 'min-replicas-to-write', '1');
    expect(await refusal(server, ['INCR', 'k'])).toEqual(rejected('NOREPLICAS'));
    await server.call('CONFIG', 'SET', 'min-replicas-to-write', '0');
    await server.call('ACL', 'SETUSER', 'default', '-incr');
    expect(await refusal(server, ['INCR', 'k'])).toEqual(rejected('NOPERM'));
  });

  it('NOAUTH and WRONGPASS; a password where none is needed does no harm', async () => {
    server = await RedisProcess.start();
    const needless = await server.connect('x');
    expect(await needless.send(['PING'])).toBe('PONG');
    await needless.send(['CONFIG', 'SET', 'requirepass', 'right']);
    needless.close();
    expect(await refusal(server, ['INCR', 'k'])).toEqual(rejected('NOAUTH'));
    const error = await server.connect('wrong').catch((reason) => reason);
    expect(classify(error, false)).toEqual(rejected('WRONGPASS'));
    const connection = await server.connect('right');
    expect(await connection.send(['INCR', 'k'])).toBe(1);
    connection.close();
  });

  it('READONLY and MASTERDOWN of a replica without its master', async () => {
    server = await RedisProcess.start(['--replicaof', '127.0.0.1 1']);
    expect(await refusal(server, ['INCR', 'k'])).toEqual(rejected('READONLY'));
    await server.call('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
    expect(await refusal(server, ['GET', 'k'])).toEqual(rejected('MASTERDOWN'));
    const info = parseInfo(String(await server.call('INFO')));
    expect(replicationInfo(info)).toMatchObject({
      role: 'slave',
      masterHost: '127.0.0.1',
      masterPort: 1,
      masterLink: 'down',
    });
  });

  it('BUSY while a script runs', async () => {
    server = await RedisProcess.start(['--lua-time-limit', '10']);
    const script = (await server.connect()).send(['EVAL', 'while true do end', '0']);
    const ended = script.catch((error: Error) => error.message);
    const seen = await waitFor({ what: 'BUSY', timeoutMs: 5000, everyMs: 20, signal }, async () => {
      const answer = await refusal(server, ['INCR', 'k']);
      return typeof answer === 'number'
        ? { done: false, seen: String(answer) }
        : { done: true, value: answer };
    });
    expect(seen).toEqual(rejected('BUSY'));
    await server.call('SCRIPT', 'KILL');
    expect(await ended).toMatch(/killed by user/);
  });

  it('EXECABORT of a transaction, with the refused command in its place', async () => {
    server = await RedisProcess.start();
    const connection = await server.connect();
    const replies = await connection.pipeline([['MULTI'], ['NOPE'], ['INCR', 'k'], ['EXEC']]);
    connection.close();
    expect(replies[0]).toBe('OK');
    expect(classify(replies[1], true)).toEqual(rejected('ERR'));
    expect(replies[2]).toBe('QUEUED');
    expect(classify(replies[3], true)).toEqual(rejected('EXECABORT'));
    expect(await server.call('GET', 'k')).toBeNull();
  });

  it('errors inside the list of EXEC are errors', async () => {
    server = await RedisProcess.start();
    await server.call('SET', 'text', 'x');
    const connection = await server.connect();
    const replies = await connection.pipeline([['MULTI'], ['INCR', 'text'], ['PING'], ['EXEC']]);
    connection.close();
    const [incr, ping] = replies[3] as unknown[];
    expect(incr).toBeInstanceOf(Error);
    expect(classify(incr, true)).toEqual(rejected('ERR'));
    expect(ping).toBe('PONG');
  });

  it('a stopped one: indeterminate, and indeed it is applied when it goes on', async () => {
    server = await RedisProcess.start();
    const connection = await openConnection({
      address: { host: '127.0.0.1', port: server.port },
      password: null,
      connectTimeoutMs: 1000,
      commandTimeoutMs: 300,
    });
    server.signal('SIGSTOP');
    const error = await connection.send(['INCR', 'k']).catch((reason) => reason);
    expect(classify(error, true)).toEqual({ outcome: 'indeterminate', errorClass: 'timeout' });
    connection.close();
    server.signal('SIGCONT');
    await expect.poll(() => server.call('GET', 'k')).toBe('1');
  });

  it('a killed one: closed, then refused', async () => {
    server = await RedisProcess.start();
    const connection = await server.connect();
    const closed = new Promise((resolve) => connection.onClose(resolve));
    server.signal('SIGSTOP');
    const reply = connection.send(['INCR', 'k']).catch((reason) => classify(reason, true));
    await server.kill();
    expect(await reply).toMatchObject({
      outcome: 'indeterminate',
      errorClass: expect.stringMatching(/^(closed|ECONNRESET)$/),
    });
    await closed;
    const error = await server.connect().catch((reason) => reason);
    expect(classify(error, false)).toEqual(rejected('ECONNREFUSED'));
  });
});

describe('a real cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start({ replicas: true });
  });
  afterAll(() => cluster?.dispose());

  it('MOVED, CROSSSLOT, and CLUSTERDOWN for a slot that nobody has', async () => {
    const key = keyForSlot('k', 16383);
    const [first] = cluster.servers;
    const last = await cluster.ownerOf(key);
    if (!first) throw new Error('no server');
    expect(await refusal(first, ['INCR', key])).toEqual(rejected('MOVED'));
    expect(await refusal(last, ['MSET', 'a', '1', 'b', '2'])).toEqual(rejected('CROSSSLOT'));
    await last.call('CLUSTER', 'DELSLOTS', '16383');
    try {
      expect(await refusal(last, ['INCR', key])).toEqual(rejected('CLUSTERDOWN'));
    } finally {
      await last.call('CLUSTER', 'ADDSLOTS', '16383');
    }
  });

  it('agrees with us on the slot of any key', async () => {
    const connection = await cluster.servers[0]?.connect();
    if (!connection) throw new Error('no server');
    const key = fc.string({ unit: fc.constantFrom('a', '{', '}', 'ü', '7'), maxLength: 12 });
    const keys = fc.sample(key, 2000);
    const slots = await connection.pipeline(keys.map((text) => ['CLUSTER', 'KEYSLOT', text]));
    connection.close();
    expect(keys.map(keySlot)).toEqual(slots);
  });

  it('has replies and a nodes.conf that we can read', async () => {
    for (const server of cluster.servers) {
      const nodes = parseClusterNodes(String(await server.call('CLUSTER', 'NODES')));
      expect(nodes.map(({ id }) => id).sort()).toHaveLength(6);
      const self = nodes.find(({ flags }) => flags.includes('myself'));
      expect(self).toMatchObject({ ip: '127.0.0.1', port: server.port, busPort: server.busPort });

      // A replica is listed once gossip has brought its offset.
      const slots = async () =>
        parseClusterSlots(await server.call('CLUSTER', 'SLOTS'))
          .map(({ from, to, nodes: { length } }) => `${from}-${to}: ${length}`)
          .sort();
      await expect
        .poll(slots, { timeout: 10_000 })
        .toEqual(['0-5460: 2', '10923-16383: 2', '5461-10922: 2']);
      expect(parseClusterInfo(String(await server.call('CLUSTER', 'INFO')))).toMatchObject({
        state: 'ok',
        slotsOk: 16384,
        knownNodes: 6,
        size: 3,
      });
      const conf = parseNodesConf(await server.nodesConf());
      expect(conf.nodes.map(({ id }) => id).sort()).toEqual(nodes.map(({ id }) => id).sort());
      expect(conf.vars?.currentEpoch).toBeGreaterThan(0);
      expect(serverInfo(parseInfo(String(await server.call('INFO', 'server'))))).toMatchObject({
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        runId: expect.stringMatching(/^[0-9a-f]{40}$/),
        mode: 'cluster',
      });
    }
  });
});

function rejected(errorClass: string) {
  return { outcome: 'rejected', errorClass } as const;
}
