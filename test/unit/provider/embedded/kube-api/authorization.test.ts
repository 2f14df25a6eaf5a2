import { expect, test } from 'vitest';
import { ApiError } from '../../../../../src/provider/embedded/agent/kube-api/api-error.ts';
import {
  allows,
  authorize,
} from '../../../../../src/provider/embedded/agent/kube-api/authorization.ts';
import type { PolicyRule } from '../../../../../src/provider/embedded/agent/kube-api/rbac-objects.ts';
import { requestInfo } from '../../../../../src/provider/embedded/agent/kube-api/request-info.ts';
import { fakeCluster } from '../cluster.ts';

const pod = '/api/v1/namespaces/test/pods/p';
const asked = (method: string, path: string) =>
  requestInfo(method, new URL(path, 'https://kubernetes.default.svc'));
const podRule = (more: Partial<PolicyRule>): PolicyRule => ({
  apiGroups: [''],
  resources: ['pods'],
  verbs: ['get'],
  ...more,
});
const user = {
  name: 'system:serviceaccount:test:labeller',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:test', 'system:authenticated'],
};

test.each([
  ['GET', pod, 'get', 'p'],
  ['GET', '/api/v1/namespaces/test/pods', 'list', null],
  ['GET', '/api/v1/namespaces/test/pods?watch=1', 'watch', null],
  ['GET', '/api/v1/namespaces/test/pods?fieldSelector=metadata.name%3Dp', 'list', 'p'],
  ['GET', '/api/v1/namespaces/test/pods?fieldSelector=metadata.name!%3Dp', 'list', null],
  ['PATCH', pod, 'patch', 'p'],
  ['PUT', pod, 'update', 'p'],
  ['POST', '/api/v1/namespaces/test/pods', 'create', null],
  ['DELETE', pod, 'delete', 'p'],
  ['DELETE', '/api/v1/namespaces/test/pods', 'deletecollection', null],
])('%s %s is %s of %s', (method, path, verb, name) => {
  expect(asked(method, path)).toMatchObject({ verb, name, plural: 'pods', namespace: 'test' });
});

test('paths of groups, subresources, namespaces and discovery are read as such', () => {
  expect(asked('GET', '/apis/apps/v1/namespaces/test/statefulsets/s/scale')).toMatchObject({
    group: 'apps',
    plural: 'statefulsets',
    name: 's',
    subresource: 'scale',
  });
  const namespace = { plural: 'namespaces', name: 'test', namespace: 'test' };
  expect(asked('GET', '/api/v1/namespaces/test')).toMatchObject(namespace);
  expect(asked('GET', '/api/v1/pods')).toMatchObject({ plural: 'pods', namespace: null });
  expect(asked('GET', '/apis/apps/v1')).toEqual({ verb: 'get', path: '/apis/apps/v1' });
  expect(asked('GET', '/version')).toEqual({ verb: 'get', path: '/version' });
});

test.each<[string, Partial<PolicyRule>, string, string, boolean]>([
  ['the verb', {}, 'GET', pod, true],
  ['another verb', {}, 'PATCH', pod, false],
  ['any verb', { verbs: ['*'] }, 'PATCH', pod, true],
  ['another resource', { resources: ['services'] }, 'GET', pod, false],
  ['any resource', { resources: ['*'] }, 'GET', pod, true],
  ['another group', { apiGroups: ['apps'] }, 'GET', pod, false],
  ['any group', { apiGroups: ['*'] }, 'GET', pod, true],
  ['its name', { resourceNames: ['o', 'p'] }, 'GET', pod, true],
  ['another name', { resourceNames: ['o'] }, 'GET', pod, false],
  ['a name for a list', { verbs: ['list'], resourceNames: ['p'] }, 'GET', '/api/v1/pods', false],
  ['a subresource is not its resource', {}, 'GET', `${pod}/status`, false],
  ['a subresource', { resources: ['pods/status'] }, 'GET', `${pod}/status`, true],
  ['a subresource of anything', { resources: ['*/status'] }, 'GET', `${pod}/status`, true],
])('a rule and a request: %s', (_, rule, method, path, allowed) => {
  expect(allows(podRule(rule), asked(method, path))).toBe(allowed);
});

