import { UsageError } from '../model/errors.ts';
import { asList, asMap, asText, changeAt, isMap, type JsonMap } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';
import type { YamlDocument } from '../model/yaml-document.ts';
import { parseImageName } from './image-name.ts';
import { withImages } from './pod-template.ts';
import { isClusterScoped } from './scope.ts';

type Step = (objects: KubeObject[], root: JsonMap, document: YamlDocument) => KubeObject[];

/** `namespace`: of every namespaced object; a Namespace object itself gets that name. */
export const setNamespace: Step = (objects, { namespace }, document) => {
  if (namespace === undefined || namespace === null) return objects;
  if (typeof namespace !== 'string') throw wrong(document, ['namespace'], 'expected text');
  const accounts = new Set(
    objects.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name),
  );
  return objects.map((object) => {
    if (object.kind === 'Namespace') {
      return { ...object, metadata: { ...object.metadata, name: namespace } };
    }
    if (isClusterScoped(object.kind)) return object;
    const moved = { ...object, metadata: { ...object.metadata, namespace } };
    if (!Array.isArray(object.subjects)) return moved;
    const subjects = object.subjects.map((subject: unknown) => {
      const { kind, name, namespace: own } = asMap(subject);
      const here = own === undefined || own === 'default';
      const ours =
        kind === 'ServiceAccount' && here && (accounts.has(String(name)) || name === 'default');
      return ours ? { ...asMap(subject), namespace } : subject;
    });
    return { ...moved, subjects };
  });
};

/** `images`, `replicas` and `commonAnnotations`. */
export const transform: Step = (objects, root, document) => {
  const images = asList(root.images).map(asMap);
  const replicas = asList(root.replicas).map(asMap);
  for (const [index, { name }] of [...images.entries()]) {
    if (!asText(name)) throw wrong(document, ['images', index], 'an image needs a name');
  }
  for (const [index, { name, count }] of [...replicas.entries()]) {
    if (objects.some(({ metadata }) => metadata.name === name) && Number.isInteger(count)) continue;
    throw wrong(document, ['replicas', index], 'needs the name of an object and a whole count');
  }
  const annotations = textMap(root.commonAnnotations, document, ['commonAnnotations']);
  return objects.map((object) => {
    let copy = withImages(object, (image) => imageOf(image, images));
    for (const { name, count } of replicas) {
      if (name === object.metadata.name && scalable.has(object.kind)) {
        copy = changeAt(copy, ['spec', 'replicas'], () => count) as KubeObject;
      }
    }
    if (Object.keys(annotations).length === 0) return copy;
    return [[], ...templateMetadata(object)].reduce<KubeObject>(
      (current, path) => addTo(current, [...path, 'metadata', 'annotations'], annotations),
      copy,
    );
  });
};

const scalable = new Set(['Deployment', 'ReplicaSet', 'ReplicationController', 'StatefulSet']);

/** kustomize matches an image by its name as it is written, without `docker.io/` taken off. */
function imageOf(image: string, rules: readonly JsonMap[]): string {
  const { tag, digest } = parseImageName(image);
  const written = image.slice(
    0,
    image.length - (tag ? tag.length + 1 : 0) - (digest ? digest.length + 1 : 0),
  );
  const rule = rules.find(({ name }) => name === written);
  if (!rule) return image;
  const name = asText(rule.newName) ?? written;
  const newTag = rule.newTag === undefined ? null : String(rule.newTag);
  const newDigest = asText(rule.digest);
  if (newDigest) return `${name}${newTag ? `:${newTag}` : ''}@${newDigest}`;
  if (newTag) return `${name}:${newTag}`;
  return `${name}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`;
}

