import { formatPath } from '../field-check.ts';
import { annotationKey, dnsSubdomain } from './names.ts';
import {
  checkText,
  entries,
  field,
  isGiven,
  items,
  type Part,
  type Problem,
  problem,
  requireText,
} from './part.ts';
import { quantityOf } from './quantity.ts';
import { checkLabelSelector } from './selectors.ts';

/** The spec of a claim, also in a StatefulSet's or a volume's template. */
export function* checkClaimSpec(spec: Part): Iterable<Problem> {
  const modes = field(spec, 'accessModes');
  const given = items(modes).map(({ value }) => value);
  if (given.length === 0) yield problem(modes, 'is missing: at least one is needed');
  if (given.includes('ReadWriteOncePod') && given.length > 1) {
    yield problem(modes, 'may not have ReadWriteOncePod beside others');
  }
  const size = field(spec, 'resources', 'requests', 'storage');
  const called = formatPath([...spec.path, 'resources[storage]']);
  if (!isGiven(size)) {
    yield problem(
      size,
      'is missing: resources.requests.storage says how large the claim is',
      called,
    );
  } else if ((quantityOf(size.value) ?? 1n) <= 0n) {
    yield problem(size, 'must be more than 0', called);
  }
  yield* checkText(field(spec, 'storageClassName'), dnsSubdomain);
  yield* checkText(field(spec, 'volumeAttributesClassName'), dnsSubdomain);
  yield* checkLabelSelector(field(spec, 'selector'));
}

export function* checkStorageClass(object: Part): Iterable<Problem> {
  yield* requireText(field(object, 'provisioner'), annotationKey);
  for (const [key, part] of entries(field(object, 'parameters'))) {
    if (key === '') yield problem(part, 'has an empty key', 'parameters');
  }
}
