import { afterEach, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { connectKube, type KubeConnection } from '../../../../src/kube/client/connection.ts';
import { execInPod } from '../../../../src/kube/client/exec.ts';
import { DeadlineError, InfrastructureError } from '../../../../src/model/errors.ts';
import { type Script, type ScriptedApi, scriptedApi } from './scripted-api.ts';

/** Goal: an exec always ends, and never claims an exit code that it was not told. */
const signal = new AbortController().signal;
let api: ScriptedApi;
let connection: KubeConnection;

async function open(script: Script): Promise<void> {
  api = await scriptedApi(script);
  connection = await connectKube({ kubeconfig: api.kubeconfig, context: null });
}
afterEach(async () => {
  await connection.close();
  await api.close();
});

function exec(over: { stdin?: Buffer; timeoutMs?: number } = {}, until = signal) {
  const request = { namespace: 'ns', pod: 'p', container: 'c', argv: ['echo', 'a b'] };
  return execInPod(connection, { ...request, timeoutMs: 2000, ...over }, until);
}

const success = { status: 'Success' };
const exited = (code: string) => ({
  status: 'Failure',
  reason: 'NonZeroExitCode',
  details: { causes: [{ reason: 'ExitCode', message: code }] },
});

function frame(socket: WebSocket, channel: number, data: Buffer | string): void {
  socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(data)]));
}

function status(socket: WebSocket, value: object): void {
  frame(socket, 3, JSON.stringify(value));
}

test('gives exit code, output and errors apart, binary as it is', async () => {
  const binary = Buffer.from([0, 255, 10, 1]);
  await open({
    socket: (socket) => {
      frame(socket, 1, binary);
      frame(socket, 2, 'oops');
      frame(socket, 1, binary);
      status(socket, exited('7'));
    },
  });
  const result = await exec();
  expect(result.exitCode).toBe(7);
  expect(result.stdout).toEqual(Buffer.concat([binary, binary]));
  expect(result.stderr.toString()).toBe('oops');
  expect(api.seen[0]).toContain('command=echo&command=a+b');
});

test('success is exit code 0', async () => {
  await open({ socket: (socket) => status(socket, success) });
  expect((await exec()).exitCode).toBe(0);
});

test('standard input comes whole, then its end', async () => {
  const stdin = Buffer.alloc(100_000, 'x');
  const received: Buffer[] = [];
  await open({
    socket: (socket) =>
      socket.on('message', (data: Buffer) => {
        if (data[0] === 0) received.push(data.subarray(1));
        if (data.equals(Buffer.of(255, 0))) status(socket, success);
      }),
  });
  await exec({ stdin });
  expect(Buffer.concat(received).equals(stdin)).toBe(true);
});

test('an API server that cannot end standard input is refused, not waited for', async () => {
  await open({ protocols: ['v4.channel.k8s.io'], socket: () => {} });
  await expect(exec({ stdin: Buffer.from('x') })).rejects.toThrow(/Kubernetes 1\.30/);
});

test.each([
  ['closes', (socket: WebSocket) => socket.close()],
  ['resets', (socket: WebSocket) => socket.terminate()],
])('a socket that %s before the status: indeterminate', async (_, end) => {
  await open({
    socket: (socket) => {
      frame(socket, 1, 'half');
      end(socket);
    },
  });
  await expect(exec()).rejects.toThrow(/outcome indeterminate/);
  await expect(exec()).rejects.toThrow(InfrastructureError);
});

test('a status without an exit code is an error, not a zero', async () => {
  await open({
    socket: (socket) => status(socket, { status: 'Failure', message: 'not found in $PATH' }),
  });
  await expect(exec()).rejects.toThrow(/not found in \$PATH/);
});

test('past its deadline it ends and says what became of the process', async () => {
  const commands: string[] = [];
  await open({
    socket: (socket, request) => {
      const words = new URL(request.url ?? '', 'http://x').searchParams.getAll('command');
      commands.push(words[0] ?? '');
      if (words[0] === 'sh') status(socket, success); // the kill
    },
  });
  const failed = exec({ timeoutMs: 100 });
  await expect(failed).rejects.toThrow(DeadlineError);
  await expect(failed).rejects.toThrow(/it was killed/);
  expect(commands).toEqual(['echo', 'sh']);
});

test('a pod that is not there is said by the API server’s own words', async () => {
  await open({ refusal: 'pods "p" not found' });
  await expect(exec()).rejects.toThrow(/pods "p" not found/);
});

test('an interrupt ends it with its own reason', async () => {
  await open({
    socket: (socket, request) => {
      if (request.url?.includes('command=sh')) status(socket, success);
    },
  });
  const interrupt = new AbortController();
  const reason = new Error('stop');
  setTimeout(() => interrupt.abort(reason), 50);
  await expect(exec({}, interrupt.signal)).rejects.toBe(reason);
});
