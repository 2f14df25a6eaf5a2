import { asMap } from '../../model/json-value.ts';
import { formatPath } from '../field-check.ts';
import { scheduleProblem } from './cron-schedule.ts';
import { domainPath } from './names.ts';
import {
  checkNotNegative,
  field,
  isGiven,
  items,
  type Part,
  type Problem,
  problem,
  requireText,
  textOf,
} from './part.ts';
import { checkOwnSelector } from './selectors.ts';
import { checkTemplate } from './workloads.ts';

export function* checkJob(object: Part): Iterable<Problem> {
  const spec = field(object, 'spec');
  yield* checkJobSpec(spec);
  const name = field(object, 'metadata', 'name');
  if (textOf(name).length > 63) {
    yield problem(
      name,
      'must be 63 characters at most: it is a label of its pods',
      'spec.template.labels',
    );
  }
  const selector = field(spec, 'selector');
  if (field(spec, 'manualSelector').value === true) yield* checkOwnSelector(spec);
  else if (Object.keys(asMap(selector.value)).length > 0) {
    yield problem(
      selector,
      'is made by Kubernetes, and may be given with manualSelector: true only',
    );
  }
}

export function* checkCronJob(object: Part): Iterable<Problem> {
  const spec = field(object, 'spec');
  yield* requireText(field(spec, 'schedule'), scheduleProblem);
  const zone = field(spec, 'timeZone');
  if (isGiven(zone)) yield* requireText(zone, timeZoneProblem);
  yield* checkNotNegative(
    spec,
    'startingDeadlineSeconds',
    'successfulJobsHistoryLimit',
    'failedJobsHistoryLimit',
  );
  yield* checkJobSpec(field(spec, 'jobTemplate', 'spec'));
}

function* checkJobSpec(spec: Part): Iterable<Problem> {
  yield* checkNotNegative(
    spec,
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  );
  yield* checkTemplate(spec, []);
  const policy = field(spec, 'template', 'spec', 'restartPolicy');
  if (!['OnFailure', 'Never'].includes(textOf(policy))) {
    yield problem(policy, `is ${textOf(policy) || 'missing'}, must be OnFailure or Never in a Job`);
  }
  const failures = field(spec, 'podFailurePolicy');
  if (isGiven(failures) && textOf(policy) === 'OnFailure') {
    yield problem(policy, `must be Never with ${formatPath(failures.path)}`);
  }
  const isIndexed = textOf(field(spec, 'completionMode')) === 'Indexed';
  const completions = field(spec, 'completions');
  if (isIndexed && isGiven(field(spec, 'parallelism')) && !isGiven(completions)) {
    yield problem(completions, 'is missing for the completionMode Indexed');
  }
  const perIndex = field(spec, 'backoffLimitPerIndex');
  const failed = field(spec, 'maxFailedIndexes');
  for (const part of [perIndex, failed]) {
    if (isGiven(part) && !isIndexed) yield problem(part, 'is for the completionMode Indexed only');
  }
  if (isGiven(failed) && !isGiven(perIndex)) {
    yield problem(perIndex, 'is missing beside maxFailedIndexes');
  }
  const manager = field(spec, 'managedBy');
  if (isGiven(manager)) yield* requireText(manager, domainPath);
  if (items(field(failures, 'rules')).length > 20) {
    yield problem(field(failures, 'rules'), 'must be 20 at most');
  }
}

function timeZoneProblem(name: string): string | null {
  const unknown = `is ${name}, which is no time zone`;
  if (name.toLowerCase() === 'local') return unknown;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return null;
  } catch {
    return unknown;
  }
}
