import { afterEach, expect, test } from 'vitest';
import { runLabel } from '../../../../src/kube/labels.ts';
import type { ApiProvider } from '../../../../src/provider/kubeconfig/api-provider.ts';
import { openKubeconfig } from '../../../../src/provider/kubeconfig/kubeconfig.ts';
import { refuse, type ScriptedApi, scriptedApi } from '../../kube/client/scripted-api.ts';

/** Goal: on somebody's cluster another's pod is neither seen nor touched, however like ours it looks. */
const signal = new AbortController().signal;
let api: ScriptedApi;
let provider: ApiProvider;
afterEach(async () => {
  await api.close();
});

interface Made {
  readonly labels?: Readonly<Record<string, string>>;
  readonly owner?: readonly [apiVersion: string, kind: string, name: string, uid: string];
}
const ours = { labels: { [runLabel]: 'r1' } };
const objectOf = (name: string, uid: string, { labels, owner }: Made) => ({
  metadata: {
    name,
    uid,
    resourceVersion: '1',
    ...(labels && { labels }),
    ...(owner && {
      ownerReferences: [
        { apiVersion: owner[0], kind: owner[1], name: owner[2], uid: owner[3], controller: true },
      ],
    }),
  },
  spec: { containers: [{ name: 'redis', image: 'redis:8', ports: [{ containerPort: 6379 }] }] },
});

const pods: Readonly<Record<string, Made>> = {
  labelled: ours,
  // as operators make them: no label of ours, owners that lead to the custom resource we applied
  operated: { owner: ['apps/v1', 'StatefulSet', 'made', 's1'] },
  foreign: { labels: { app: 'redis' } },
  other: { labels: { [runLabel]: 'r2' } },
  theirs: { owner: ['apps/v1', 'StatefulSet', 'theirs', 's2'] },
  successor: { owner: ['apps/v1', 'StatefulSet', 'made', 'an-earlier-one'] },
  unreadable: { owner: ['secret.io/v1', 'Thing', 'x', 'x1'] },
};
const others: Readonly<Record<string, readonly [uid: string, made: Made]>> = {
  '/apis/apps/v1/namespaces/ns/statefulsets/made': [
    's1',
    { owner: ['redis.io/v1', 'RedisCluster', 'cr', 'c1'] },
  ],
  '/apis/apps/v1/namespaces/ns/statefulsets/theirs': ['s2', {}],
  '/apis/redis.io/v1/namespaces/ns/redisclusters/cr': ['c1', ours],
};

async function open(): Promise<void> {
  const all = Object.entries(pods).map(([name, made]) => objectOf(name, `u-${name}`, made));
  api = await scriptedApi({
    answer: (request, response) => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      const reply = (value: unknown) => void response.end(JSON.stringify(value));
      if (path === '/version') return reply({ gitVersion: 'v1.34.4' });
      if (path === '/apis/redis.io/v1') {
        return reply({
          resources: [{ name: 'redisclusters', kind: 'RedisCluster', namespaced: true }],
        });
      }
      if (path === '/api/v1/namespaces/ns/pods') return reply({ items: all });
      const name = /^\/api\/v1\/namespaces\/ns\/pods\/([^/]+)$/.exec(path)?.[1];
      const pod = all.find((one) => one.metadata.name === name);
      if (pod) return reply(pod);
      const other = others[path];
      if (other) return reply(objectOf(path.split('/').at(-1) ?? '', ...other));
      if (path.includes('/namespaces/ns') && !path.includes('/apis/secret'))
        return reply({ metadata: {} });
      refuse(response, 403, 'Forbidden', `no ${path}`);
    },
  });
  provider = await openKubeconfig({
    kubeconfig: api.kubeconfig,
    context: null,
    allowContext: 'scripted',
    namespace: 'ns',
    runId: 'r1',
    undo: { record: async () => 'u1', done: async () => {} },
    log: () => {},
    signal,
  });
}
const podOf = (name: string) => ({ name, uid: `u-${name}` });
const changes = () => api.seen.filter((line) => !line.startsWith('GET'));

test('only pods that carry the run’s label, or whose owners do, are listed', async () => {
  await open();
  const listed = await provider.list('Pod', null, signal);
  expect(listed.map(({ metadata }) => metadata.name)).toEqual(['labelled', 'operated']);
  const asked = api.seen.length;
  await provider.list('Pod', null, signal);
  // owners are asked once, but for those that gave no answer
  expect(api.seen.length - asked).toBeLessThanOrEqual(2);
});

test.each([
  'foreign',
  'other',
  'theirs',
  'successor',
  'unreadable',
])('%s: not deleted, not evicted, no hold put on', async (name) => {
  await open();
  for (const hold of [false, true]) {
    await expect(
      provider.deletePod(podOf(name), { graceSeconds: null, hold }, signal),
    ).rejects.toThrow(/refused to delete pod .*somebody else's/);
  }
  await expect(provider.evictPod(podOf(name), signal)).rejects.toThrow(/refused to evict/);
  expect(changes()).toEqual([]);
});

test.each(['labelled', 'operated'])('%s is deleted', async (name) => {
  await open();
  await provider.deletePod(podOf(name), { graceSeconds: null, hold: false }, signal);
  expect(changes()).toEqual([`DELETE /api/v1/namespaces/ns/pods/${name}`]);
});
