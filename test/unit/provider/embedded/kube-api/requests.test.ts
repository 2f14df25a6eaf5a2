import { expect, test } from 'vitest';
import { ApiError } from '../../../../../src/provider/embedded/agent/kube-api/api-error.ts';
import { answer } from '../../../../../src/provider/embedded/agent/kube-api/requests.ts';
import { findResource } from '../../../../../src/provider/embedded/agent/kube-api/resources.ts';
import {
  type WatchEvent,
  Watches,
} from '../../../../../src/provider/embedded/agent/kube-api/watching.ts';
import { issueToken } from '../../../../../src/provider/embedded/agent/kubelet/account-tokens.ts';
import type { Pod } from '../../../../../src/provider/embedded/agent/store/pod-objects.ts';
import { fakeCluster, template } from '../cluster.ts';

const pods = '/api/v1/namespaces/test/pods';
const merge = 'application/merge-patch+json';

/** A cluster with a pod `p` whose account may do everything in the namespace. */
function cluster() {
  const { store, run } = fakeCluster();
  const create = (name: string, labels: Record<string, string>): Pod =>
    store.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels },
      spec: template().spec,
      status: { phase: 'Pending', conditions: [] },
    });
  const pod = create('p', { app: 'a' });
  store.create({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'all' },
    subjects: [{ kind: 'ServiceAccount', name: 'default' }],
    roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
  });
  const relabelled: string[] = [];
  const token = issueToken(store, pod);
  const ask = async (method: string, path: string, body: unknown = null, contentType = merge) => {
    const request = {
      method,
      url: new URL(path, 'https://kubernetes.default.svc'),
      authorization: `Bearer ${token}`,
      contentType,
      body: async () => JSON.stringify(body),
    };
    try {
      const found = await answer(store, request, ({ metadata }) => relabelled.push(metadata.name));
      return { code: 200, value: found.kind === 'value' ? found.value : found };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { code: error.code, value: error.status };
    }
  };
  return { store, run, create, pod, token, ask, relabelled };
}

const patchOf = (metadata: object, more: object = {}) => ({ metadata, ...more });

test('a patch changes the labels of the pod that the store holds, once', async () => {
  const { ask, pod, relabelled, store } = cluster();
  const before = pod.metadata.resourceVersion;
  const labels = { role: 'master' };
  expect(await ask('PATCH', `${pods}/p?dryRun=All`, patchOf({ labels }))).toMatchObject({
    code: 200,
  });
  expect(pod.metadata.labels).toEqual({ app: 'a' });
  expect(await ask('PATCH', `${pods}/p`, patchOf({ labels }))).toMatchObject({
    code: 200,
    value: { kind: 'Pod', metadata: { labels: { app: 'a', role: 'master' } } },
  });
  expect(pod.metadata.labels).toEqual({ app: 'a', role: 'master' });
  const after = pod.metadata.resourceVersion;
  expect(after).not.toBe(before);
  await ask('PATCH', `${pods}/p`, patchOf({ labels }));
  expect(pod.metadata.resourceVersion).toBe(after);
  expect(relabelled).toEqual(['p']);
  expect(store.get('Pod', 'p')).toBe(pod);
});

