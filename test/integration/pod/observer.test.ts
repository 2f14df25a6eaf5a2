import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { waitFor } from '../../../src/platform/wait.ts';
import type { HttpService } from '../../../src/pod/http.ts';
import { startObserver } from '../../../src/pod/observer.ts';
import type { ObserverEvent, ObserverLine } from '../../../src/pod/observer-protocol.ts';
import { keyForRange, keySlot } from '../../../src/redis/slot.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { RedisProcess } from '../support/redis-process.ts';

const signal = new AbortController().signal;

let observer: HttpService;
let lines: ObserverLine[] = [];
let hangUp: AbortController;

async function request(method: string, path: string, body?: unknown) {
  const response = await fetch(`http://127.0.0.1:${observer.port}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
}

async function listen(): Promise<void> {
  hangUp = new AbortController();
  lines = [];
  const response = await fetch(`http://127.0.0.1:${observer.port}/events?from=1`, {
    signal: hangUp.signal,
  });
  void (async () => {
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const parts = (rest + Buffer.from(chunk).toString('utf8')).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts.map((line) => JSON.parse(line)));
    }
  })().catch(() => {}); // ends with hangUp
}

const events = () => lines.filter((line): line is ObserverEvent => 'seq' in line);
const views = (uid: string) =>
  events().flatMap((event) =>
    event.kind === 'view' && event.view.uid === uid ? { ...event.view, atUs: event.atUs } : [],
  );

/** Waits for an event like this; says the last one that there was. */
function until<T>(what: string, look: () => T | undefined): Promise<T> {
  return waitFor({ what, timeoutMs: 15_000, everyMs: 20, signal }, () => {
    const value = look();
    if (value !== undefined) return { done: true, value };
    return { done: false, seen: JSON.stringify(events().at(-1)) };
  });
}

beforeEach(async () => {
  observer = await startObserver({ PORT: '0' }, '127.0.0.1');
  await listen();
});
afterEach(async () => {
  hangUp.abort();
  await observer.stop(0, 1000);
});

const target = (server: RedisProcess, n: number) => ({
  pod: `redis-${n}`,
  uid: `u${n}`,
  address: server.address,
});
const targetsOf = (servers: readonly RedisProcess[]) => ({ targets: servers.map(target) });

