import { UsageError } from '../model/errors.ts';
import { asMap, describeValue, isMap, type JsonMap } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';
import { parseYaml, type YamlDocument, type YamlPath } from '../model/yaml-document.ts';
import {
  formatPosition,
  objectError,
  objectName,
  positionOf,
  rememberSource,
} from './manifest-source.ts';

/**
 * The Kubernetes objects of one YAML or JSON text; `List` kinds are taken apart.
 * @throws UsageError with position: syntax, or no apiVersion, kind or metadata.name.
 */
export function parseManifests(text: string, file: string): KubeObject[] {
  return parseYaml(text, file, 'kubernetes').flatMap((document) =>
    objectsOf(document, [], document.value),
  );
}

/** Two objects of the same group, kind, namespace and name: the second would silently win. */
export function refuseDuplicates(objects: readonly KubeObject[]): void {
  const seen = new Map<string, KubeObject>();
  for (const object of objects) {
    const { namespace, name } = object.metadata;
    const group = object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : '';
    const key = [group, object.kind, namespace ?? '', name].join('|');
    const first = seen.get(key);
    if (first) {
      throw objectError(
        object,
        ['metadata', 'name'],
        `given twice; the first is at ${formatPosition(positionOf(first, ['metadata', 'name']))}`,
      );
    }
    seen.set(key, object);
  }
}

function objectsOf(document: YamlDocument, prefix: YamlPath, value: unknown): KubeObject[] {
  const fail = (path: YamlPath, message: string) =>
    new UsageError(message, { position: document.positionOf([...prefix, ...path]) });
  if (!isMap(value)) {
    throw fail([], `expected a Kubernetes object (a map), got ${describeValue(value)}`);
  }
  const kind = requireText(value, 'kind', fail);
  requireText(value, 'apiVersion', fail);
  if (kind.endsWith('List') && value.items !== undefined) {
    const items = value.items ?? [];
    if (!Array.isArray(items)) {
      throw fail(['items'], `${kind}: items must be a list, got ${describeValue(items)}`);
    }
    return items.flatMap((item, index) => objectsOf(document, [...prefix, 'items', index], item));
  }
  const metadata = value.metadata;
  if (!isMap(metadata)) {
    throw fail(['metadata'], `${kind} without a name: metadata must be a map with a name`);
  }
  const name = metadata.name;
  if (typeof name !== 'string' || name === '') {
    throw fail(
      ['metadata', 'name'],
      metadata.generateName === undefined
        ? `${kind} without a name: metadata.name must be text, got ${describeValue(name)}`
        : `${kind} with generateName: give it a fixed metadata.name, so that it can be found again`,
    );
  }
  const object: KubeObject = {
    ...value,
    apiVersion: value.apiVersion as string,
    kind,
    metadata: { ...metadata, name, ...textsOf(metadata) },
  };
  rememberSource(object, { document, prefix });
  checkMetadata(object);
  return [object];
}

/** `app:` without a value is an empty text, as the API server reads it. */
function textsOf(metadata: JsonMap): JsonMap {
  const given = ['labels', 'annotations'].filter((field) => isMap(metadata[field]));
  return Object.fromEntries(
    given.map((field) => {
      const texts = Object.entries(asMap(metadata[field])).map(([key, value]) => [
        key,
        value ?? '',
      ]);
      return [field, Object.fromEntries(texts)];
    }),
  );
}

function requireText(
  value: JsonMap,
  field: 'kind' | 'apiVersion',
  fail: (path: YamlPath, message: string) => UsageError,
): string {
  const text = value[field];
  if (typeof text === 'string' && text !== '') return text;
  throw fail([field], `not a Kubernetes object: ${field} must be text, got ${describeValue(text)}`);
}

/** Labels and annotations hold text only; `app: 1` and `cluster: yes` are the usual slips. */
function checkMetadata(object: KubeObject): void {
  for (const field of ['labels', 'annotations'] as const) {
    const entries: unknown = object.metadata[field];
    if (entries === undefined || entries === null) continue;
    if (!isMap(entries)) {
      throw objectError(
        object,
        ['metadata', field],
        `metadata.${field} must be a map, got ${describeValue(entries)}`,
      );
    }
    for (const [key, value] of Object.entries(entries)) {
      if (typeof value === 'string') continue;
      throw objectError(
        object,
        ['metadata', field, key],
        `metadata.${field}: ${key} must be text, got ${describeValue(value)}; put it in quotes`,
      );
    }
  }
  const { namespace } = object.metadata;
  if (namespace !== undefined && typeof namespace !== 'string') {
    throw objectError(
      object,
      ['metadata', 'namespace'],
      `metadata.namespace must be text, got ${describeValue(namespace)}`,
    );
  }
  if (object.kind === 'Kustomization' && object.apiVersion.startsWith('kustomize.')) {
    throw objectError(
      object,
      ['kind'],
      `${objectName(object)} is not an object of a cluster; give its folder instead of the file`,
    );
  }
}