test.each<[string, object, number, string]>([
  ['another spec', patchOf({}, { spec: { hostname: 'h' } }), 422, 'spec: Forbidden: pod updates'],
  ['a finalizer', patchOf({ finalizers: ['f'] }), 422, 'metadata: Forbidden'],
  ['another name', patchOf({ name: 'q' }), 400, 'does not match the name on the URL'],
  ['another namespace', patchOf({ namespace: 'q' }), 400, 'does not match the namespace'],
  ['another uid', patchOf({ uid: 'q' }), 409, 'UID in precondition: q'],
  ['an old version', patchOf({ resourceVersion: '0' }), 409, 'has been modified'],
  ['a number', patchOf({ labels: { a: 1 } }), 400, 'cannot unmarshal number'],
  ['a wrong value', patchOf({ labels: { a: '-' } }), 422, 'a valid label must'],
  ['a long value', patchOf({ labels: { a: 'x'.repeat(64) } }), 422, 'no more than 63'],
  ['a wrong key', patchOf({ labels: { 'a b': '' } }), 422, 'name part must'],
  ['a wrong prefix', patchOf({ annotations: { '_/b': '' } }), 422, 'prefix part'],
  ['long annotations', patchOf({ annotations: { a: 'x'.repeat(2 ** 18) } }), 422, 'Too long'],
])('a patch with %s is refused', async (_, body, code, message) => {
  const { ask, pod } = cluster();
  const refused = await ask('PATCH', `${pods}/p`, body);
  expect(refused).toMatchObject({ code, value: { kind: 'Status', code } });
  expect(refused.value).toMatchObject({ message: expect.stringContaining(message) });
  expect(pod.metadata.labels).toEqual({ app: 'a' });
});

test('a status in a patch is dropped, and what typed clients write out is no change', async () => {
  const { ask, pod } = cluster();
  const spec = { ...template({ resources: {} }).spec, tolerations: [], hostname: '' };
  const metadata = { labels: { role: 'r' }, creationTimestamp: null };
  const whole = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p', ...metadata }, spec };
  const status = { phase: 'Failed' };
  expect((await ask('PUT', `${pods}/p`, { ...whole, status })).code).toBe(200);
  expect(pod.status.phase).toBe('Pending');
  expect(pod.metadata.labels).toEqual({ role: 'r' });
});

test('lists are selected by labels and fields, and give the kind of the list alone', async () => {
  const { ask, create, run, store } = cluster();
  run(create('q', { app: 'b', role: 'master' }));
  const names = async (query: string) => {
    const { value } = (await ask('GET', `${pods}?${query}`)) as {
      value: { items: { metadata: { name: string } }[] };
    };
    return value.items.map(({ metadata }) => metadata.name);
  };
  expect(await names('')).toEqual(['p', 'q']);
  expect(await names('labelSelector=role%3Dmaster')).toEqual(['q']);
  expect(await names('labelSelector=app+in+(a,c),!role')).toEqual(['p']);
  expect(await names('fieldSelector=status.phase%3DRunning')).toEqual(['q']);
  expect(await names('fieldSelector=metadata.name!%3Dq')).toEqual(['p']);
  const all = await ask('GET', pods);
  expect(all.value).toMatchObject({
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: { resourceVersion: String(store.version) },
  });
  expect((all.value as { items: object[] }).items[0]).not.toHaveProperty('kind');
  expect(await ask('GET', `${pods}?labelSelector=a%20b`)).toMatchObject({ code: 400 });
  expect(await ask('GET', `${pods}?fieldSelector=a`)).toMatchObject({ code: 400 });
});

test('what is not there, or not done here, is a Status that says so', async () => {
  const { ask } = cluster();
  expect((await ask('GET', `${pods}/none`)).value).toMatchObject({
    code: 404,
    reason: 'NotFound',
    message: 'pods "none" not found',
    details: { name: 'none', kind: 'pods' },
  });
  const sets = '/apis/apps/v1/namespaces/test/statefulsets';
  expect((await ask('GET', `${sets}/none`)).value).toMatchObject({
    message: 'statefulsets.apps "none" not found',
  });
  expect(await ask('PATCH', `${pods}/none`, {})).toMatchObject({ code: 404 });
  expect(await ask('DELETE', `${pods}/p`)).toMatchObject({ code: 405 });
  expect(await ask('GET', `${pods}/p/log`)).toMatchObject({ code: 405 });
  expect(await ask('GET', `${pods}/p/nothing`)).toMatchObject({ code: 404 });
  expect(await ask('GET', `${pods}/p/status`)).toMatchObject({ code: 200 });
  expect(await ask('POST', pods, {})).toMatchObject({ code: 405 });
  expect(await ask('PATCH', `${sets}/none`, {})).toMatchObject({ code: 405 });
  expect(await ask('GET', '/api/v1/namespaces/test/nothings')).toMatchObject({ code: 404 });
  expect(await ask('GET', '/apis/none/v1')).toMatchObject({ code: 404 });
});