describe('a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start({ replicas: true, nodeTimeoutMs: 1500 });
  });
  afterAll(() => cluster?.dispose());

  const everyOk = () =>
    until('a view of every server', () =>
      cluster.servers.every((_, n) => views(`u${n}`).at(-1)?.status === 'ok') ? true : undefined,
    );

  it('is seen as each server says it is', async () => {
    await request('PUT', '/targets', targetsOf(cluster.servers));
    await everyOk();
    for (const [n, server] of cluster.servers.entries()) {
      const view = views(`u${n}`)[0];
      expect(view).toMatchObject({ pod: `redis-${n}`, address: server.address, error: null });
      expect(view?.server).toMatchObject({
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        clusterEnabled: true,
        clusterState: 'ok',
        myId: String(await server.call('CLUSTER', 'MYID')),
        replication: { role: n < 3 ? 'master' : 'slave' },
      });
      expect(view?.server?.nodes.map(({ port }) => port).sort()).toEqual(
        cluster.servers.map(({ port }) => port).sort(),
      );
      expect(view?.server?.slots).toHaveLength(3);
    }
  });

  it('is told once while nothing changes, with offsets each second and beats in between', async () => {
    await request('PUT', '/targets', targetsOf(cluster.servers));
    await everyOk();
    await until('three offsets of each', () =>
      cluster.servers.every(
        (_, n) =>
          events().filter((event) => event.kind === 'offset' && event.uid === `u${n}`).length >= 3,
      )
        ? true
        : undefined,
    );
    const beats = () => lines.filter(({ kind }) => kind === 'beat').length;
    await until('eight beats', () => (beats() >= 8 ? true : undefined));
    // Ten looks a second and server: a view told each time would be hundreds.
    const told = events().filter(({ kind }) => kind === 'view').length;
    expect(told).toBeLessThan(30);
    expect(events().map(({ seq }) => seq)).toEqual(events().map((_, index) => index + 1));
  });

  it('can be read again from any number on, and not from one that is to come', async () => {
    await request('PUT', '/targets', targetsOf(cluster.servers.slice(0, 1)));
    await until('a view', () => views('u0')[0]);
    const response = await fetch(`http://127.0.0.1:${observer.port}/events?from=1`);
    const reader = response.body?.getReader();
    const first = Buffer.from((await reader?.read())?.value ?? []).toString('utf8');
    await reader?.cancel();
    expect(JSON.parse(first.split('\n')[0] ?? '')).toEqual(events()[0]);
    expect(response.headers.get('x-boot')).toBe((await request('GET', '/echo')).body.boot);
    expect(await request('GET', '/events?from=999999')).toMatchObject({
      status: 400,
      body: expect.stringMatching(/did the observer restart/),
    });
  });

  it('tells who left, and looks at the others undisturbed', async () => {
    await request('PUT', '/targets', targetsOf(cluster.servers));
    await everyOk();
    await request('PUT', '/targets', targetsOf(cluster.servers.slice(0, 5)));
    const gone = await until('target-gone', () =>
      events().find(({ kind }) => kind === 'target-gone'),
    );
    expect(gone).toMatchObject({ pod: 'redis-5', uid: 'u5' });
    expect(events().filter(({ kind }) => kind === 'target-gone')).toHaveLength(1);
    expect(views('u0').every(({ status }) => status === 'ok')).toBe(true);
  });

  it('answers to single commands, with errors as they are', async () => {
    const [server] = cluster.servers;
    const address = server?.address;
    expect(await request('POST', '/ask', { address, argv: ['PING'] })).toEqual({
      status: 200,
      body: { ok: true, reply: 'PONG' },
    });
    const { body } = await request('POST', '/ask', {
      address,
      argvs: [
        ['CLUSTER', 'SLOTS'],
        ['GET', keyForRange('k', [{ from: 16000, to: 16383 }])],
        ['NO'],
      ],
      timeoutMs: 1000,
    });
    expect(body.replies[0].reply).toHaveLength(3);
    expect(body.replies[1].error).toMatchObject({ class: 'MOVED', outcome: 'rejected' });
    expect(body.replies[2].error).toMatchObject({ class: 'ERR' });
    expect(await request('POST', '/ask', { address: '127.0.0.1:1', argv: ['PING'] })).toMatchObject(
      {
        body: { ok: false, error: { class: 'ECONNREFUSED', outcome: 'rejected' } },
      },
    );
    expect(await request('POST', '/ask', { argv: ['PING'] })).toMatchObject({ status: 400 });
    expect(await request('DELETE', '/ask')).toMatchObject({ status: 404 });
  });

  it('is read as by a new client: from any seed the same value of the same owner', async () => {
    const key = 'canary';
    const owner = await cluster.ownerOf(key);
    await owner.call('SET', key, 'frozen');
    const id = String(await owner.call('CLUSTER', 'MYID'));
    for (const server of cluster.servers) {
      const { body } = await request('POST', '/read', { seed: server.address, key });
      expect(body).toEqual({
        value: 'frozen',
        owner: `${id}@${owner.address}`,
        hops: server === owner ? [owner.address] : [server.address, owner.address],
        error: null,
      });
    }
    expect((await request('POST', '/read', { seed: '127.0.0.1:1', key })).body).toEqual({
      value: null,
      owner: null,
      hops: ['127.0.0.1:1'],
      error: { class: 'ECONNREFUSED', message: expect.stringContaining('127.0.0.1:1') },
    });
  });

  it('refuses a probe whose key is in another slot', async () => {
    const answer = await request('PUT', '/probes', { probes: [{ key: 'foo', slot: 1 }] });
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('in slot 12182') });
  });

  it('a killed master: the drop at once, its failure by the peers, the promotion, the probe', async () => {
    const keys = [
      keyForRange('p0-', [{ from: 0, to: 5460 }]),
      keyForRange('p1-', [{ from: 5461, to: 10922 }]),
    ];
    await request('PUT', '/targets', targetsOf(cluster.servers));
    await everyOk();
    await request('PUT', '/probes', { probes: keys.map((key) => ({ key, slot: keySlot(key) })) });
    const probesOf = (key: string | undefined) =>
      events().flatMap((event) => (event.kind === 'probe' && event.key === key ? event : []));
    await until('both probes ok', () =>
      keys.every((key) => probesOf(key)[0]?.ok) ? true : undefined,
    );
    const [, victim] = [keys[0], cluster.servers[0]];
    if (!victim) throw new Error('no server');
    const victimId = views('u0').at(-1)?.server?.myId;

    await victim.kill();
    const dropped = await until('the drop', () =>
      views('u0').find(({ status }) => status === 'unreachable'),
    );
    expect(dropped).toMatchObject({ error: 'closed', server: null });

    const flagged = (flag: string) => () =>
      views('u1').find(({ server }) =>
        server?.nodes.some(({ id, flags }) => id === victimId && flags.includes(flag)),
      );
    const failed = await until('fail', flagged('fail'));
    expect(dropped.atUs).toBeLessThan(failed.atUs); // at once, not when the peers find out
    const promoted = await until('the promotion', () =>
      views('u3').find(({ server }) => server?.replication.role === 'master'),
    );
    expect(promoted.atUs).toBeGreaterThan(failed.atUs);

    const back = await until('the probe', () => {
      const [, lost, found] = probesOf(keys[0]);
      return lost && found ? { lost, found } : undefined;
    });
    expect(back.lost.ok).toBe(false);
    expect(back.lost.atUs).toBeLessThan(promoted.atUs);
    expect(back.found).toMatchObject({
      ok: true,
      error: null,
      node: `${promoted.server?.myId}@${cluster.servers[3]?.address}`,
      lastOkUs: back.lost.lastOkUs,
    });
    expect(back.found.lastOkUs).toBeLessThan(failed.atUs);
    expect(probesOf(keys[1])).toHaveLength(1); // the other shard never failed
    const counted = Number(await cluster.servers[3]?.call('GET', keys[0] ?? ''));
    expect(counted).toBeGreaterThan(0);

    await victim.launch();
    const returned = await until('its return', () =>
      views('u0').find(({ status, atUs }) => status === 'ok' && atUs > dropped.atUs),
    );
    expect(returned.server?.runId).not.toBe(views('u0')[0]?.server?.runId);
  });
});

