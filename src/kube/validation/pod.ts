import { ipAddress } from './addresses.ts';
import { checkContainer, checkInitContainer, type PodFacts } from './container.ts';
import { dnsLabel, dnsSubdomain, qualifiedName } from './names.ts';
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
import { checkScheduling } from './scheduling.ts';
import { checkPodSecurity } from './security.ts';
import { checkVolumes } from './volumes.ts';

/**
 * The rules of a pod's spec (core/v1 ValidatePodSpec), also inside of a template.
 * @param claims names of a StatefulSet's claims: volumes of its pods, without being listed there
 */
export function* checkPodSpec(spec: Part, claims: readonly string[]): Iterable<Problem> {
  yield* checkVolumes(spec);
  const volumes = items(field(spec, 'volumes')).map((volume) => textOf(field(volume, 'name')));
  const pod: PodFacts = {
    volumes: [...volumes, ...claims],
    graceSeconds: numberOf(field(spec, 'terminationGracePeriodSeconds')),
    hostNetwork: field(spec, 'hostNetwork').value === true,
  };
  yield* checkContainers(spec, pod);
  yield* checkNaming(spec);
  yield* checkDns(spec);
  yield* checkRange(field(spec, 'activeDeadlineSeconds'), 1, 2 ** 31 - 1);
  yield* checkPodSecurity(spec);
  yield* checkScheduling(spec);
  for (const gate of items(field(spec, 'readinessGates'))) {
    yield* requireText(field(gate, 'conditionType'), qualifiedName);
  }
}

function* checkContainers(spec: Part, pod: PodFacts): Iterable<Problem> {
  const containers = items(field(spec, 'containers'));
  const initial = items(field(spec, 'initContainers'));
  const all = [...containers, ...initial];
  if (containers.length === 0) yield problem(field(spec, 'containers'), 'needs one at least');
  yield* refuseTwice(
    all,
    (container) => textOf(field(container, 'name')) || null,
    (container) => field(container, 'name'),
  );
  for (const container of all) yield* checkContainer(container, pod);
  for (const container of initial) yield* checkInitContainer(container);
  yield* refuseTwice(
    containers.flatMap((container) => items(field(container, 'ports'))),
    hostPortOf,
    (port) => field(port, 'hostPort'),
  );
}

function hostPortOf(port: Part): string | null {
  const number = numberOf(field(port, 'hostPort'));
  if (!number) return null;
  const protocol = textOf(field(port, 'protocol')) || 'TCP';
  return `${protocol}/${textOf(field(port, 'hostIP'))}/${number}`;
}

function* checkNaming(spec: Part): Iterable<Problem> {
  yield* checkText(field(spec, 'hostname'), dnsLabel);
  yield* checkText(field(spec, 'subdomain'), dnsLabel);
  yield* checkText(field(spec, 'serviceAccountName'), dnsSubdomain);
  yield* checkText(field(spec, 'nodeName'), dnsSubdomain);
  yield* checkText(field(spec, 'priorityClassName'), dnsSubdomain);
  yield* checkText(field(spec, 'runtimeClassName'), dnsSubdomain);
  for (const alias of items(field(spec, 'hostAliases'))) {
    yield* requireText(field(alias, 'ip'), ipAddress);
    for (const name of items(field(alias, 'hostnames'))) yield* requireText(name, dnsSubdomain);
  }
}

const nameserversMost = 3;
const searchesMost = 32;

function* checkDns(spec: Part): Iterable<Problem> {
  const config = field(spec, 'dnsConfig');
  const servers = field(config, 'nameservers');
  const isOwn = textOf(field(spec, 'dnsPolicy')) === 'None';
  if (isOwn && !isGiven(config)) yield problem(config, 'is missing for the dnsPolicy None');
  if (isOwn && isGiven(config) && items(servers).length === 0) {
    yield problem(servers, 'needs one at least for the dnsPolicy None');
  }
  if (items(servers).length > nameserversMost) {
    yield problem(servers, `must be ${nameserversMost} at most`);
  }
  for (const server of items(servers)) yield* requireText(server, ipAddress);
  const searches = field(config, 'searches');
  if (items(searches).length > searchesMost) {
    yield problem(searches, `must be ${searchesMost} at most`);
  }
  for (const search of items(searches)) {
    yield* requireText(search, (text) =>
      text === '.' ? null : dnsSubdomain(text.replace(/\.$/, '')),
    );
  }
  for (const option of items(field(config, 'options'))) {
    if (textOf(field(option, 'name')) === '') yield problem(option, 'needs a name');
  }
}
