import { didYouMean } from '../../model/suggestion.ts';
import { formatPath } from '../field-check.ts';
import { checkEnvironment } from './environment.ts';
import { dnsLabel, pathInside, portName } from './names.ts';
import {
  checkRange,
  checkText,
  field,
  isGiven,
  items,
  numberOf,
  type Part,
  type Problem,
  problem,
  refuseTwice,
  requireText,
  textOf,
} from './part.ts';
import { checkHooks, checkProbes } from './probes.ts';
import { checkResources } from './resources.ts';
import { checkContainerSecurity } from './security.ts';

/** What a container's rules need of its pod. */
export interface PodFacts {
  /** Names of what can be mounted: volumes, and a StatefulSet's claims. */
  readonly volumes: readonly string[];
  readonly graceSeconds: number | null;
  readonly hostNetwork: boolean;
}

export function* checkContainer(container: Part, pod: PodFacts): Iterable<Problem> {
  yield* requireText(field(container, 'name'), dnsLabel);
  const image = field(container, 'image');
  yield* requireText(image);
  if (textOf(image) !== textOf(image).trim())
    yield problem(image, 'must not begin or end in a space');
  yield* checkPorts(container, pod);
  yield* checkEnvironment(container);
  yield* checkMounts(container, pod.volumes);
  yield* checkProbes(container);
  yield* checkHooks(container, pod.graceSeconds);
  yield* checkResources(container);
  yield* checkContainerSecurity(container);
  // server-side apply refuses what `create` takes: two entries of one name
  yield* refuseTwice(
    items(field(container, 'env')),
    (variable) => textOf(field(variable, 'name')) || null,
    (variable) => field(variable, 'name'),
  );
}

/** An init container that is none of a sidecar's kind runs to its end: nothing probes it. */
export function* checkInitContainer(container: Part): Iterable<Problem> {
  if (textOf(field(container, 'restartPolicy')) === 'Always') return;
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle']) {
    const part = field(container, name);
    if (!isGiven(part)) continue;
    yield problem(part, 'may not be given for an init container without restartPolicy Always');
  }
}

function* checkPorts(container: Part, pod: PodFacts): Iterable<Problem> {
  const ports = items(field(container, 'ports'));
  for (const port of ports) {
    const number = field(port, 'containerPort');
    const host = field(port, 'hostPort');
    yield* checkText(field(port, 'name'), portName);
    yield* checkRange(number, 1, 65_535);
    yield* checkRange(host, 0, 65_535);
    if (pod.hostNetwork && numberOf(host) && numberOf(host) !== numberOf(number)) {
      yield problem(host, 'must be containerPort where hostNetwork is true');
    }
  }
  const nameOf = (port: Part) => textOf(field(port, 'name')) || null;
  yield* refuseTwice(ports, nameOf, (port) => field(port, 'name'));
  yield* refuseTwice(ports, portOf, (port) => field(port, 'containerPort'));
}

/** `6379/TCP`. */
function portOf(port: Part): string | null {
  const number = numberOf(field(port, 'containerPort'));
  return number === null ? null : `${number}/${textOf(field(port, 'protocol')) || 'TCP'}`;
}

function* checkMounts(container: Part, volumes: readonly string[]): Iterable<Problem> {
  const mounts = items(field(container, 'volumeMounts'));
  const called = (name: string) => formatPath([...container.path, 'volumeMounts', name]);
  for (const mount of mounts) {
    const name = field(mount, 'name');
    yield* requireText(name);
    yield* requireText(field(mount, 'mountPath'));
    if (textOf(name) !== '' && !volumes.includes(textOf(name))) {
      yield problem(
        name,
        `is ${textOf(name)}, which is no volume of the pod${didYouMean(textOf(name), volumes)} (it has: ${volumes.join(', ') || 'none'})`,
      );
    }
    const expression = field(mount, 'subPathExpr');
    yield* checkText(field(mount, 'subPath'), pathInside, called('subPath'));
    yield* checkText(expression, pathInside, called('subPathExpr'));
    if (textOf(field(mount, 'subPath')) !== '' && textOf(expression) !== '') {
      yield problem(expression, 'may not be given beside subPath');
    }
    const propagation = field(mount, 'mountPropagation');
    const privileged = field(container, 'securityContext', 'privileged').value === true;
    if (textOf(propagation) === 'Bidirectional' && !privileged) {
      yield problem(
        propagation,
        'is Bidirectional, which is for privileged containers',
        called('mountPropagation'),
      );
    }
  }
  const pathOf = (mount: Part) => textOf(field(mount, 'mountPath')) || null;
  yield* refuseTwice(mounts, pathOf, (mount) => field(mount, 'mountPath'));
}