describe('a server by itself', () => {
  let server: RedisProcess;
  afterEach(() => server.dispose());

  it('outside cluster mode has no cluster, and can be probed', async () => {
    server = await RedisProcess.start();
    await request('PUT', '/targets', targetsOf([server]));
    const view = await until('a view', () => views('u0')[0]);
    expect(view.server).toMatchObject({ clusterEnabled: false, myId: null, nodes: [], slots: [] });
    await request('PUT', '/probes', { probes: [{ key: 'foo', slot: 12182 }] });
    const probe = await until('a probe', () => events().find(({ kind }) => kind === 'probe'));
    expect(probe).toMatchObject({ ok: true, node: `${view.server?.runId}@${server.address}` });
  });

  it('stopped for less than 2 s stays ok; for longer it cannot be reached, and comes back', async () => {
    server = await RedisProcess.start();
    await request('PUT', '/targets', targetsOf([server]));
    await until('a view', () => views('u0')[0]);
    server.signal('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 1000)); // the pause itself, not a wait
    const before = events().length;
    server.signal('SIGCONT');
    await until('an offset after it', () =>
      events()
        .slice(before)
        .find(({ kind }) => kind === 'offset'),
    );
    expect(views('u0')).toHaveLength(1);

    const stoppedUs = systemClock.nowUs();
    server.signal('SIGSTOP');
    const lost = await until('unreachable', () => views('u0')[1]);
    expect(lost).toMatchObject({ status: 'unreachable', error: 'timeout', server: null });
    expect(lost.atUs - stoppedUs).toBeGreaterThan(1_900_000);
    // Of a server that does not answer nothing is known: only what was seen before may be told.
    const late = events().filter(({ kind, atUs }) => kind === 'offset' && atUs > stoppedUs + 1e6);
    expect(late).toEqual([]);
    server.signal('SIGCONT');
    expect(await until('its return', () => views('u0')[2])).toMatchObject({ status: 'ok' });
  });

  it('that loads its data set is loading, which is not unreachable', async () => {
    // Slowed down by settings that Redis has for its own tests.
    server = await RedisProcess.start([
      ...['--key-load-delay', '20000', '--loading-process-events-interval-bytes', '1024'],
      ...['--rdbcompression', 'no'],
    ]);
    const connection = await server.connect();
    await connection.pipeline(
      Array.from({ length: 60 }, (_, n) => ['SET', `k${n}`, 'x'.repeat(1024)]),
    );
    await connection.send(['SAVE']);
    connection.close();
    await server.kill();
    await server.launch();
    await request('PUT', '/targets', targetsOf([server]));
    const view = await until('loading', () =>
      views('u0').find((one) => one.status !== 'unreachable'),
    );
    expect(view).toMatchObject({ status: 'loading', error: expect.stringMatching(/^LOADING /) });
    const loaded = await until('its end', () => views('u0').find(({ status }) => status === 'ok'));
    expect(loaded.server?.replication.role).toBe('master');
  });

  it('with a password that we do not have refuses, which is not unreachable', async () => {
    server = await RedisProcess.start(['--requirepass', 'right']);
    await request('PUT', '/targets', targetsOf([server]));
    const view = await until('a view', () => views('u0')[0]);
    expect(view).toMatchObject({ status: 'refused', error: expect.stringMatching(/^NOAUTH /) });
  });

  it('that is not there cannot be reached, and is seen once it is', async () => {
    server = await RedisProcess.start();
    await server.kill();
    await request('PUT', '/targets', targetsOf([server]));
    const view = await until('a view', () => views('u0')[0]);
    expect(view).toMatchObject({ status: 'unreachable', error: 'ECONNREFUSED', server: null });
    await server.launch();
    expect(await until('its start', () => views('u0')[1])).toMatchObject({ status: 'ok' });
  });
});

describe('with the password', () => {
  let server: RedisProcess;
  afterEach(() => server.dispose());

  it('uses it to look, to ask, to read and to probe, and not when told so', async () => {
    await observer.stop(0, 1000);
    observer = await startObserver({ PORT: '0', REDIS_PASSWORD: 'right' }, '127.0.0.1');
    await listen();
    server = await RedisProcess.start(['--requirepass', 'right']);
    const { address } = server;
    await request('PUT', '/targets', targetsOf([server]));
    await request('PUT', '/probes', { probes: [{ key: 'foo', slot: 12182 }] });
    await until('a probe', () => events().find((event) => event.kind === 'probe' && event.ok));
    const ask = { address, argv: ['PING'] };
    expect((await request('POST', '/ask', ask)).body).toMatchObject({ ok: true });
    expect((await request('POST', '/ask', { ...ask, auth: false })).body).toMatchObject({
      ok: false,
      error: { class: 'NOAUTH', outcome: 'rejected' },
    });
    const read = { seed: address, key: 'foo' };
    expect((await request('POST', '/read', read)).body).toMatchObject({ error: null });
    expect((await request('POST', '/read', { ...read, auth: false })).body).toMatchObject({
      value: null,
      owner: null,
      error: { class: 'NOAUTH' },
    });
    expect(JSON.stringify(lines)).not.toContain('right');
  });
});
