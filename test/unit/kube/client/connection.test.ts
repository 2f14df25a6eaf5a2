import { afterEach, expect, test } from 'vitest';
import { connectKube, type KubeConnection } from '../../../../src/kube/client/connection.ts';
import { KubeApiError, KubeNetworkError } from '../../../../src/kube/client/errors.ts';
import { listObjects } from '../../../../src/kube/client/read.ts';
import { refuse, type Script, type ScriptedApi, scriptedApi } from './scripted-api.ts';

/** Goal: every request ends by itself, and reads live through an API server's bad moments. */
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

const read = { method: 'GET', path: '/x', what: 'read x' } as const;

test('authenticates each request and gives the body', async () => {
  await open({
    answer: (request, response) => response.end(request.headers.authorization),
  });
  expect(await connection.send(read, signal)).toBe('Bearer secret-token');
});

test('a server that hangs ends at the deadline, and the token is in no message', async () => {
  await open({ answer: () => {} });
  const failed = connection.send({ ...read, timeoutMs: 100 }, signal);
  await expect(failed).rejects.toThrow(KubeNetworkError);
  await expect(failed).rejects.toThrow(/read x: no answer from the API server .*timed out/);
  await expect(failed).rejects.not.toThrow(/secret-token/);
});

test('a server that resets is named', async () => {
  await open({ answer: (request) => request.socket.resetAndDestroy() });
  await expect(connection.send(read, signal)).rejects.toThrow(KubeNetworkError);
});

test('an interrupt ends a request with its own reason', async () => {
  await open({ answer: () => {} });
  const interrupt = new AbortController();
  const reason = new Error('stop');
  setTimeout(() => interrupt.abort(reason), 30);
  await expect(connection.send(read, interrupt.signal)).rejects.toBe(reason);
});

test('a read is repeated over a reset and a 503', async () => {
  let asked = 0;
  await open({
    answer: (request, response) => {
      asked += 1;
      if (asked === 1) return void request.socket.resetAndDestroy();
      if (asked === 2) return refuse(response, 503, 'ServiceUnavailable', 'starting');
      response.end('{}');
    },
  });
  expect(await connection.sendPersistently(read, signal)).toBe('{}');
  expect(asked).toBe(3);
});

test('a refusal is not repeated', async () => {
  await open({ answer: (_, response) => refuse(response, 403, 'Forbidden', 'no') });
  await expect(connection.sendPersistently(read, signal)).rejects.toThrow(KubeApiError);
  expect(api.seen).toHaveLength(1);
});

test('a list is read to its last page, items with their type', async () => {
  await open({
    answer: (request, response) => {
      const page = new URL(request.url ?? '', 'http://x').searchParams.get('continue');
      const name = page ? 'b' : 'a';
      response.end(
        JSON.stringify({
          metadata: page ? {} : { continue: 'next' },
          items: [{ metadata: { name } }],
        }),
      );
    },
  });
  const pods = await listObjects(connection, 'ns', 'Pod', 'app=x', signal);
  expect(pods.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(['Pod a', 'Pod b']);
  expect(api.seen[0]).toContain('/api/v1/namespaces/ns/pods?limit=500&labelSelector=app%3Dx');
});

test('a kind that is not known is refused by name', async () => {
  await open({});
  await expect(listObjects(connection, 'ns', 'Pods', null, signal)).rejects.toThrow(/list Pods/);
  expect(api.seen).toEqual([]);
});
