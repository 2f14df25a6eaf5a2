import { afterEach, expect, test } from 'vitest';
import { UsageError } from '../../../../src/model/errors.ts';
import { undoHold } from '../../../../src/provider/kubeconfig/hold.ts';
import {
  openKubeconfig,
  undoKubeconfigRun,
} from '../../../../src/provider/kubeconfig/kubeconfig.ts';
import type { Undo, UndoLog } from '../../../../src/provider/provider.ts';
import { refuse, type ScriptedApi, scriptedApi } from '../../kube/client/scripted-api.ts';

/** Goal: a cluster that the user did not name is never touched, not even by a read. */
const signal = new AbortController().signal;
let api: ScriptedApi;
afterEach(() => api.close());

function journal(): UndoLog & { readonly pending: Undo[] } {
  const pending: Undo[] = [];
  return {
    pending,
    record: async (undo) => String(pending.push(undo) - 1),
    done: async () => {},
  };
}

function open(context: string | null, allowContext: string | null, undo: UndoLog) {
  return openKubeconfig({
    kubeconfig: api.kubeconfig,
    context,
    allowContext,
    namespace: 'ns',
    runId: 'r1',
    undo,
    log: () => {},
    signal,
  });
}

test.each([
  [null, null, /--allow-context scripted/],
  [null, 'other', /scripted is not allowed.*allowed is other/],
  ['other', 'scripted', /other is not allowed/],
  ['missing', 'missing', /no context "missing"; it has scripted, other/],
])('context %s with --allow-context %s is refused, nothing touched', async (context, allow, why) => {
  api = await scriptedApi({ answer: (_, response) => response.end('{}') });
  const undo = journal();
  const failed = open(context, allow, undo);
  await expect(failed).rejects.toThrow(UsageError);
  await expect(failed).rejects.toThrow(why);
  expect(api.seen).toEqual([]);
  expect(undo.pending).toEqual([]);
});

test('the undo is in the journal before anything is made', async () => {
  const undo = journal();
  api = await scriptedApi({
    answer: (request, response) => {
      if (request.method === 'POST') {
        expect(undo.pending).toMatchObject([{ kind: 'kubeconfig-run', namespace: 'ns' }]);
        return refuse(response, 403, 'Forbidden', 'no');
      }
      if (request.url === '/version') return void response.end('{"gitVersion":"v1.34.4"}');
      refuse(response, 404, 'NotFound', 'namespaces "ns" not found');
    },
  });
  await expect(open(null, 'scripted', undo)).rejects.toThrow(/create namespace ns: no/);
  expect(api.seen).toContain('POST /api/v1/namespaces');
});

test('an undo of another kind is refused', async () => {
  api = await scriptedApi({});
  await expect(undoHold({ kind: 'process', pid: 1 }, signal)).rejects.toThrow(/not a hold/);
  await expect(undoKubeconfigRun({ kind: 'hold' }, signal)).rejects.toThrow(/not a kubeconfig run/);
  expect(api.seen).toEqual([]);
});

const hold = { kind: 'hold', namespace: 'ns', pod: 'db-0', uid: 'u1', finalizer: 'x/hold' };

test('a successor of the same name keeps its finalizers', async () => {
  api = await scriptedApi({
    answer: (_, response) =>
      response.end(
        JSON.stringify({ metadata: { name: 'db-0', uid: 'u2', finalizers: ['x/hold'] } }),
      ),
  });
  const undo = { ...hold, provider: 'kubeconfig', kubeconfig: api.kubeconfig, context: 'scripted' };
  await undoHold(undo, signal);
  expect(api.seen).toEqual(['GET /api/v1/namespaces/ns/pods/db-0']);
});

test('a hold on a kind cluster that is gone is done; on somebody’s cluster it is an error', async () => {
  api = await scriptedApi({});
  const gone = { ...hold, kubeconfig: '/does/not/exist', context: 'kind-rkc-1' };
  await undoHold({ ...gone, provider: 'kind' }, signal);
  await expect(undoHold({ ...gone, provider: 'kubeconfig' }, signal)).rejects.toThrow(/kubeconfig/);
});
