import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Connection, openConnection } from '../../../src/redis/connection.ts';
import { classify, NotSentError } from '../../../src/redis/outcome.ts';
import { freePorts } from '../support/redis-process.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

/** A server that fails at a byte of our choice: what the client says, and how often it sent. */

let server: ScriptedServer | null = null;
afterEach(async () => {
  await server?.dispose();
  server = null;
});

const connect = (port: number, password: string | null = null): Promise<Connection> =>
  openConnection({
    address: { host: '127.0.0.1', port },
    password,
    connectTimeoutMs: 500,
    commandTimeoutMs: 300,
  });

async function incr(connection: Connection) {
  try {
    return await connection.send(['INCR', 'hits']);
  } catch (error) {
    return classify(error, !(error instanceof NotSentError));
  }
}

describe('a server that executes INCR and then', () => {
  const failures: [string, (socket: Socket) => void, string][] = [
    ['ends the connection', (socket) => socket.end(), 'closed'],
    ['resets it', (socket) => socket.resetAndDestroy(), 'ECONNRESET'],
    ['says nothing', () => {}, 'timeout'],
    ['ends it in the middle of the reply', (socket) => socket.end(':4'), 'closed'],
    ['answers no RESP', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'unknown'],
    ["passes a proxy's error on", (s) => s.write('-upstream failure\r\n'), 'unknown-reply'],
  ];

  it.each(failures)('%s: indeterminate, sent once', async (_, fail, errorClass) => {
    server = await ScriptedServer.start((socket) => fail(socket));
    const connection = await connect(server.port);
    expect(await incr(connection)).toEqual({ outcome: 'indeterminate', errorClass });
    connection.close();
    // Long enough for a reconnect, were there one: client libraries begin it after 50..250 ms.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(server.count('INCR')).toBe(1);
    expect(server.connections).toBe(1);
  });

  it.each([
    ['LOADING Redis is loading the dataset in memory', 'LOADING'],
    ['MISCONF Redis is configured to save RDB snapshots', 'MISCONF'],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'TRYAGAIN'],
    ['CLUSTERDOWN The cluster is down', 'CLUSTERDOWN'],
  ])('answers -%s: rejected, sent once', async (message, errorClass) => {
    server = await ScriptedServer.start((socket) => socket.write(`-${message}\r\n`));
    const connection = await connect(server.port);
    expect(await incr(connection)).toEqual({ outcome: 'rejected', errorClass });
    expect(connection.isReady).toBe(true);
    expect(server.count('INCR')).toBe(1);
    connection.close();
  });
});

describe('a command that never leaves', () => {
  it('on a connection that has ended: rejected', async () => {
    server = await ScriptedServer.start((socket) => socket.end());
    const connection = await connect(server.port);
    const closed = new Promise((resolve) => connection.onClose(resolve));
    await incr(connection);
    await closed;
    expect(connection.isReady).toBe(false);
    expect(await incr(connection)).toMatchObject({ outcome: 'rejected' });
    expect(server.count('INCR')).toBe(1);
  });

  it('on one that we closed: rejected', async () => {
    server = await ScriptedServer.start(() => {});
    const connection = await connect(server.port);
    connection.close();
    expect(await incr(connection)).toEqual({ outcome: 'rejected', errorClass: 'not-connected' });
    expect(server.count('INCR')).toBe(0);
  });

  it('for want of a listener: rejected as ECONNREFUSED', async () => {
    const [port = 0] = await freePorts(1);
    const error = await connect(port).catch((reason) => reason);
    expect(classify(error, false)).toEqual({ outcome: 'rejected', errorClass: 'ECONNREFUSED' });
  });

  it('for want of a name: rejected as ENOTFOUND or EAI_AGAIN', async () => {
    const address = { host: 'no-such-host.invalid', port: 6379 };
    const options = { address, password: null, connectTimeoutMs: 5000, commandTimeoutMs: 300 };
    const error = await openConnection(options).catch((reason) => reason);
    expect(error).toBeInstanceOf(NotSentError);
    expect(classify(error, false).errorClass).toMatch(/^(ENOTFOUND|EAI_AGAIN|connect-timeout)$/);
  });

  it('for want of an answer to AUTH: rejected, and the password is in no text', async () => {
    server = await ScriptedServer.start(() => {});
    const error = await connect(server.port, 's3cret').catch((reason) => reason);
    expect(classify(error, false)).toEqual({ outcome: 'rejected', errorClass: 'timeout' });
    const { inspect } = await import('node:util');
    expect(inspect(error, { depth: 9 })).not.toContain('s3cret');
  });

  it('for a refused password: rejected as WRONGPASS, and the password is in no text', async () => {
    server = await ScriptedServer.start((socket) => socket.write('-WRONGPASS invalid\r\n'));
    const error = await connect(server.port, 's3cret').catch((reason) => reason);
    expect(classify(error, false)).toEqual({ outcome: 'rejected', errorClass: 'WRONGPASS' });
    const { inspect } = await import('node:util');
    expect(inspect(error, { depth: 9 })).not.toContain('s3cret');
  });

  it('when the caller gives up while connecting', async () => {
    server = await ScriptedServer.start(() => {});
    const stop = new AbortController();
    const opening = openConnection({
      address: { host: '127.0.0.1', port: server.port },
      password: 'x',
      connectTimeoutMs: 60_000,
      commandTimeoutMs: 60_000,
      signal: stop.signal,
    });
    stop.abort(new Error('enough'));
    await expect(opening).rejects.toMatchObject({ cause: { message: 'enough' } });
  });
});

describe('closing when idle', () => {
  it('lets what is in flight finish, and takes nothing more', async () => {
    const sockets: Socket[] = [];
    server = await ScriptedServer.start((socket) => sockets.push(socket));
    const connection = await connect(server.port);
    const closed = new Promise((resolve) => connection.onClose(resolve));
    const first = incr(connection);
    await expect.poll(() => sockets.length).toBe(1);
    connection.closeWhenIdle();
    expect(await incr(connection)).toMatchObject({ outcome: 'rejected' });
    sockets[0]?.write(':7\r\n');
    expect(await first).toBe(7);
    await closed;
  });
});
