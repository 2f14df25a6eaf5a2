import { expect, test } from 'vitest';
import {
  accountOf,
  mountsToken,
} from '../../../../src/provider/embedded/agent/kubelet/account-tokens.ts';
import { fakeCluster, newStatefulSet, template } from './cluster.ts';

const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'named' } } as const;
const named = { ...template(), spec: { ...template().spec, serviceAccountName: 'named' } };
const why = 'error looking up service account test/named: serviceaccount "named" not found';
const selector = { matchLabels: { app: 'a' } };
const of = (kind: 'ReplicaSet' | 'Job', spec: object) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 's' },
  spec: { ...spec, template: named },
  status: {},
});

test.each([
  [
    newStatefulSet({ template: named, replicas: 1 }),
    `create Pod s-0 in StatefulSet s failed error: pods "s-0" is forbidden: ${why}`,
  ],
  [of('ReplicaSet', { replicas: 1, selector }), `Error creating: pods "s-" is forbidden: ${why}`],
  [of('Job', {}), `Error creating: pods "s-" is forbidden: ${why}`],
])('a controller waits for the account of its pods, and says so once', (owner, message) => {
  const { store, settle, names } = fakeCluster();
  store.create(owner);
  settle();
  settle();
  expect(names()).toEqual([]);
  const events = store.list('Event').map(({ reason, message: text, count }) => ({
    reason,
    text,
    count,
  }));
  expect(events).toEqual([{ reason: 'FailedCreate', text: message, count: 1 }]);
  store.create(account);
  settle();
  expect(names()).toHaveLength(1);
});

test('the account of a pod goes by either name, and its pods have its token unless one says no', () => {
  const { store } = fakeCluster();
  const pod = (spec: object) =>
    store.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { ...template().spec, ...spec },
      status: { phase: 'Pending', conditions: [] },
    });
  expect(accountOf(pod({}))).toBe('default');
  expect(accountOf(pod({ serviceAccount: 'old' }))).toBe('old');
  expect(accountOf(pod({ serviceAccount: 'old', serviceAccountName: 'new' }))).toBe('new');
  expect(mountsToken(store, pod({}))).toBe(true);
  expect(mountsToken(store, pod({ automountServiceAccountToken: false }))).toBe(false);
  store.create({ ...account, automountServiceAccountToken: false });
  const serviceAccountName = 'named';
  expect(mountsToken(store, pod({ serviceAccountName }))).toBe(false);
  const wants = { serviceAccountName, automountServiceAccountToken: true };
  expect(mountsToken(store, pod(wants))).toBe(true);
});
