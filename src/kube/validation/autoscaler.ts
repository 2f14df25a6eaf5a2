import { pathSegment } from './names.ts';
import {
  checkRange,
  field,
  isGiven,
  items,
  numberOf,
  type Part,
  type Problem,
  problem,
  requireText,
  textOf,
} from './part.ts';
import { quantityOf } from './quantity.ts';

/** The metric's own source is named after its type. */
const sourceOf: Readonly<Record<string, string>> = {
  Resource: 'resource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
  ContainerResource: 'containerResource',
};
const hour = 3600;
const halfHour = 1800;

export function* checkAutoscaler(object: Part): Iterable<Problem> {
  const spec = field(object, 'spec');
  const least = field(spec, 'minReplicas');
  const most = field(spec, 'maxReplicas');
  yield* checkRange(least, 1);
  yield* checkRange(most, 1);
  if ((numberOf(most) ?? 1) < (numberOf(least) ?? 1)) {
    yield problem(most, `(${numberOf(most)}) must be minReplicas (${numberOf(least)}) or more`);
  }
  for (const name of ['kind', 'name']) {
    yield* requireText(field(spec, 'scaleTargetRef', name), pathSegment);
  }
  for (const metric of items(field(spec, 'metrics'))) yield* checkMetric(metric);
  for (const name of ['scaleUp', 'scaleDown']) yield* checkBehaviour(field(spec, 'behavior', name));
}

function* checkMetric(metric: Part): Iterable<Problem> {
  const type = field(metric, 'type');
  const name = sourceOf[textOf(type)];
  if (name === undefined) {
    yield problem(
      type,
      `is ${textOf(type) || 'missing'}, must be one of ${Object.keys(sourceOf).join(', ')}`,
    );
    return;
  }
  const source = field(metric, name);
  if (!isGiven(source)) {
    yield problem(source, `is missing for the type ${textOf(type)}`);
    return;
  }
  if (name !== 'resource' && name !== 'containerResource') return;
  yield* requireText(field(source, 'name'));
  const target = field(source, 'target');
  const share = field(target, 'averageUtilization');
  const average = field(target, 'averageValue');
  if (isGiven(share) && isGiven(average)) {
    yield problem(average, 'may not be given beside averageUtilization');
  }
  if (!isGiven(share) && !isGiven(average)) {
    yield problem(share, 'or averageValue is missing');
  }
  yield* checkRange(share, 1);
  for (const name of ['averageValue', 'value']) {
    const amount = field(target, name);
    if ((quantityOf(amount.value) ?? 1n) <= 0n) yield problem(amount, 'must be more than 0');
  }
}

function* checkBehaviour(rules: Part): Iterable<Problem> {
  yield* checkRange(field(rules, 'stabilizationWindowSeconds'), 0, hour);
  const policies = field(rules, 'policies');
  if (isGiven(policies) && items(policies).length === 0)
    yield problem(policies, 'needs one at least');
  for (const policy of items(policies)) {
    const type = field(policy, 'type');
    if (!['Pods', 'Percent'].includes(textOf(type))) {
      yield problem(type, `is ${textOf(type) || 'missing'}, must be Pods or Percent`);
    }
    yield* checkRange(field(policy, 'value'), 1);
    yield* checkRange(field(policy, 'periodSeconds'), 1, halfHour);
  }
}
