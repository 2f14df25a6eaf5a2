import {
  annotationKey,
  dnsLabel,
  dnsSubdomain,
  finalizerName,
  labelValue,
  type NameRule,
  pathSegment,
  qualifiedName,
  serviceName,
} from './names.ts';
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

const nameRules: Readonly<Record<string, NameRule>> = {
  Namespace: dnsLabel,
  Service: serviceName,
  Role: pathSegment,
  RoleBinding: pathSegment,
  ClusterRole: pathSegment,
  ClusterRoleBinding: pathSegment,
  // a dot would end the pods' host names (refused by name since Kubernetes 1.33)
  StatefulSet: (text) =>
    dnsSubdomain(text) ?? (text.includes('.') ? 'must not contain dots' : null),
  // its Jobs' names get 11 characters more
  CronJob: (text) =>
    dnsSubdomain(text) ?? (text.length > 52 ? 'must be 52 characters at most' : null),
  PriorityClass: (text) =>
    dnsSubdomain(text) ??
    (text.startsWith('system-') && !/^system-(cluster|node)-critical$/.test(text)
      ? "names that start with 'system-' are Kubernetes' own"
      : null),
};

/** Names, labels, annotations and finalizers of any object (apimachinery ValidateObjectMeta). */
export function* checkMetadata(kind: string, object: Part): Iterable<Problem> {
  const metadata = field(object, 'metadata');
  yield* checkText(field(metadata, 'name'), nameRules[kind] ?? dnsSubdomain);
  yield* checkText(field(metadata, 'namespace'), dnsLabel);
  yield* checkLabels(field(metadata, 'labels'));
  yield* checkAnnotations(field(metadata, 'annotations'));
  for (const finalizer of items(field(metadata, 'finalizers'))) {
    yield* requireText(finalizer, finalizerName);
  }
}

/** @param name the field in the API server's words, where it is not the path */
export function* checkLabels(labels: Part, name?: string): Iterable<Problem> {
  for (const [key, value] of entries(labels)) {
    const wrong = qualifiedName(key);
    if (wrong !== null)
      yield problem(value, `has the key ${key}, which ${wrong}`, fieldName(labels, name));
    const wrongValue = labelValue(textOf(value));
    if (wrongValue !== null) {
      yield problem(value, `has a value for ${key} that ${wrongValue}`, fieldName(labels, name));
    }
  }
}

const annotationsMost = 256 * 1024;

export function* checkAnnotations(annotations: Part): Iterable<Problem> {
  let size = 0;
  for (const [key, value] of entries(annotations)) {
    const wrong = annotationKey(key);
    if (wrong !== null)
      yield problem(value, `has the key ${key}, which ${wrong}`, fieldName(annotations));
    size += Buffer.byteLength(key) + Buffer.byteLength(textOf(value));
  }
  if (size > annotationsMost) {
    yield problem(annotations, `has ${size} bytes, must be ${annotationsMost} at most`);
  }
}

function fieldName(part: Part, name?: string): string {
  return name ?? part.path.join('.');
}
