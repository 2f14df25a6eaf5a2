import { isIP } from 'node:net';
import { addressRange, checkPort } from './addresses.ts';
import { dnsSubdomain, hostPattern, portName, serviceName } from './names.ts';
import {
  checkRange,
  checkText,
  field,
  given,
  isGiven,
  items,
  numberOf,
  type Part,
  type Problem,
  problem,
  requireText,
  textOf,
} from './part.ts';
import { checkLabelSelector } from './selectors.ts';

export function* checkNetworkPolicy(object: Part): Iterable<Problem> {
  const spec = field(object, 'spec');
  yield* checkLabelSelector(field(spec, 'podSelector'));
  for (const [rules, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    for (const rule of items(field(spec, rules))) {
      for (const port of items(field(rule, 'ports'))) yield* checkPolicyPort(port);
      for (const peer of items(field(rule, peers))) yield* checkPeer(peer);
    }
  }
}

function* checkPolicyPort(port: Part): Iterable<Problem> {
  const first = field(port, 'port');
  const last = field(port, 'endPort');
  yield* checkPort(first);
  if (!isGiven(last)) return;
  const from = numberOf(first);
  if (from === null) yield problem(last, 'may be given with a port by number only');
  else if ((numberOf(last) ?? 0) < from) yield problem(last, `must be port (${from}) or more`);
  yield* checkRange(last, 1, 65_535);
}

function* checkPeer(peer: Part): Iterable<Problem> {
  const block = field(peer, 'ipBlock');
  const selectors = given(peer, ['podSelector', 'namespaceSelector']);
  for (const selector of selectors) yield* checkLabelSelector(selector);
  if (!isGiven(block)) {
    if (selectors.length === 0) yield problem(peer, 'needs a selector or an ipBlock');
    return;
  }
  if (selectors.length > 0) yield problem(peer, 'may not have ipBlock beside a selector');
  yield* requireText(field(block, 'cidr'), addressRange);
  for (const except of items(field(block, 'except'))) yield* requireText(except, addressRange);
}

export function* checkIngress(object: Part): Iterable<Problem> {
  const spec = field(object, 'spec');
  const rules = items(field(spec, 'rules'));
  const fallback = field(spec, 'defaultBackend');
  if (rules.length === 0 && !isGiven(fallback))
    yield problem(spec, 'needs defaultBackend or rules');
  if (isGiven(fallback)) yield* checkBackend(fallback);
  for (const rule of rules) {
    yield* checkText(field(rule, 'host'), (host) =>
      isIP(host) ? 'must be a DNS name, not an IP address' : hostPattern(host),
    );
    const paths = field(rule, 'http', 'paths');
    if (isGiven(field(rule, 'http')) && items(paths).length === 0)
      yield problem(paths, 'is missing');
    for (const path of items(paths)) yield* checkPath(path);
  }
  for (const tls of items(field(spec, 'tls'))) {
    for (const host of items(field(tls, 'hosts'))) yield* requireText(host, hostPattern);
    yield* checkText(field(tls, 'secretName'), dnsSubdomain);
  }
  const className = field(spec, 'ingressClassName');
  if (isGiven(className)) yield* requireText(className, dnsSubdomain);
}

function* checkPath(path: Part): Iterable<Problem> {
  const type = textOf(field(path, 'pathType'));
  const text = field(path, 'path');
  if (type === 'Exact' || type === 'Prefix') {
    if (!textOf(text).startsWith('/')) yield problem(text, 'must be an absolute path');
    else if (/\/\/|\/\.\.?(\/|$)|%2[fF]/.test(textOf(text))) {
      yield problem(text, "must not contain '//', '/./', '/../' or '%2f'");
    }
  } else if (textOf(text) !== '' && !textOf(text).startsWith('/')) {
    yield problem(text, 'must be an absolute path');
  }
  yield* checkBackend(field(path, 'backend'));
}

function* checkBackend(backend: Part): Iterable<Problem> {
  const service = field(backend, 'service');
  const resource = field(backend, 'resource');
  if (isGiven(service) === isGiven(resource)) {
    yield problem(backend, 'needs one of service and resource');
    return;
  }
  if (!isGiven(service)) return;
  yield* requireText(field(service, 'name'), serviceName);
  const port = field(service, 'port');
  const number = numberOf(field(port, 'number'));
  yield* checkText(field(port, 'name'), portName);
  const hasName = textOf(field(port, 'name')) !== '';
  if (!number && !hasName) yield problem(backend, 'needs a port by name or number');
  if (number && hasName) yield problem(backend, 'may not name its port twice, by name and number');
  if (number) yield* checkRange(field(port, 'number'), 1, 65_535);
}
