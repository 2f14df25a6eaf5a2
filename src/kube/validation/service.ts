import { addressRange, checkPort, ipAddress } from './addresses.ts';
import { checkLabels } from './metadata.ts';
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

const dayOfSeconds = 86_400;

/** core/v1 ValidateService. Values of `type` and its like are in the published schema. */
export function* checkService(object: Part): Iterable<Problem> {
  const spec = field(object, 'spec');
  const type = textOf(field(spec, 'type')) || 'ClusterIP';
  yield* checkClusterIp(spec, type);
  yield* checkClusterIps(spec);
  yield* checkPorts(spec, type);
  yield* checkLabels(field(spec, 'selector'));
  yield* checkOutside(spec, type);
  const seconds = field(spec, 'sessionAffinityConfig', 'clientIP', 'timeoutSeconds');
  if (textOf(field(spec, 'sessionAffinity')) === 'ClientIP') {
    yield* checkRange(seconds, 1, dayOfSeconds);
  }
}

function* checkClusterIp(spec: Part, type: string): Iterable<Problem> {
  const ip = field(spec, 'clusterIP');
  const text = textOf(ip);
  const list = 'spec.clusterIPs[0]';
  if (type === 'ExternalName') {
    const name = (host: string) => dnsSubdomain(host.replace(/\.$/, ''));
    yield* requireText(field(spec, 'externalName'), name);
    if (text !== '')
      yield problem(ip, 'may not be given for the type ExternalName', 'spec.clusterIPs');
  } else if (text === 'None') {
    if (type !== 'ClusterIP') {
      yield problem(ip, `(spec.clusterIP) may not be None for a Service of type ${type}`, list);
    }
  } else if (text !== '' && ipAddress(text) !== null) {
    yield problem(ip, `(spec.clusterIP) is ${text}, must be None, empty or an IP address`, list);
  }
}

/** `clusterIPs` begins with `clusterIP`, and is left out without it. */
function* checkClusterIps(spec: Part): Iterable<Problem> {
  const list = field(spec, 'clusterIPs');
  const [first] = items(list);
  const ip = textOf(field(spec, 'clusterIP'));
  if (first === undefined) return;
  if (ip === '') yield problem(list, 'may not be given without clusterIP');
  else if (textOf(first) !== ip)
    yield problem(first, `is ${textOf(first)}, must be clusterIP (${ip})`);
}

function* checkPorts(spec: Part, type: string): Iterable<Problem> {
  const list = field(spec, 'ports');
  const ports = items(list);
  const isHeadless = textOf(field(spec, 'clusterIP')) === 'None';
  if (ports.length === 0 && type !== 'ExternalName' && !isHeadless)
    yield problem(list, 'is missing');
  const hasNodePorts = type === 'NodePort' || type === 'LoadBalancer';
  for (const port of ports) {
    const name = field(port, 'name');
    if (ports.length > 1) yield* requireText(name, dnsLabel);
    else yield* checkText(name, dnsLabel);
    yield* checkRange(field(port, 'port'), 1, 65_535);
    const target = field(port, 'targetPort');
    if (target.value !== 0 && target.value !== '') yield* checkPort(target);
    const protocol = field(port, 'appProtocol');
    if (isGiven(protocol)) yield* requireText(protocol, qualifiedName);
    const node = field(port, 'nodePort');
    if (numberOf(node) && !hasNodePorts) {
      yield problem(
        node,
        `may not be given for the type ${type}; that is NodePort or LoadBalancer`,
      );
    }
  }
  yield* refuseTwice(
    ports,
    (port) => textOf(field(port, 'name')) || null,
    (port) => field(port, 'name'),
  );
  yield* refuseTwice(
    ports,
    (port) => numbered(port, 'port'),
    (port) => port,
  );
  yield* refuseTwice(
    ports,
    (port) => numbered(port, 'nodePort'),
    (port) => field(port, 'nodePort'),
  );
}

/** `TCP 6379`; null for 0 and absent. */
function numbered(port: Part, name: string): string | null {
  const number = numberOf(field(port, name));
  return number ? `${textOf(field(port, 'protocol')) || 'TCP'} ${name} ${number}` : null;
}

/** How it is reached from outside of the cluster. */
function* checkOutside(spec: Part, type: string): Iterable<Problem> {
  for (const address of items(field(spec, 'externalIPs'))) yield* requireText(address, ipAddress);
  const policy = field(spec, 'externalTrafficPolicy');
  const isOutside =
    type === 'NodePort' || type === 'LoadBalancer' || items(field(spec, 'externalIPs')).length > 0;
  if (textOf(policy) !== '' && !isOutside) {
    yield problem(policy, `may not be given for a Service of type ${type}`);
  }
  const ranges = field(spec, 'loadBalancerSourceRanges');
  for (const range of items(ranges))
    yield* requireText(
      range,
      (text) => addressRange(text.trim()),
      `spec.LoadBalancerSourceRanges[${range.path.at(-1)}]`,
    );
  const forLoadBalancers = [
    ['loadBalancerSourceRanges', 'spec.LoadBalancerSourceRanges'],
    ['allocateLoadBalancerNodePorts', 'spec.allocateLoadBalancerNodePorts'],
    ['loadBalancerClass', 'spec.loadBalancerClass'],
  ] as const;
  for (const [name, called] of forLoadBalancers) {
    const part = field(spec, name);
    const isThere = isGiven(part) && !(Array.isArray(part.value) && part.value.length === 0);
    if (isThere && type !== 'LoadBalancer') {
      yield problem(part, 'may be given for the type LoadBalancer only', called);
    }
  }
  const health = field(spec, 'healthCheckNodePort');
  yield* checkRange(health, 0, 65_535);
  if (numberOf(health) && !(type === 'LoadBalancer' && textOf(policy) === 'Local')) {
    yield problem(health, 'may be given for a LoadBalancer with externalTrafficPolicy Local only');
  }
}
