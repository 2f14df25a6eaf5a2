import { dnsSubdomain, pathSegment } from './names.ts';
import {
  field,
  isGiven,
  items,
  type Part,
  type Problem,
  problem,
  requireText,
  textOf,
} from './part.ts';
import { checkLabelSelector } from './selectors.ts';

const group = 'rbac.authorization.k8s.io';

export function* checkRole(object: Part): Iterable<Problem> {
  yield* checkRules(object, false);
}

export function* checkClusterRole(object: Part): Iterable<Problem> {
  const selectors = field(object, 'aggregationRule', 'clusterRoleSelectors');
  if (isGiven(field(object, 'aggregationRule')) && items(selectors).length === 0) {
    yield problem(selectors, 'needs one at least');
  }
  for (const selector of items(selectors)) yield* checkLabelSelector(selector);
  yield* checkRules(object, true);
}

function* checkRules(object: Part, isClusterWide: boolean): Iterable<Problem> {
  for (const rule of items(field(object, 'rules'))) {
    const empty = (name: string) => items(field(rule, name)).length === 0;
    const urls = field(rule, 'nonResourceURLs');
    if (empty('verbs')) yield problem(field(rule, 'verbs'), 'needs one at least');
    if (!empty('nonResourceURLs')) {
      if (!isClusterWide) yield problem(urls, 'may be given in a ClusterRole only');
      const others = ['apiGroups', 'resources', 'resourceNames'];
      if (others.some((name) => !empty(name))) {
        yield problem(urls, 'may not be given beside resources');
      }
      continue;
    }
    if (empty('apiGroups')) {
      yield problem(field(rule, 'apiGroups'), 'needs one at least; "" is the core group');
    }
    if (empty('resources')) yield problem(field(rule, 'resources'), 'needs one at least');
  }
}

export function* checkRoleBinding(object: Part): Iterable<Problem> {
  yield* checkBinding(object, ['Role', 'ClusterRole'], true);
}

export function* checkClusterRoleBinding(object: Part): Iterable<Problem> {
  yield* checkBinding(object, ['ClusterRole'], false);
}

function* checkBinding(
  object: Part,
  roles: readonly string[],
  hasNamespace: boolean,
): Iterable<Problem> {
  const kind = field(object, 'roleRef', 'kind');
  const apiGroup = field(object, 'roleRef', 'apiGroup');
  if (!roles.includes(textOf(kind))) {
    yield problem(kind, `is ${textOf(kind) || 'missing'}, must be ${roles.join(' or ')}`);
  }
  if (!['', group].includes(textOf(apiGroup))) {
    yield problem(apiGroup, `is ${textOf(apiGroup)}, must be ${group}`);
  }
  yield* requireText(field(object, 'roleRef', 'name'), pathSegment);
  for (const subject of items(field(object, 'subjects')))
    yield* checkSubject(subject, hasNamespace);
}

function* checkSubject(subject: Part, hasNamespace: boolean): Iterable<Problem> {
  const kind = field(subject, 'kind');
  const apiGroup = field(subject, 'apiGroup');
  const isAccount = textOf(kind) === 'ServiceAccount';
  if (!['ServiceAccount', 'User', 'Group'].includes(textOf(kind))) {
    yield problem(kind, `is ${textOf(kind) || 'missing'}, must be ServiceAccount, User or Group`);
    return;
  }
  yield* requireText(field(subject, 'name'), isAccount ? dnsSubdomain : () => null);
  const namespace = field(subject, 'namespace');
  if (isAccount && !hasNamespace && textOf(namespace) === '') {
    yield problem(namespace, 'is missing: a ServiceAccount has a namespace');
  }
  const wanted = isAccount ? '' : group;
  const given = textOf(apiGroup) || wanted;
  if (given !== wanted)
    yield problem(apiGroup, `must be ${wanted || 'empty'} for a ${textOf(kind)}`);
}
