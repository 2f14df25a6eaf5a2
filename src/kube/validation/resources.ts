import { formatPath } from '../field-check.ts';
import { qualifiedName } from './names.ts';
import { entries, field, type Part, type Problem, problem } from './part.ts';
import { oneUnit, quantityOf } from './quantity.ts';

const ofContainers = ['cpu', 'memory', 'ephemeral-storage'];
const mayBeOvercommitted = (name: string) => ofContainers.includes(name);
const isHugePages = (name: string) => name.startsWith('hugepages-');

/** A container's requests and limits (core/v1 ValidateContainerResourceRequirements). */
export function* checkResources(container: Part): Iterable<Problem> {
  const resources = field(container, 'resources');
  const requests = field(resources, 'requests');
  const limits = field(resources, 'limits');
  const names = new Set<string>();
  for (const list of [limits, requests]) {
    for (const [name, amount] of entries(list)) {
      names.add(name);
      yield* checkAmount(name, amount, `${formatPath(list.path)}[${name}]`);
    }
  }
  for (const [name, amount] of entries(requests)) {
    const wanted = quantityOf(amount.value);
    const limit = quantityOf(field(limits, name).value);
    if (wanted === null) continue;
    if (limit === null) {
      if (mayBeOvercommitted(name)) continue;
      yield problem(
        field(limits, name),
        `of ${name} must be given with its request`,
        formatPath(limits.path),
      );
    } else if (wanted > limit) {
      yield problem(amount, `of ${name} must be its limit at most`, formatPath(requests.path));
    } else if (wanted < limit && !mayBeOvercommitted(name)) {
      yield problem(amount, `of ${name} must be its limit`, formatPath(requests.path));
    }
  }
  if ([...names].some(isHugePages) && !names.has('cpu') && !names.has('memory')) {
    yield problem(resources, 'with huge pages needs cpu or memory too');
  }
}

function* checkAmount(name: string, amount: Part, called: string): Iterable<Problem> {
  const known = ofContainers.includes(name) || isHugePages(name);
  const wrong = qualifiedName(name);
  if (wrong !== null) yield problem(amount, `has a name that ${wrong}`, called);
  else if (!name.includes('/') && !known) {
    yield problem(
      amount,
      `is no resource of containers; they have ${ofContainers.join(', ')}`,
      called,
    );
  }
  const quantity = quantityOf(amount.value);
  if (quantity === null) return;
  if (quantity < 0n) yield problem(amount, 'must be 0 or more', called);
  if (name.includes('/') && quantity % oneUnit !== 0n) {
    yield problem(amount, 'must be a whole number', called);
  }
}