/** `labels` and `commonLabels`; the latter also in selectors, as kustomize has it. */
export const setLabels: Step = (objects, root, document) => {
  const common = textMap(root.commonLabels, document, ['commonLabels']);
  const rules = [
    { pairs: common, templates: true, selectors: true },
    ...asList(root.labels).map((entry, index) => {
      const rule = asMap(entry);
      if (rule.fields !== undefined) {
        throw wrong(
          document,
          ['labels', index, 'fields'],
          'not supported here; build it with kubectl kustomize',
        );
      }
      return {
        pairs: textMap(rule.pairs, document, ['labels', index, 'pairs']),
        templates: rule.includeTemplates === true || rule.includeSelectors === true,
        selectors: rule.includeSelectors === true,
      };
    }),
  ];
  return objects.map((object) =>
    rules.reduce((current, { pairs, templates, selectors }) => {
      if (Object.keys(pairs).length === 0) return current;
      let copy = addTo(current, ['metadata', 'labels'], pairs);
      if (templates) {
        for (const path of templateMetadata(object)) {
          copy = addTo(copy, [...path, 'metadata', 'labels'], pairs);
        }
        copy = labelClaims(copy, pairs);
      }
      return selectors ? labelSelectors(copy, pairs) : copy;
    }, object),
  );
};

function templateMetadata(object: KubeObject): readonly (readonly string[])[] {
  const path = templatesOfKind[object.kind];
  return path ?? [];
}

const template = ['spec', 'template'];
const templatesOfKind: Readonly<Record<string, readonly (readonly string[])[]>> = {
  CronJob: [
    ['spec', 'jobTemplate'],
    ['spec', 'jobTemplate', 'spec', 'template'],
  ],
  DaemonSet: [template],
  Deployment: [template],
  Job: [template],
  ReplicaSet: [template],
  StatefulSet: [template],
};

function labelClaims(object: KubeObject, pairs: JsonMap): KubeObject {
  if (!Array.isArray(asMap(object.spec).volumeClaimTemplates)) return object;
  return changeAt(object, ['spec', 'volumeClaimTemplates'], (claims) =>
    asList(claims).map((claim) => addTo(asMap(claim), ['metadata', 'labels'], pairs)),
  ) as KubeObject;
}

/** Selectors of workloads and Services, and every matchLabels in pod (anti-)affinity and policies. */
function labelSelectors(object: KubeObject, pairs: JsonMap): KubeObject {
  if (object.kind === 'Service') {
    return isMap(asMap(object.spec).selector) ? addTo(object, ['spec', 'selector'], pairs) : object;
  }
  const create = ['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'].includes(object.kind);
  const copy = create ? addTo(object, ['spec', 'selector', 'matchLabels'], pairs) : object;
  const workload =
    create || ['Job', 'CronJob', 'PodDisruptionBudget', 'NetworkPolicy'].includes(object.kind);
  return workload ? { ...copy, spec: inMatchLabels(copy.spec, pairs) } : copy;
}

function inMatchLabels(value: unknown, pairs: JsonMap): unknown {
  if (Array.isArray(value)) return value.map((item) => inMatchLabels(item, pairs));
  if (!isMap(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'matchLabels' && isMap(inner)) copy[key] = { ...inner, ...pairs };
    else if (key === 'volumeClaimTemplates' || key === 'namespaceSelector') copy[key] = inner;
    else copy[key] = inMatchLabels(inner, pairs);
  }
  return copy;
}

function addTo<T extends JsonMap>(object: T, path: readonly string[], pairs: JsonMap): T {
  const [key = '', ...rest] = path;
  const inner = asMap(object[key]);
  const value = rest.length === 0 ? { ...inner, ...pairs } : addTo(inner, rest, pairs);
  return { ...object, [key]: value };
}

function textMap(value: unknown, document: YamlDocument, path: (string | number)[]): JsonMap {
  for (const [key, text] of Object.entries(asMap(value))) {
    if (typeof text === 'string') continue;
    throw wrong(document, [...path, key], 'expected text; put it in quotes');
  }
  return asMap(value);
}

function wrong(document: YamlDocument, path: (string | number)[], message: string): UsageError {
  return new UsageError(`kustomization ${path.join('.')}: ${message}`, {
    position: document.positionOf(path),
  });
}

const applyOrder = [
  'Namespace',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
];

/** What others need comes first, otherwise as listed: a pod never waits for its ConfigMap. */
export function sortForApply(objects: readonly KubeObject[]): KubeObject[] {
  const rank = ({ kind }: KubeObject) => {
    const index = applyOrder.indexOf(kind);
    return index < 0 ? applyOrder.length : index;
  };
  return objects.toSorted((a, b) => rank(a) - rank(b));
}
