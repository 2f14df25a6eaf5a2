import type { ObjectStore } from '../store/store.ts';
import { ApiError, detailsOf, qualified } from './api-error.ts';
import { defaultClusterRoles, discoveryRules, publicRules } from './default-roles.ts';
import type { PolicyRule, RoleRef, Subject } from './rbac-objects.ts';
import type { PathRequest, ResourceRequest } from './request-info.ts';

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

export const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/**
 * The RBAC authoriser: a request is allowed when a rule of a role that is bound to its user allows
 * it, and refused otherwise. There are no rules that forbid.
 * @throws ApiError 403 in the words of Kubernetes
 */
export function authorize(
  store: ObjectStore,
  user: User,
  request: ResourceRequest | PathRequest,
): void {
  const { rules, missing } = rulesFor(store, user, request);
  if (rules.some((rule) => allows(rule, request))) return;
  const because = missing.length > 0 ? `: RBAC: ${missing.join(', ')}` : '';
  throw forbidden(user, request, because);
}

function rulesFor(store: ObjectStore, user: User, request: ResourceRequest | PathRequest) {
  const rules: PolicyRule[] = [...publicRules];
  if (user.groups.includes('system:authenticated')) rules.push(...discoveryRules);
  const missing: string[] = [];
  const add = (reference: RoleRef, namespace: string | null) => {
    const found = rulesOf(store, reference, namespace);
    if (found) rules.push(...found);
    else {
      missing.push(
        `${reference.kind.toLowerCase()}.rbac.authorization.k8s.io "${reference.name}" not found`,
      );
    }
  };
  for (const { subjects = [], roleRef } of store.list('ClusterRoleBinding')) {
    if (subjects.some((subject) => isUser(subject, user, null))) add(roleRef, null);
  }
  if ('plural' in request && request.namespace === store.namespace) {
    for (const { subjects = [], roleRef } of store.list('RoleBinding')) {
      if (subjects.some((subject) => isUser(subject, user, store.namespace))) {
        add(roleRef, store.namespace);
      }
    }
  }
  return { rules, missing };
}

function rulesOf(
  store: ObjectStore,
  { kind, name }: RoleRef,
  namespace: string | null,
): readonly PolicyRule[] | null {
  if (kind === 'Role') return namespace === null ? null : rulesIn(store.get('Role', name));
  return rulesIn(store.get('ClusterRole', name)) ?? defaultClusterRoles.get(name) ?? null;
}

function rulesIn(role: { rules?: PolicyRule[] | null } | undefined): PolicyRule[] | null {
  return role ? (role.rules ?? []) : null;
}

/** A ServiceAccount without a namespace is one of the binding's. */
function isUser(subject: Subject, user: User, bindingNamespace: string | null): boolean {
  if (subject.kind === 'User') return subject.name === user.name;
  if (subject.kind === 'Group') return user.groups.includes(subject.name);
  const namespace = subject.namespace || bindingNamespace;
  return (
    subject.kind === 'ServiceAccount' &&
    namespace !== null &&
    user.name === `system:serviceaccount:${namespace}:${subject.name}`
  );
}

/** Whether one rule allows the request (rbac.RuleAllows of Kubernetes). */
export function allows(rule: PolicyRule, request: ResourceRequest | PathRequest): boolean {
  if (!has(rule.verbs, request.verb)) return false;
  if (!('plural' in request)) {
    return (rule.nonResourceURLs ?? []).some((pattern) =>
      pattern.endsWith('*')
        ? request.path.startsWith(pattern.slice(0, -1))
        : request.path === pattern,
    );
  }
  const { group, plural, subresource, name } = request;
  const resources = rule.resources ?? [];
  const names = rule.resourceNames ?? [];
  const asked = subresource === null ? plural : `${plural}/${subresource}`;
  return (
    has(rule.apiGroups ?? [], group) &&
    (has(resources, asked) || (subresource !== null && resources.includes(`*/${subresource}`))) &&
    (names.length === 0 || (name !== null && names.includes(name)))
  );
}

function has(wanted: readonly string[], value: string): boolean {
  return wanted.includes('*') || wanted.includes(value);
}

function forbidden(user: User, request: ResourceRequest | PathRequest, because: string): ApiError {
  if (!('plural' in request)) {
    const message = `forbidden: User "${user.name}" cannot ${request.verb} path "${request.path}"${because}`;
    return new ApiError(403, 'Forbidden', message, {});
  }
  const { verb, group, plural, subresource, namespace, name } = request;
  const resource = subresource === null ? plural : `${plural}/${subresource}`;
  const what = `${qualified(request)}${name === null ? '' : ` "${name}"`}`;
  const where = namespace === null ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const message = `${what} is forbidden: User "${user.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}${because}`;
  return new ApiError(403, 'Forbidden', message, detailsOf(request, name));
}
