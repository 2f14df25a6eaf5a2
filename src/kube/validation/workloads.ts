import { formatPath } from '../field-check.ts';
import { checkAnnotations, checkLabels } from './metadata.ts';
import { dnsLabel } from './names.ts';
import {
  checkNotNegative,
  checkRange,
  checkText,
  field,
  isGiven,
  items,
  numberOf,
  type Part,
  type Problem,
  problem,
  textOf,
} from './part.ts';
import { checkPodSpec } from './pod.ts';
import { checkOwnSelector } from './selectors.ts';
import { checkShare, isZero, rolling } from './share.ts';
import { checkClaimSpec } from './storage.ts';

/** apps/v1 DefaultProgressDeadlineSeconds. */
const defaultProgressSeconds = 600;

export function* checkStatefulSet(object: Part): Iterable<Problem> {
  const spec = field(object, 'spec');
  const claims = items(field(spec, 'volumeClaimTemplates'));
  const names = claims.map((claim) => textOf(field(claim, 'metadata', 'name')));
  yield* checkClaimNames(spec, claims);
  yield* checkText(field(spec, 'serviceName'), dnsLabel);
  yield* checkController(spec, names);
  yield* checkNotNegative(field(spec, 'ordinals'), 'start');
  for (const claim of claims) yield* checkClaimSpec(field(claim, 'spec'));
  const strategy = field(spec, 'updateStrategy');
  const update = field(strategy, 'rollingUpdate');
  yield* checkNotNegative(update, 'partition');
  if (textOf(field(strategy, 'type')) === 'OnDelete' && isGiven(update)) {
    yield problem(update, 'may be given for the type RollingUpdate only');
  }
}

/** A claim is a volume of the pods: the API server finds its name wrong there. */
function* checkClaimNames(spec: Part, claims: readonly Part[]): Iterable<Problem> {
  for (const [index, claim] of claims.entries()) {
    const name = field(claim, 'metadata', 'name');
    const called = formatPath([...spec.path, 'template', 'spec', 'volumes', index, 'name']);
    if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(textOf(name))) continue;
    yield problem(
      name,
      'must be lower-case letters, digits and dashes: a claim is a volume of the pods',
      called,
    );
  }
}

export function* checkDeployment(object: Part): Iterable<Problem> {
  const spec = field(object, 'spec');
  yield* checkNotNegative(spec, 'revisionHistoryLimit');
  yield* checkController(spec, []);
  const strategy = field(spec, 'strategy');
  const update = field(strategy, 'rollingUpdate');
  if (textOf(field(strategy, 'type')) === 'Recreate' && isGiven(update)) {
    yield problem(update, 'may not be given for the type Recreate');
  }
  const { surge, unavailable } = rolling(strategy);
  yield* checkShare(surge);
  yield* checkShare(unavailable, 100);
  if (isZero(surge) && isZero(unavailable)) {
    yield problem(unavailable, 'may not be 0 where maxSurge is 0: nothing could be replaced');
  }
  const progress = field(spec, 'progressDeadlineSeconds');
  const seconds = numberOf(progress) ?? defaultProgressSeconds;
  const ready = numberOf(field(spec, 'minReadySeconds')) ?? 0;
  yield* checkRange(progress, 0);
  if (seconds <= ready) {
    yield problem(progress, `(${seconds}) must be more than minReadySeconds (${ready})`);
  }
}

export function* checkReplicaSet(object: Part): Iterable<Problem> {
  yield* checkController(field(object, 'spec'), []);
}

export function* checkDaemonSet(object: Part): Iterable<Problem> {
  const spec = field(object, 'spec');
  yield* checkController(spec, []);
  yield* checkNotNegative(spec, 'revisionHistoryLimit');
  const { surge, unavailable } = rolling(field(spec, 'updateStrategy'));
  yield* checkShare(surge, 100);
  yield* checkShare(unavailable, 100);
  const surges = isGiven(surge) && !isZero(surge);
  if (surges && !isZero(unavailable)) {
    yield problem(surge, 'may not be given where maxUnavailable is not 0 (it is 1 if left out)');
  }
  if (!surges && isZero(unavailable)) {
    yield problem(unavailable, 'may not be 0 where maxSurge is 0: nothing could be replaced');
  }
}

/** What all workloads that keep pods running have in common. */
function* checkController(spec: Part, claims: readonly string[]): Iterable<Problem> {
  yield* checkNotNegative(spec, 'replicas', 'minReadySeconds');
  yield* checkOwnSelector(spec);
  yield* checkTemplate(spec, claims);
  const pod = field(spec, 'template', 'spec');
  const policy = field(pod, 'restartPolicy');
  if (!['', 'Always'].includes(textOf(policy))) {
    yield problem(
      policy,
      `is ${textOf(policy)}, must be Always: this workload keeps its pods running`,
    );
  }
  const deadline = field(pod, 'activeDeadlineSeconds');
  if (isGiven(deadline)) yield problem(deadline, 'may be given for Pods and Jobs only');
}

/** A pod template: its metadata, and the pod itself. */
export function* checkTemplate(spec: Part, claims: readonly string[]): Iterable<Problem> {
  const template = field(spec, 'template');
  const metadata = field(template, 'metadata');
  yield* checkLabels(field(metadata, 'labels'), formatPath([...template.path, 'labels']));
  yield* checkAnnotations(field(metadata, 'annotations'));
  yield* checkPodSpec(field(template, 'spec'), claims);
}
