import { afterEach, expect, test } from 'vitest';
import { connectKube } from '../../../../src/kube/client/connection.ts';
import { setPodFinalizer } from '../../../../src/kube/client/delete.ts';
import { refuse, type ScriptedApi, scriptedApi } from './scripted-api.ts';

/** Goal: a pod that changes between the read and the patch is read again, whatever the server calls it. */
const signal = new AbortController().signal;
const pod = { name: 'db-0', uid: 'u1' };
const generic = 'the server rejected our request due to an error in our request';
let api: ScriptedApi;
afterEach(() => api.close());

/** A pod whose version moves under the first `moves` patches. */
async function podThatMoves(
  moves: number,
  finalizers: string[],
  refusal: [number, string, string],
) {
  let version = 1;
  const patches: unknown[] = [];
  api = await scriptedApi({
    answer: (request, response, body) => {
      const metadata = { ...pod, resourceVersion: String(version), finalizers };
      if (request.method === 'GET') return void response.end(JSON.stringify({ metadata }));
      patches.push(JSON.parse(body));
      if (patches.length > moves) return void response.end('{}');
      version++;
      refuse(response, ...refusal);
    },
  });
  const connection = await connectKube({ kubeconfig: api.kubeconfig, context: null });
  const set = (present: boolean) =>
    setPodFinalizer(connection, 'ns', pod, 'x/hold', present, signal).finally(() =>
      connection.close(),
    );
  return { patches, set };
}

test.each<[string, [number, string, string]]>([
  ['as 1.29 to 1.34 say it', [422, 'Invalid', generic]],
  ['as servers before say it', [422, 'Invalid', 'testing value /metadata/uid failed: test failed']],
  ['as a conflict', [409, 'Conflict', 'the object has been modified']],
])('a test that failed, %s: put on and taken off in the end', async (_, refusal) => {
  const put = await podThatMoves(3, ['other'], refusal);
  expect(await put.set(true)).toMatchObject({ metadata: { resourceVersion: '4' } });
  expect(put.patches.at(-1)).toEqual([
    { op: 'test', path: '/metadata/uid', value: 'u1' },
    { op: 'test', path: '/metadata/resourceVersion', value: '4' },
    { op: 'add', path: '/metadata/finalizers', value: ['other', 'x/hold'] },
  ]);
  await api.close();
  const off = await podThatMoves(3, ['x/hold'], refusal);
  expect(await off.set(false)).not.toBeNull();
  expect(off.patches.length).toBe(4);
});

test('another refusal is one at once', async () => {
  const words =
    'Pod "db-0" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added';
  const { patches, set } = await podThatMoves(9, [], [422, 'Invalid', words]);
  await expect(set(true)).rejects.toThrow(/no new finalizers/);
  expect(patches.length).toBe(1);
});
