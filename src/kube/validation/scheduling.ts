import { formatPath } from '../field-check.ts';
import { checkLabels } from './metadata.ts';
import { dnsLabel, labelValue, qualifiedName } from './names.ts';
import {
  checkRange,
  checkText,
  field,
  isGiven,
  items,
  type Part,
  type Problem,
  problem,
  requireText,
  textOf,
} from './part.ts';
import { checkLabelSelector, checkRequirement } from './selectors.ts';

const nodeOperators = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];
const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Where a pod may run: its nodeSelector, tolerations, affinity and spread. */
export function* checkScheduling(spec: Part): Iterable<Problem> {
  yield* checkLabels(field(spec, 'nodeSelector'));
  for (const toleration of items(field(spec, 'tolerations'))) yield* checkToleration(toleration);
  for (const spread of items(field(spec, 'topologySpreadConstraints'))) {
    yield* checkRange(field(spread, 'maxSkew'), 1);
    yield* requireText(field(spread, 'topologyKey'));
    yield* checkSpread(spread);
    yield* checkLabelSelector(field(spread, 'labelSelector'));
  }
  const affinity = field(spec, 'affinity');
  yield* checkNodeAffinity(field(affinity, 'nodeAffinity'));
  for (const name of ['podAffinity', 'podAntiAffinity']) {
    const terms = field(affinity, name);
    for (const term of items(field(terms, required))) yield* checkPodTerm(term);
    for (const weighted of items(field(terms, preferred))) {
      yield* checkRange(field(weighted, 'weight'), 1, 100);
      yield* checkPodTerm(field(weighted, 'podAffinityTerm'));
    }
  }
}

function* checkSpread(spread: Part): Iterable<Problem> {
  const keys = field(spread, 'matchLabelKeys');
  for (const key of items(keys)) yield* requireText(key, qualifiedName);
  if (items(keys).length > 0 && !isGiven(field(spread, 'labelSelector'))) {
    yield problem(keys, 'may not be given without labelSelector');
  }
  const domains = field(spread, 'minDomains');
  yield* checkRange(domains, 1);
  if (isGiven(domains) && textOf(field(spread, 'whenUnsatisfiable')) !== 'DoNotSchedule') {
    yield problem(domains, 'is for whenUnsatisfiable DoNotSchedule only');
  }
}

function* checkToleration(toleration: Part): Iterable<Problem> {
  const key = field(toleration, 'key');
  const operator = field(toleration, 'operator');
  const isExists = textOf(operator) === 'Exists';
  yield* checkText(key, qualifiedName);
  if (textOf(key) === '' && !isExists) yield problem(operator, 'must be Exists where key is empty');
  if (isExists && textOf(field(toleration, 'value')) !== '') {
    yield problem(operator, 'may not be Exists beside a value');
  }
  const wrongValue = isExists ? null : labelValue(textOf(field(toleration, 'value')));
  if (wrongValue !== null) {
    yield problem(
      field(toleration, 'value'),
      `has a value that ${wrongValue}`,
      formatPath(operator.path),
    );
  }
  const seconds = field(toleration, 'tolerationSeconds');
  const effect = field(toleration, 'effect');
  if (isGiven(seconds) && textOf(effect) !== 'NoExecute') {
    yield problem(effect, 'must be NoExecute where tolerationSeconds is given');
  }
}

function* checkNodeAffinity(affinity: Part): Iterable<Problem> {
  const selector = field(affinity, required);
  const terms = field(selector, 'nodeSelectorTerms');
  if (isGiven(selector) && items(terms).length === 0) yield problem(terms, 'needs one at least');
  const all = [
    ...items(terms),
    ...items(field(affinity, preferred)).map((one) => field(one, 'preference')),
  ];
  for (const one of items(field(affinity, preferred)))
    yield* checkRange(field(one, 'weight'), 1, 100);
  for (const term of all) {
    for (const name of ['matchExpressions', 'matchFields']) {
      for (const one of items(field(term, name))) yield* checkRequirement(one, nodeOperators);
    }
  }
}

function* checkPodTerm(term: Part): Iterable<Problem> {
  yield* requireText(field(term, 'topologyKey'), qualifiedName);
  yield* checkLabelSelector(field(term, 'labelSelector'));
  yield* checkLabelSelector(field(term, 'namespaceSelector'));
  for (const namespace of items(field(term, 'namespaces'))) {
    yield* requireText(namespace, dnsLabel, formatPath([...term.path, 'namespace']));
  }
  for (const name of ['matchLabelKeys', 'mismatchLabelKeys']) {
    const keys = field(term, name);
    for (const key of items(keys)) yield* requireText(key, qualifiedName);
    if (items(keys).length > 0 && !isGiven(field(term, 'labelSelector'))) {
      yield problem(keys, 'may not be given without labelSelector');
    }
  }
}
