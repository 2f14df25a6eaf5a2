import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../../src/platform/wait.ts';
import { startHitCounter } from '../../../src/pod/hit-counter.ts';
import type { HttpService } from '../../../src/pod/http.ts';
import { ledgerKey } from '../../../src/redis/ledger-key.ts';
import { keyForRange, keySlot } from '../../../src/redis/slot.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { RedisProcess } from '../support/redis-process.ts';

const signal = new AbortController().signal;

interface Hit {
  readonly status: number;
  readonly body: string;
  readonly outcome: string | null;
  readonly error: string | null;
  readonly node: string | null;
  readonly redirects: string | null;
  readonly value: number | null;
}

let app: HttpService | null = null;
const startApp = async (env: Record<string, string>): Promise<void> => {
  app = await startHitCounter({ PORT: '0', REDIS_HOST: '127.0.0.1', ...env }, '127.0.0.1');
};
const stopApp = async () => {
  await app?.stop(0, 1000);
  app = null;
};

async function hit(path = '/', headers: Record<string, string> = {}): Promise<Hit> {
  const response = await fetch(`http://127.0.0.1:${app?.port}${path}`, { headers });
  const body = await response.text();
  const value = /^I have been hit (\d+) times since deployment\.\n$/.exec(body)?.[1];
  return {
    status: response.status,
    body,
    outcome: response.headers.get('x-outcome'),
    error: response.headers.get('x-error'),
    node: response.headers.get('x-node'),
    redirects: response.headers.get('x-redirects'),
    value: value === undefined ? null : Number(value),
  };
}

/** Hits until one is acknowledged; the others must all be refusals. */
const hitUntilOk = (path: string): Promise<Hit> =>
  waitFor({ what: `an acknowledged ${path}`, timeoutMs: 20_000, everyMs: 50, signal }, async () => {
    const one = await hit(path);
    return one.outcome === 'ok'
      ? { done: true, value: one }
      : { done: false, seen: `${one.outcome} ${one.error}` };
  });

/** Bytes that wait in the sockets of a stopped server. */
async function received({ port }: RedisProcess): Promise<number> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const sockets = (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1);
  return sockets
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local]) => local?.endsWith(`:${hexPort}`))
    .map(([, , , , queues]) => Number.parseInt(queues?.split(':')[1] ?? '0', 16))
    .reduce((sum, bytes) => sum + bytes, 0);
}

const ledgerOf = async (server: RedisProcess, key: string) =>
  (await server.call('LRANGE', ledgerKey(key), '0', '-1')) as string[];

