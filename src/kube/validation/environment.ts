import { formatPath } from '../field-check.ts';
import { configKey, dnsSubdomain, environmentName, qualifiedName } from './names.ts';
import {
  checkText,
  field,
  given,
  isGiven,
  items,
  type Part,
  type Problem,
  problem,
  requireText,
  textOf,
} from './part.ts';
import { quantityOf } from './quantity.ts';

const sources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'];

/** Fields that a variable may take from its pod (core/v1 validEnvDownwardAPIFieldPathExpressions). */
const podFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const divisors = '1 1k 1M 1G 1T 1P 1E 1Ki 1Mi 1Gi 1Ti 1Pi 1Ei'.split(' ');
const resourceForm = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/;

/** A container's `env` and `envFrom`. The values may be secrets: they are never repeated. */
export function* checkEnvironment(container: Part): Iterable<Problem> {
  for (const variable of items(field(container, 'env'))) {
    yield* requireText(field(variable, 'name'), environmentName);
    yield* checkValueFrom(variable);
  }
  for (const source of items(field(container, 'envFrom'))) {
    yield* checkText(field(source, 'prefix'), environmentName);
    const refs = given(source, ['configMapRef', 'secretRef']);
    if (refs.length !== 1) {
      yield problem(
        source,
        `needs one of configMapRef and secretRef; it has ${refs.length === 0 ? 'none' : 'both'}`,
        formatPath([...container.path, 'envFrom']), // it names the list, not its entry,
      );
    }
    for (const ref of refs) yield* requireText(field(ref, 'name'), dnsSubdomain);
  }
}

function* checkValueFrom(variable: Part): Iterable<Problem> {
  const from = field(variable, 'valueFrom');
  if (!isGiven(from)) return;
  const found = given(from, sources);
  if (found.length !== 1) {
    const names = found.map(({ path }) => path.at(-1)).join(' and ');
    yield problem(from, `needs one of ${sources.join(', ')}; it has ${names || 'none'}`);
  }
  if (textOf(field(variable, 'value')) !== '') {
    yield problem(from, 'may not be given beside value');
  }
  const fieldRef = field(from, 'fieldRef');
  if (isGiven(fieldRef)) yield* checkFieldPath(field(fieldRef, 'fieldPath'), podFields);
  const resource = field(from, 'resourceFieldRef', 'resource');
  if (isGiven(field(from, 'resourceFieldRef'))) {
    yield* requireText(resource, (text) =>
      resourceForm.test(text) ? null : `is ${text}, must be such as limits.cpu or requests.memory`,
    );
    const divisor = field(from, 'resourceFieldRef', 'divisor');
    const allowed = textOf(resource).endsWith('.cpu') ? ['1m', '1'] : divisors;
    const size = quantityOf(divisor.value) ?? 0n;
    if (size !== 0n && !allowed.some((one) => quantityOf(one) === size)) {
      yield problem(divisor, `must be one of ${allowed.join(', ')}`);
    }
  }
  for (const name of ['configMapKeyRef', 'secretKeyRef']) {
    const ref = field(from, name);
    if (!isGiven(ref)) continue;
    yield* requireText(field(ref, 'name'), dnsSubdomain);
    yield* requireText(field(ref, 'key'), configKey);
  }
}

/**
 * A field of the pod, or a label or annotation by its key: `metadata.labels['app']`.
 * @param allowed the fields that may be read there
 */
export function* checkFieldPath(
  part: Part,
  allowed: readonly string[],
  name?: string,
): Iterable<Problem> {
  const path = textOf(part);
  if (path === '') yield problem(part, 'is missing', name);
  const subscript = /^metadata\.(?:labels|annotations)\['(.*)'\]$/.exec(path)?.[1];
  const good =
    subscript === undefined
      ? allowed.includes(path)
      : qualifiedName(subscript.toLowerCase()) === null;
  if (path === '' || good) return;
  yield problem(
    part,
    `is ${path}, must be one of ${allowed.join(', ')}, or metadata.labels['KEY'], metadata.annotations['KEY']`,
    name,
  );
}