test('discovery names the kinds that can be read', async () => {
  const { ask } = cluster();
  expect((await ask('GET', '/api')).value).toMatchObject({ versions: ['v1'] });
  expect((await ask('GET', '/apis/apps')).value).toMatchObject({
    preferredVersion: { groupVersion: 'apps/v1' },
  });
  const { value } = (await ask('GET', '/apis/apps/v1')) as { value: { resources: object[] } };
  expect(value.resources).toContainEqual(
    expect.objectContaining({ name: 'statefulsets', kind: 'StatefulSet', namespaced: true }),
  );
  expect(await ask('GET', '/api/apps/v1')).toMatchObject({ code: 403 });
  expect((await ask('GET', '/readyz')).value).toBe('ok');
});

test('a token is for its pod, its account, this API and this run', async () => {
  const { ask, store, pod, create } = cluster();
  expect((await ask('GET', `${pods}/p`)).code).toBe(200);
  const other = create('other', {});
  const asks = async (authorization: string) => {
    const url = new URL(`${pods}/p`, 'https://kubernetes.default.svc');
    const request = { method: 'GET', url, authorization, contentType: '', body: async () => '' };
    return answer(store, request, () => {}).then(
      () => 200,
      (error: ApiError) => error.code,
    );
  };
  const token = issueToken(store, other);
  expect(await asks(`Bearer ${token}`)).toBe(200);
  expect(await asks(`Bearer ${issueToken(store, other, 'vault')}`)).toBe(401);
  expect(await asks(`Basic ${token}`)).toBe(401);
  const [header, body, signature] = token.split('.');
  const forged = Buffer.from(
    `${Buffer.from(body ?? '', 'base64url')}`.replace('test:default', 'x:y'),
  );
  expect(await asks(`Bearer ${header}.${forged.toString('base64url')}.${signature}`)).toBe(401);
  expect(await asks(`Bearer ${header}.${body}.`)).toBe(401);
  expect(await asks('Bearer nonsense')).toBe(401);
  store.remove(other);
  expect(await asks(`Bearer ${token}`)).toBe(401);
  pod.spec.serviceAccountName = 'named';
  const account = store.create({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'named' },
  });
  const named = issueToken(store, pod);
  expect(await asks(`Bearer ${named}`)).toBe(403);
  store.remove(account);
  expect(await asks(`Bearer ${named}`)).toBe(401);
});

test('a watch tells what enters, changes and leaves its selection, also before it came', () => {
  const { store, create, pod } = cluster();
  const watches = new Watches(store);
  const resource = findResource('', 'v1', 'pods');
  if (!resource) throw new Error('no pods');
  const open = (query: string) => {
    const seen: string[] = [];
    const stop = watches.open(
      resource,
      new URLSearchParams(query),
      ({ type, object }: WatchEvent) =>
        seen.push(`${type} ${(object as Pod).metadata.name ?? ''}`.trim()),
    );
    return { seen, stop };
  };
  const { version } = store;
  const masters = open('labelSelector=role%3Dmaster');
  const all = open('sendInitialEvents=true');
  expect(all.seen).toEqual(['ADDED p', 'BOOKMARK']);
  pod.metadata.labels = { role: 'master' };
  store.changed(pod);
  store.changed(pod);
  pod.metadata.labels = {};
  store.changed(pod);
  expect(masters.seen).toEqual(['ADDED p', 'MODIFIED p', 'DELETED p']);
  const other = create('q', { role: 'master' });
  store.remove(other);
  create('r', {});
  const late = open(`resourceVersion=${version}`);
  expect(late.seen).toEqual(['DELETED q', 'ADDED p', 'ADDED r']);
  late.stop();
  create('s', {});
  expect(late.seen).toHaveLength(3);
  for (let index = 0; index < 600; index++) store.remove(create('t', {}));
  expect(() => open(`resourceVersion=${version}`)).toThrow('too old resource version');
});