describe('on a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start({ replicas: true, nodeTimeoutMs: 1500 });
  });
  afterAll(() => cluster?.dispose());
  afterEach(stopApp);

  const seed = () => ({ REDIS_PORT: String(cluster.servers[1]?.port) });

  it('counts, keeps the ledger in step and says who did it', async () => {
    await startApp(seed());
    const owner = await cluster.ownerOf('hits');
    const id = String(await owner.call('CLUSTER', 'MYID'));
    for (let n = 1; n <= 3; n++) {
      expect(await hit('/', { 'x-op-id': `op-${n}` })).toEqual({
        status: 200,
        body: `I have been hit ${n} times since deployment.\n`,
        outcome: 'ok',
        error: null,
        node: `${id}@${owner.address}`,
        redirects: null,
        value: n,
      });
    }
    expect(await ledgerOf(owner, 'hits')).toEqual(['op-1', 'op-2', 'op-3']);
  });

  it('counts every key by itself: a value is the op’s place in the ledger', async () => {
    await startApp(seed());
    const keys = [
      ...['a', 'b', 'c'].map((name) => keyForRange(`count:${name}:`, [{ from: 0, to: 16383 }])),
      'rkc:{tag}:0',
    ];
    const hits = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const key = keys[n % keys.length] ?? '';
        return {
          key,
          id: `o${n}`,
          ...(await hit(`/?key=${encodeURIComponent(key)}`, { 'x-op-id': `o${n}` })),
        };
      }),
    );
    for (const key of keys) {
      const ledger = await ledgerOf(await cluster.ownerOf(key), key);
      const mine = hits.filter((one) => one.key === key);
      expect(ledger).toHaveLength(50);
      expect(mine.map(({ id, value }) => ledger[(value ?? 0) - 1] === id)).not.toContain(false);
    }
  });

  it('makes up op ids, each another', async () => {
    await startApp(seed());
    await Promise.all([hit('/?key=made-up'), hit('/?key=made-up')]);
    const ledger = await ledgerOf(await cluster.ownerOf('made-up'), 'made-up');
    expect(new Set(ledger).size).toBe(2);
    expect(ledger.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
  });

  it.each([
    ['an op id over 16 bytes', '/', { 'x-op-id': 'x'.repeat(17) }, 400],
    ['an op id with a space', '/', { 'x-op-id': 'a b' }, 400],
    ['a key that has no ledger', '/?key=a%7D', {}, 400],
    ['no key', '/?key=', {}, 400],
    ['a key over 256 bytes', `/?key=${'k'.repeat(257)}`, {}, 400],
    ['another path', '/favicon.ico', {}, 404],
  ])('refuses %s without touching Redis', async (_, path, headers, status) => {
    await startApp(seed());
    const before = (await hitUntilOk('/')).value ?? 0;
    const refused = await hit(path, headers);
    expect(refused).toMatchObject({ status, outcome: null, value: null });
    expect((await hit('/')).value).toBe(before + 1);
  });

  it('says that an error reply is a rejection', async () => {
    await startApp(seed());
    await (await cluster.ownerOf('text')).call('SET', 'text', 'x');
    expect(await hit('/?key=text')).toMatchObject({
      status: 503,
      outcome: 'rejected',
      error: 'ERR',
    });
  });

  it('follows MOVED and ASK of a slot on its way', async () => {
    await startApp(seed());
    const key = 'moving';
    const slot = String(keySlot(key));
    await hitUntilOk(`/?key=${key}`);
    const source = await cluster.ownerOf(key);
    const target = cluster.servers.slice(0, 3).find((server) => server !== source);
    if (!target) throw new Error('no target');
    const [sourceId, targetId] = [
      String(await source.call('CLUSTER', 'MYID')),
      String(await target.call('CLUSTER', 'MYID')),
    ];
    await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', sourceId);
    await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', targetId);
    const port = String(target.port);
    for (const name of [key, ledgerKey(key)]) {
      await source.call('MIGRATE', '127.0.0.1', port, name, '0', '2000');
    }
    expect(await hit(`/?key=${key}`)).toMatchObject({
      value: 2,
      redirects: `ASK ${target.address}`,
      node: `${targetId}@${target.address}`,
    });
    for (const server of [target, source, ...cluster.servers.slice(0, 3)]) {
      await server.call('CLUSTER', 'SETSLOT', slot, 'NODE', targetId);
    }
    expect(await hit(`/?key=${key}`)).toMatchObject({
      value: 3,
      redirects: `MOVED ${target.address}`,
      node: `${targetId}@${target.address}`,
    });
    expect(await hit(`/?key=${key}`)).toMatchObject({ value: 4, redirects: null });
    expect(await ledgerOf(target, key)).toHaveLength(4);
  });

  it('a stopped master: 504 after the time-out, then 503, then the promoted one, none lost', async () => {
    await startApp({ ...seed(), COMMAND_TIMEOUT_MS: '400' });
    const key = keyForRange('stop', [{ from: 0, to: 5460 }]);
    const path = `/?key=${key}`;
    for (let n = 0; n < 5; n++) await hitUntilOk(path);
    const owner = await cluster.ownerOf(key);
    owner.signal('SIGSTOP');
    try {
      const started = performance.now();
      expect(await hit(path)).toMatchObject({
        status: 504,
        outcome: 'indeterminate',
        error: 'timeout',
      });
      expect(performance.now() - started).toBeGreaterThan(390);
      // The connection is replaced; a frozen server accepts one, but says nothing on it.
      expect(await hit(path)).toMatchObject({ status: 503, outcome: 'rejected', node: null });
      // Other shards never notice.
      const other = keyForRange('other', [{ from: 5461, to: 10922 }]);
      expect(await hit(`/?key=${other}`)).toMatchObject({ status: 200 });
      const after = await hitUntilOk(path);
      expect(after.node).not.toContain(owner.address);
      expect(after.value).toBe(6);
    } finally {
      owner.signal('SIGCONT');
    }
  });

  it('a killed master: closed or refused, then the promoted one', async () => {
    await startApp(seed());
    const key = keyForRange('kill', [{ from: 10923, to: 16383 }]);
    const path = `/?key=${key}`;
    await hitUntilOk(path);
    const owner = await cluster.ownerOf(key);
    await owner.kill();
    const refused = await hit(path);
    expect(refused).toMatchObject({ status: 503, outcome: 'rejected' });
    expect(refused.error).toMatch(/^(ECONNREFUSED|not-connected|closed)$/);
    const after = await hitUntilOk(path);
    expect(after.node).not.toContain(owner.address);
    await owner.launch(); // the next tests of this file would miss it
  });

  it('answers 503 before the deadline when no seed answers, and healthz all the same', async () => {
    await startApp({ REDIS_PORT: '1' });
    // past the deadline it would be a 504 of unknown fate
    expect(await hit()).toMatchObject({ status: 503, outcome: 'rejected', error: 'no-slot-owner' });
    expect(await hit('/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('carries thousands of requests a second on shared connections', async () => {
    await startApp(seed());
    await hitUntilOk('/?key=many');
    const before = (await hit('/?key=many')).value ?? 0;
    const hits = await Promise.all(Array.from({ length: 2000 }, () => hit('/?key=many')));
    expect(hits.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    expect(new Set(hits.map(({ value }) => value)).size).toBe(2000);
    expect(Math.max(...hits.map(({ value }) => value ?? 0))).toBe(before + 2000);
  });
});

describe('on a single master (REDIS_MODE single)', () => {
  let server: RedisProcess;
  afterEach(async () => {
    await stopApp();
    await server?.dispose();
  });

  const env = () => ({ REDIS_MODE: 'single', REDIS_PORT: String(server.port) });

  it('counts with the run_id as the node', async () => {
    server = await RedisProcess.start();
    await startApp(env());
    const runId = /run_id:(\w+)/.exec(String(await server.call('INFO', 'server')))?.[1];
    expect(await hit()).toMatchObject({ value: 1, node: `${runId}@${server.address}` });
    expect(await ledgerOf(server, 'hits')).toHaveLength(1);
  });

  it('uses the password, and says NOAUTH without it', async () => {
    server = await RedisProcess.start(['--requirepass', 'right']);
    await startApp({ ...env(), REDIS_PASSWORD: 'right' });
    expect(await hit()).toMatchObject({ status: 200, value: 1 });
    await stopApp();
    await startApp(env());
    expect(await hit()).toMatchObject({ status: 503, outcome: 'rejected', error: 'NOAUTH' });
    await stopApp();
    await startApp({ ...env(), REDIS_PASSWORD: 'wrong' });
    expect(await hit()).toMatchObject({ status: 503, error: 'WRONGPASS' });
  });

  it('told to end, finishes what is in flight and asks every client to hang up', async () => {
    server = await RedisProcess.start();
    await startApp(env());
    await hit();
    server.signal('SIGSTOP');
    const inFlight = Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${app?.port}/`));
    await expect.poll(() => received(server), { timeout: 5000 }).toBeGreaterThan(1000);
    const stopped = app?.stop(200, 1000);
    const late = fetch(`http://127.0.0.1:${app?.port}/`); // the Service has not noticed yet
    server.signal('SIGCONT');
    const answers = await Promise.all([...inFlight, late]);
    const values = await Promise.all(
      answers.map(async (answer) => /\d+/.exec(await answer.text())?.[0]),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(values).size).toBe(21);
    expect(answers.at(-1)?.headers.get('connection')).toBe('close');
    await stopped;
    await expect(fetch(`http://127.0.0.1:${app?.port}/`)).rejects.toThrow();
    app = null;
  });

  it('leaves a master that became a replica', async () => {
    server = await RedisProcess.start();
    await startApp(env());
    expect(await hit()).toMatchObject({ value: 1 });
    const clients = async () => {
      const list = String(await server.call('CLIENT', 'LIST', 'TYPE', 'normal'));
      return list.split('\n').map((line) => /^id=(\d+)/.exec(line)?.[1]);
    };
    const before = await clients();
    await server.call('REPLICAOF', '127.0.0.1', '1');
    expect(await hit()).toMatchObject({ status: 503, error: 'READONLY' });
    await server.call('REPLICAOF', 'NO', 'ONE');
    expect(await hitUntilOk('/')).toMatchObject({ value: 2 });
    const app = before[0];
    expect(await clients()).not.toContain(app);
  });

  it('waits for replicas where asked to, and says how many there were', async () => {
    server = await RedisProcess.start();
    await startApp({ ...env(), WAIT_REPLICAS: '1', WAIT_TIMEOUT_MS: '50' });
    const response = await fetch(`http://127.0.0.1:${app?.port}/`);
    expect([response.status, response.headers.get('x-wait')]).toEqual([200, '0']);
    await response.text();
  });
});
