import { asList, asMap } from '../../model/json-value.ts';
import { didYouMean } from '../../model/suggestion.ts';
import { checkLabels } from './metadata.ts';
import { labelValue, qualifiedName } from './names.ts';
import {
  checkText,
  entries,
  field,
  items,
  type Part,
  type Problem,
  problem,
  requireText,
  textOf,
} from './part.ts';

const labelOperators = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** metav1.LabelSelector. */
export function* checkLabelSelector(selector: Part): Iterable<Problem> {
  yield* checkLabels(field(selector, 'matchLabels'));
  for (const expression of items(field(selector, 'matchExpressions'))) {
    yield* checkRequirement(expression, labelOperators);
  }
}

/** One requirement of a selector of labels or nodes. */
export function* checkRequirement(part: Part, operators: readonly string[]): Iterable<Problem> {
  yield* requireText(field(part, 'key'), qualifiedName);
  const operator = textOf(field(part, 'operator'));
  const values = field(part, 'values');
  const count = items(values).length;
  for (const value of items(values)) yield* checkText(value, labelValue);
  if (!operators.includes(operator)) {
    yield problem(
      field(part, 'operator'),
      `is ${operator || 'missing'}, must be one of ${operators.join(', ')}${didYouMean(operator, operators)}`,
    );
  } else if (operator === 'In' || operator === 'NotIn') {
    if (count === 0) yield problem(values, `must be given for the operator ${operator}`);
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (count !== 1) yield problem(values, `must be one value for the operator ${operator}`);
  } else if (count > 0) {
    yield problem(values, `may not be given for the operator ${operator}`);
  }
}

/** A workload's selector must be there, and select the pods that its own template makes. */
export function* checkOwnSelector(spec: Part): Iterable<Problem> {
  const selector = field(spec, 'selector');
  yield* checkLabelSelector(selector);
  const { matchLabels, matchExpressions } = asMap(selector.value);
  if (Object.keys(asMap(matchLabels)).length === 0 && asList(matchExpressions).length === 0) {
    yield problem(selector, 'is empty: it selects nothing');
    return;
  }
  const labels = field(spec, 'template', 'metadata', 'labels');
  const has = asMap(labels.value);
  for (const [key, wanted] of entries(field(selector, 'matchLabels'))) {
    if (textOf(wanted) === has[key]) continue;
    yield problem(
      field(labels, key),
      `does not match spec.selector: it wants ${key}=${textOf(wanted)}, they have ${key in has ? `${key}=${String(has[key])}` : 'no such label'}`,
      'spec.template.metadata.labels',
    );
  }
  for (const expression of items(field(selector, 'matchExpressions'))) {
    if (matches(expression, has)) continue;
    const { key, operator, values } = asMap(expression.value);
    yield problem(
      labels,
      `does not match spec.selector: it wants ${String(key)} ${String(operator)} ${asList(values).join(', ')}`.trimEnd(),
    );
  }
}

function matches(expression: Part, labels: Readonly<Record<string, unknown>>): boolean {
  const { key, operator, values } = asMap(expression.value);
  const value = labels[String(key)];
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  if (operator === 'In') return value !== undefined && asList(values).includes(value);
  return operator !== 'NotIn' || !asList(values).includes(value);
}
