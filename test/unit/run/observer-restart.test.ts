import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import type { EventBody } from '../../../src/model/event.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { waitFor } from '../../../src/platform/wait.ts';
import { type ObserverClient, openObserver } from '../../../src/run/watch/observer-client.ts';

/**
 * Goal: an observer that starts anew is noticed when the stream comes back, is told its targets until
 * it has taken them, and its numbers go on in the evidence. Method: an observer of a few lines.
 */
const signal = new AbortController().signal;
let server: Server | null = null;
let client: ObserverClient | null = null;
afterEach(async () => {
  await client?.close();
  server?.close();
  server?.closeAllConnections();
});

test('an observer that starts anew', async () => {
  let boot = 'first';
  let refusals = 0;
  const asked: string[] = [];
  const streams = new Set<{ destroy(): void }>();
  const view = (turn: number) => ({
    kind: 'view',
    turn,
    view: {
      pod: 'redis-0',
      uid: 'u0',
      address: 'a:1',
      status: 'loading',
      error: null,
      server: null,
    },
  });
  const lines = [
    { seq: 1, atUs: 1, ...view(1) },
    { seq: 2, atUs: 2, ...view(2) },
    { seq: 3, atUs: 3, kind: 'looks', looks: [{ uid: 'u0', turn: 2, agoUs: 5 }] },
  ];
  server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?');
    asked.push(`${boot} ${request.method} ${request.url}`);
    if (path === '/echo') {
      response.end(JSON.stringify({ monoUs: Math.round(performance.now() * 1000), boot }));
    } else if (path === '/events') {
      response.writeHead(200, { 'x-boot': boot });
      response.flushHeaders();
      const from = Number(request.url?.split('=')[1]);
      for (const line of lines.slice(from - 1)) response.write(`${JSON.stringify(line)}\n`);
      streams.add(response);
    } else {
      request.resume();
      request.on('end', () => {
        response.statusCode = refusals-- > 0 ? 503 : 200;
        response.end('{}');
      });
    }
  });
  const port = await new Promise<number>((resolve) => {
    server?.listen(0, '127.0.0.1', () => {
      const address = server?.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  const recorded: EventBody[] = [];
  client = await openObserver({
    origin: `http://127.0.0.1:${port}`,
    clock: systemClock,
    zeroUs: 0,
    record: (body) => recorded.push(body),
    signal,
  });
  await client.setTargets([{ pod: 'redis-0', uid: 'u0', address: '127.0.0.1:1' }]);
  const until = (what: string, seen: () => boolean) =>
    waitFor({ what, timeoutMs: 4000, everyMs: 5, signal }, () =>
      seen() ? { done: true, value: undefined } : { done: false, seen: asked.slice(-5).join(', ') },
    );
  const turns = () =>
    recorded.flatMap((body) =>
      body.kind === 'view'
        ? [String(body.turn)]
        : body.kind === 'looks'
          ? [`look ${body.looks[0]?.turn}`]
          : [],
    );
  await until('the first views', () => turns().length === 3);
  boot = 'second';
  refusals = 1;
  for (const stream of streams) stream.destroy();
  await until('the views of the second', () => turns().length === 6);
  expect(turns()).toEqual(['1', '2', 'look 2', '3', '4', 'look 4']);
  expect(asked).toContain('second GET /events?from=1');
  await until(
    'the targets told again',
    () =>
      asked.filter((line) => line === 'second PUT /targets').length >= 2 &&
      asked.includes('second PUT /probes'),
  );
});
