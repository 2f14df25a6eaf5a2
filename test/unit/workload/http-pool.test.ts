import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { HttpAnswer } from '../../../src/workload/http-answer.ts';
import type { HttpConnection } from '../../../src/workload/http-connection.ts';
import { HttpPool, type PooledExchange } from '../../../src/workload/http-pool.ts';
import {
  type HttpTarget,
  openHttpTarget,
  ownPath,
  ownPattern,
} from '../../../src/workload/http-target.ts';

/**
 * Goal: a connection carries one request at a time and is used again only when that is safe; every
 * request ends exactly once. Method: servers on loopback in the test's hand, byte by byte.
 */
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Lab {
  readonly port: number;
  readonly target: HttpTarget;
  /** Every connection there was, with the requests it brought. */
  readonly connections: { readonly socket: Socket; readonly requests: string[] }[];
}

async function lab(
  onRequest: (socket: Socket, count: number) => void,
  timeoutMs = 5000,
): Promise<Lab> {
  const connections: Lab['connections'] = [];
  let count = 0;
  const server: Server = createServer((socket) => {
    const requests: string[] = [];
    connections.push({ socket, requests });
    socket.on('error', () => {});
    socket.setEncoding('latin1').on('data', (text: string) => {
      requests.push(text);
      onRequest(socket, ++count);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const target = openHttpTarget({
    origin: `http://127.0.0.1:${port}`,
    timeoutMs,
    pattern: ownPattern,
    pathOf: ownPath,
  });
  closers.push(
    () => void target.close(),
    () => void server.close(),
    () => {
      for (const { socket } of connections) socket.destroy();
    },
  );
  return { target, port, connections };
}

const answer = (number: number, ...lines: string[]) => {
  const body = `I have been hit ${number} times since deployment.\n`;
  const head = ['HTTP/1.1 200 OK', `content-length: ${body.length}`, ...lines];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
};
const hit = ({ target }: Lab, id = 'a:1') =>
  new Promise<HttpAnswer>((resolve) => target.hit('hits', id, resolve));

const gone = ({ connections }: Lab, index: number) =>
  new Promise<void>((resolve) => {
    const socket = connections[index]?.socket;
    if (!socket || socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });

test('one request at a time on a connection, and the next one on the same', async () => {
  const one = await lab((socket, count) => void socket.write(answer(count)));
  expect((await hit(one, 'a:1')).value).toBe(1);
  expect((await hit(one, 'a:2')).value).toBe(2);
  expect(one.connections.length).toBe(1);
  const together = await Promise.all([hit(one), hit(one), hit(one)]);
  expect(together.map(({ value }) => value).sort()).toEqual([3, 4, 5]);
  expect(one.connections.length).toBe(3);
  const [first] = one.connections;
  expect(first?.requests[0]).toMatch(
    /^GET \/ HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\nx-op-id: a:1\r\n\r\n$/,
  );
});

test.each([
  ['that the server closes after its answer', answer(1, 'connection: close')],
  ['that brings more than its answer', `${answer(1)}HTTP/1.1 200 OK\r\n`],
])('a connection %s is not used again', async (_, first) => {
  const one = await lab((socket, count) => void socket.write(count === 1 ? first : answer(2)));
  expect((await hit(one)).value).toBe(1);
  expect((await hit(one)).value).toBe(2);
  expect(one.connections.map(({ requests }) => requests.length)).toEqual([1, 1]);
});

test.each([
  ['the server closes', (socket: Socket) => void socket.end()],
  ['brings an answer to nothing', (socket: Socket) => void socket.write(answer(999))],
])('an idle connection that %s is not used again', async (_, spoil) => {
  const one = await lab((socket, count) => void socket.write(answer(count)));
  await hit(one);
  const closed = gone(one, 0);
  spoil(one.connections[0]?.socket as Socket);
  await closed;
  expect((await hit(one)).value).toBe(2);
  expect(one.connections.length).toBe(2);
});

test('an answer that only the end of the connection completes', async () => {
  const text = answer(7).replace(/content-length.*\r\n/, '');
  const one = await lab((socket) => void socket.end(text));
  expect(await hit(one)).toMatchObject({ outcome: 'ok', value: 7 });
});

test('what is no HTTP is indeterminate', async () => {
  const one = await lab((socket) => void socket.write('-ERR what?\r\n\r\n'));
  expect(await hit(one)).toMatchObject({ outcome: 'indeterminate', error: 'malformed-response' });
});

test('a late answer changes nothing: its connection is gone, the request ended once', async () => {
  const sockets: Socket[] = [];
  const one = await lab((socket) => void sockets.push(socket), 50);
  const answers: HttpAnswer[] = [];
  await new Promise<void>((resolve) =>
    one.target.hit('hits', 'a:1', (answer) => {
      answers.push(answer);
      resolve();
    }),
  );
  const closed = gone(one, 0);
  sockets[0]?.write(answer(1));
  await closed;
  expect(answers).toMatchObject([{ outcome: 'indeterminate', error: 'timeout' }]);
});

test('closed with a request in flight: it ends, unknown, once', async () => {
  let received = () => {};
  const arrived = new Promise<void>((resolve) => {
    received = resolve;
  });
  const one = await lab(() => received());
  const answers: HttpAnswer[] = [];
  one.target.hit('hits', 'a:1', (answer) => answers.push(answer));
  await arrived;
  const closed = gone(one, 0);
  await one.target.close();
  await closed;
  expect(answers).toMatchObject([{ outcome: 'indeterminate', error: 'closed' }]);
});

test('with all connections busy an exchange waits, and one that ended meanwhile is not sent', async () => {
  const one = await lab((socket, count) => void (count > 2 && socket.write(answer(count))));
  const pool = new HttpPool({ host: '127.0.0.1', port: one.port }, 2);
  closers.push(() => pool.destroy());
  const exchanges = ['a', 'b', 'c', 'd'].map((name) => exchange(name));
  for (const each of exchanges) pool.send(each);
  await expect.poll(() => one.connections.flatMap(({ requests }) => requests)).toHaveLength(2);
  const [a, , c, d] = exchanges;
  if (c) c.ended = true;
  a?.connection?.destroy(); // room for one more
  await d?.told;
  expect(exchanges.map(({ ends }) => ends)).toEqual([['closed'], [], [], [200]]);
  const sent = one.connections.map(({ requests }) => requests.map((text) => text.slice(5, 6)));
  expect(sent.sort()).toEqual([['a'], ['b'], ['d']]);
});

test('a pool that is destroyed tells what is under way and what waits', async () => {
  const one = await lab(() => {});
  const pool = new HttpPool({ host: '127.0.0.1', port: one.port }, 1);
  const exchanges = [exchange('a'), exchange('b')];
  for (const each of exchanges) pool.send(each);
  pool.destroy();
  await Promise.all(exchanges.map(({ told }) => told));
  expect(exchanges.map(({ ends }) => ends)).toEqual([['closed'], ['closed']]);
});

interface Told extends PooledExchange {
  ended: boolean;
  connection: HttpConnection | null;
  readonly ends: (number | string)[];
  readonly told: Promise<void>;
}

function exchange(name: string): Told {
  const ends: (number | string)[] = [];
  let tell = () => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const end = (how: number | string) => {
    ends.push(how);
    tell();
  };
  return {
    request: `GET /${name} HTTP/1.1\r\n\r\n`,
    ended: false,
    connection: null,
    ends,
    told,
    onConnection(connection) {
      this.connection = connection;
    },
    onResponse: ({ status }) => end(status),
    onFailure: (error) => end((error as NodeJS.ErrnoException).code ?? error.name),
  };
}
