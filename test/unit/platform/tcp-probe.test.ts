import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { probeTcp } from '../../../src/platform/tcp-probe.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer(onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

test('a server that keeps the connection is open', async () => {
  const port = await serve((socket) => socket.on('error', () => {}).resume());
  expect(await probeTcp('127.0.0.1', port, { timeoutMs: 5000, settleMs: 20 })).toBe('open');
});

test.each([
  ['ends', (socket: Socket) => socket.end()],
  ['resets', (socket: Socket) => socket.resetAndDestroy()],
])('one that %s it at once is refused', async (_, onConnection) => {
  const port = await serve(onConnection);
  expect(await probeTcp('127.0.0.1', port, { timeoutMs: 5000, settleMs: 500 })).toBe('refused');
});

test('a port where nobody listens is refused', async () => {
  const port = await serve(() => {});
  await ends.pop()?.();
  expect(await probeTcp('127.0.0.1', port, { timeoutMs: 5000 })).toBe('refused');
});

test('a reset that came while this process stood still is seen before it is called open', async () => {
  const proxy = new Worker(
    `const { parentPort } = require('node:worker_threads');
    const server = require('node:net').createServer((socket) =>
      setTimeout(() => socket.resetAndDestroy(), 200)); // while it stands still for the second time
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true },
  );
  ends.push(() => proxy.terminate());
  const [port] = (await once(proxy, 'message')) as [number];
  let probing = true;
  const standStill = () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
    if (probing) setImmediate(standStill);
  };
  const answer = probeTcp('127.0.0.1', port, { timeoutMs: 20_000, settleMs: 50 });
  setImmediate(standStill);
  expect(await answer.finally(() => (probing = false))).toBe('refused');
});