test('a pattern of paths ends in a star', () => {
  const rule: PolicyRule = { nonResourceURLs: ['/apis/*', '/api'], verbs: ['get'] };
  expect(allows(rule, asked('GET', '/apis/apps'))).toBe(true);
  expect(allows(rule, asked('GET', '/api'))).toBe(true);
  expect(allows(rule, asked('GET', '/metrics'))).toBe(false);
  expect(allows(podRule({}), asked('GET', '/api'))).toBe(false);
});

/** A store in which the role has the rule, and a binding of this kind names the subject. */
function bindings(subject: object, over: { kind?: string; role?: string; scope?: string } = {}) {
  const { store } = fakeCluster();
  const rules = [podRule({})];
  store.create({ apiVersion: 'v1', kind: 'Role', metadata: { name: 'r' }, rules });
  store.create({ apiVersion: 'v1', kind: 'ClusterRole', metadata: { name: 'c' }, rules });
  store.create({
    apiVersion: 'v1',
    kind: over.scope ?? 'RoleBinding',
    metadata: { name: 'b' },
    subjects: [subject],
    roleRef: { kind: over.kind ?? 'Role', name: over.role ?? 'r' },
  });
  return store;
}
const refusal = (store: ReturnType<typeof bindings>, method = 'GET', path = pod): string | null => {
  try {
    authorize(store, user, asked(method, path));
    return null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    expect([error.code, error.reason]).toEqual([403, 'Forbidden']);
    return error.message;
  }
};
const account = { kind: 'ServiceAccount', name: 'labeller' };
const may = `User "${user.name}" cannot`;

test.each<[string, object, boolean]>([
  ['the account, of the same namespace', account, true],
  ['the account by its namespace', { ...account, namespace: 'test' }, true],
  ['an account of another namespace', { ...account, namespace: 'other' }, false],
  ['another account', { ...account, name: 'other' }, false],
  ['its user name', { kind: 'User', name: user.name }, true],
  ['all accounts', { kind: 'Group', name: 'system:serviceaccounts' }, true],
  ['all accounts of the namespace', { kind: 'Group', name: 'system:serviceaccounts:test' }, true],
  ['all accounts of another', { kind: 'Group', name: 'system:serviceaccounts:other' }, false],
])('a binding names %s', (_, subject, allowed) => {
  expect(refusal(bindings(subject)) === null).toBe(allowed);
});

test('bindings refer to roles, cluster roles and those that every cluster has', () => {
  const namespaced = { ...account, namespace: 'test' };
  expect(refusal(bindings(account, { kind: 'ClusterRole', role: 'c' }))).toBe(null);
  expect(refusal(bindings(account, { kind: 'ClusterRole', role: 'view' }))).toBe(null);
  expect(refusal(bindings(account, { kind: 'ClusterRole', role: 'edit' }), 'PATCH')).toBe(null);
  expect(refusal(bindings(account, { kind: 'ClusterRole', role: 'view' }), 'PATCH')).toContain(may);
  const everywhere = { scope: 'ClusterRoleBinding', kind: 'ClusterRole', role: 'c' };
  expect(refusal(bindings(namespaced, everywhere))).toBe(null);
  expect(refusal(bindings(account, everywhere))).toContain(may);
});

test('a binding in a namespace says nothing about the cluster or another namespace', () => {
  const store = bindings(account, { kind: 'ClusterRole', role: 'cluster-admin' });
  expect(refusal(store, 'PATCH')).toBe(null);
  expect(refusal(store, 'GET', '/api/v1/pods')).toBe(
    `pods is forbidden: ${may} list resource "pods" in API group "" at the cluster scope`,
  );
  expect(refusal(store, 'GET', '/apis/apps/v1/namespaces/other/statefulsets/s')).toBe(
    `statefulsets.apps "s" is forbidden: ${may} get resource "statefulsets" in API group "apps" in the namespace "other"`,
  );
});

test('a refusal names the role that is bound and not there', () => {
  expect(refusal(bindings(account, { role: 'gone' }))).toBe(
    `pods "p" is forbidden: ${may} get resource "pods" in API group "" in the namespace "test": RBAC: role.rbac.authorization.k8s.io "gone" not found`,
  );
});
