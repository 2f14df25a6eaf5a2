import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { classifyAnswer, type HttpAnswer } from '../../../src/workload/http-answer.ts';
import { openHttpTarget, ownPath, ownPattern } from '../../../src/workload/http-target.ts';

/** Goal: every way a request can end gets its outcome. Method: real servers on loopback that fail so. */
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function hitOnce(port: number, timeoutMs = 300): Promise<HttpAnswer> {
  const target = openHttpTarget({
    origin: `http://127.0.0.1:${port}`,
    timeoutMs,
    pattern: ownPattern,
    pathOf: ownPath,
  });
  closers.push(() => void target.close());
  return new Promise((resolve) => target.hit('hits', 'a:1', resolve));
}

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe('what becomes of a request', () => {
  test('nobody listens: rejected, it was never sent', async () => {
    const server = createTcpServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await hitOnce(port)).toMatchObject({ outcome: 'rejected', error: 'ECONNREFUSED' });
  });
  test('the connection breaks after the request: indeterminate', async () => {
    const port = await listening(
      createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
    );
    const answer = await hitOnce(port);
    expect(answer.outcome).toBe('indeterminate');
    expect(answer.error).not.toBeNull();
  });
  test('no answer in time: indeterminate', async () => {
    const port = await listening(
      createTcpServer((socket) => void closers.push(() => socket.destroy())),
    );
    expect(await hitOnce(port, 100)).toMatchObject({ outcome: 'indeterminate', error: 'timeout' });
  });
  test('an answer that ends in the middle: indeterminate', async () => {
    const port = await listening(
      createTcpServer((socket) =>
        socket.once('data', () =>
          socket.end('HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\nI have been hit 7'),
        ),
      ),
    );
    expect((await hitOnce(port)).outcome).toBe('indeterminate');
  });
  test('the page: ok with its number, the op id sent once', async () => {
    const seen: unknown[] = [];
    const port = await listening(
      createServer((request, response) => {
        seen.push(request.headers['x-op-id'], request.url);
        response.setHeader('x-outcome', 'ok').setHeader('x-node', 'abc@10.0.0.1:6379');
        response.end('I have been hit 41 times since deployment.\n');
      }),
    );
    expect(await hitOnce(port)).toEqual({
      outcome: 'ok',
      value: 41,
      error: null,
      node: 'abc@10.0.0.1:6379',
    });
    expect(seen).toEqual(['a:1', '/']);
  });
});

describe('an answer without our headers', () => {
  const classify = (status: number, body: string) =>
    classifyAnswer(status, {}, body, /(\d[\d,]*) visits/);
  test('2xx with a number is ok', () => {
    expect(classify(200, '1,234 visits')).toMatchObject({ outcome: 'ok', value: 1234 });
  });
  test('2xx without a number is not an acknowledgement', () => {
    expect(classify(200, 'sorry, try again')).toMatchObject({
      outcome: 'indeterminate',
      error: 'no-number',
    });
  });
  test('4xx is rejected, 5xx is not known', () => {
    expect(classify(404, '')).toMatchObject({ outcome: 'rejected', error: 'http-404' });
    expect(classify(502, '')).toMatchObject({ outcome: 'indeterminate', error: 'http-502' });
  });
});

test('our app may say that an answer of any status was rejected', () => {
  const answer = classifyAnswer(
    503,
    { 'x-outcome': 'rejected', 'x-error': 'CLUSTERDOWN' },
    '',
    ownPattern,
  );
  expect(answer).toMatchObject({ outcome: 'rejected', error: 'CLUSTERDOWN', value: null });
});
