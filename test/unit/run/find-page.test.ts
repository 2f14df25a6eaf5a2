import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/model/kube-object.ts';
import type { LoadPlan } from '../../../src/model/plan.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { findPage } from '../../../src/run/load/find-page.ts';
import type { ObservedStage } from '../../../src/run/stage.ts';
import { clusterTopology } from '../../../src/topology/cluster/cluster.ts';
import { ownPattern } from '../../../src/workload/http-target.ts';
import { podState, viewEvent } from '../checker/script-cluster.ts';
import { ipOf, plan } from '../checker/script-plan.ts';

/**
 * Goal: the port, path, number and key of a user's page are found, or the run says what it saw and which
 * flag names them.
 * Method: real pages on this host, each a small app over one map of counters, which the servers hold.
 */
type Page = (
  url: string,
  counters: Map<string, number>,
) => { status?: number; location?: string; body?: string };

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    ),
  );
});

async function listen(page: Page, counters: Map<string, number>): Promise<number> {
  const server = createServer((request, response) => {
    const { status = 200, location, body = '' } = page(request.url ?? '/', counters);
    response.statusCode = status;
    if (location) response.setHeader('location', location);
    response.end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const count = (counters: Map<string, number>, key: string) => {
  const value = (counters.get(key) ?? 0) + 1;
  counters.set(key, value);
  return value;
};
const counting =
  (key: string, text: (n: number) => string): Page =>
  (_, counters) => ({ body: text(count(counters, key)) });

interface Setting {
  readonly ports: readonly { readonly name?: string; readonly port: number; readonly page: Page }[];
  readonly load?: Partial<LoadPlan>;
  readonly counters?: Readonly<Record<string, number>>;
}

async function found({ ports, load = {}, counters: first = {} }: Setting) {
  const counters = new Map(Object.entries(first));
  const at = new Map<number, number>();
  for (const { port, page } of ports) at.set(port, await listen(page, counters));
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { type: 'LoadBalancer', ports: ports.map(({ name, port }) => ({ name, port })) },
  } as KubeObject;
  const views = [0, 1, 2].flatMap((index) => {
    const event = viewEvent(
      index,
      0,
      { promoted: false, back: false, victimIp: ipOf(0), flag: null },
      undefined,
    );
    return event.kind === 'view' ? [event.view] : [];
  });
  const answer = (argv: readonly string[]) => {
    const [command, key = ''] = argv;
    const value = counters.get(key);
    return {
      ok: true,
      reply:
        command === 'GET'
          ? value === undefined
            ? null
            : String(value)
          : ['0', [...counters.keys()]],
    };
  };
  const pattern = load.pattern ?? null;
  const stage = {
    plan: { ...plan, load: { ...plan.load, ...load } },
    setup: {
      app: {
        own: false,
        service: 'web',
        pattern: pattern === null ? ownPattern : new RegExp(pattern),
      },
    },
    provider: {
      endpoint: (_: string, __: AbortSignal, port: number) =>
        Promise.resolve({ host: '127.0.0.1', port: at.get(port) ?? 0 }),
    },
    recorder: {
      world: {
        pods: new Map(
          [0, 1, 2].map((index) => [
            `uid-${index}`,
            { pod: podState(index, ipOf(0)), part: 'redis' },
          ]),
        ),
        views: new Map(views.map((view) => [view.uid, view])),
      },
    },
    observer: {
      ask: (_: string, argv: readonly string[]) => Promise.resolve(answer(argv)),
      askAll: (_: string, argvs: readonly (readonly string[])[]) =>
        Promise.resolve(argvs.map(answer)),
    },
    topology: clusterTopology,
    progress: { status() {}, say() {} },
    clock: systemClock,
    signal: AbortSignal.timeout(60_000),
  } as unknown as ObservedStage;
  const { port, path, key, pattern: search } = await findPage(stage, service);
  return { port: port?.port, path, key, pattern: search.source };
}

const ours = counting('hits', (n) => `I have been hit ${n} times since deployment.\n`);
const metrics: Page = () => ({ body: '# TYPE requests counter\nrequests 5\n' });

describe('found', () => {
  test('the port that has the page, whatever is first', async () => {
    const ports = [
      { name: 'admin-metrics', port: 9102, page: metrics },
      { name: 'http', port: 80, page: ours },
    ];
    expect(await found({ ports })).toMatchObject({ port: 80, path: '/', key: 'hits' });
    const unnamed = [
      { name: 'a', port: 1234, page: metrics },
      { name: 'b', port: 1235, page: ours },
    ];
    expect(await found({ ports: unnamed })).toMatchObject({ port: 1235 });
  });
  test('the key that grows with the page, among others that do not', async () => {
    const page = counting('visits', (n) => `Number of visits is ${n}`);
    const counters = { hits: 7, visits: 40, users: 41, 'rkc:old:1': 41 };
    expect(await found({ ports: [{ port: 80, page }], counters })).toMatchObject({
      key: 'visits',
      pattern: expect.stringContaining('Number of visits is'),
    });
    const load = { pattern: 'visits is (\\d+)', key: 'visits' };
    expect(await found({ ports: [{ port: 80, page }], counters, load })).toMatchObject({
      key: 'visits',
    });
  });
  test('where a redirect on the same host leads', async () => {
    const page: Page = (url, counters) =>
      url === '/' ? { status: 302, location: '/home?x=1' } : ours(url, counters);
    expect(await found({ ports: [{ port: 80, page }] })).toMatchObject({ path: '/home?x=1' });
  });
  test('a page that is late: the app answers 503 at first', async () => {
    let left = 2;
    const page: Page = (url, counters) => (left-- > 0 ? { status: 503 } : ours(url, counters));
    expect(await found({ ports: [{ port: 80, page }] })).toMatchObject({ key: 'hits' });
  });
});

describe('refused, with what was seen and the flags that would name it', () => {
  test.each<readonly [string, Page, Partial<LoadPlan>, RegExp]>([
    ['no number', () => ({ body: 'hello' }), {}, /shows "hello", where no number grows.*--pattern/],
    [
      'a pattern that does not match',
      counting('hits', (n) => `seen ${n}`),
      { pattern: 'hit (\\d+) times' },
      /shows "seen 1", where --pattern hit \(\\d\+\) times finds no number/,
    ],
    [
      'another host',
      () => ({ status: 301, location: 'http://shop.test/' }),
      {},
      /redirects to http:\/\/shop\.test/,
    ],
    ['a path that is not there', () => ({ status: 404, body: 'gone' }), {}, /answers 404 "gone"/],
    [
      'a number that is in no key',
      (() => {
        let n = 0;
        return () => ({ body: `I have been hit ${++n} times since deployment.` });
      })(),
      {},
      /no key of the servers holds that number/,
    ],
    [
      'another key than the named one',
      ours,
      { key: 'visits' },
      /key visits went from no number to no number/,
    ],
  ])('%s', async (_, page, load, words) => {
    await expect(found({ ports: [{ port: 80, page }], load })).rejects.toThrow(words);
  });
  test('a port that the Service does not have', async () => {
    const ports = [{ name: 'http', port: 80, page: ours }];
    await expect(found({ ports, load: { port: 'web' } })).rejects.toThrow(
      '--service-port web: Service web has no such port (there are: http (80))',
    );
  });
});
