import { asList, asMap, isMap, type JsonMap, valueAt } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';
import type { YamlPath } from '../model/yaml-document.ts';
import { apiType, properApiVersion, typeOfKind } from './api-schema.ts';
import { checkFields } from './field-check.ts';
import { objectError } from './manifest-source.ts';
import { checkPodSpec } from './pod-spec-check.ts';
import { podTemplatePath } from './pod-template.ts';

/**
 * Refuses, before anything is touched, what a Kubernetes API server would refuse: unknown fields,
 * wrong types, missing fields, and the usual contradictions of workloads and Services. Kinds that
 * we have no table of are left to the provider.
 * @throws UsageError with file, line and column.
 */
export function validateManifests(objects: readonly KubeObject[]): void {
  for (const object of objects) validateObject(object);
}

function validateObject(object: KubeObject): void {
  const type = typeOfKind(object.apiVersion, object.kind);
  if (type === null) {
    const proper = properApiVersion(object.apiVersion, object.kind);
    if (proper === null) return;
    throw objectError(
      object,
      ['apiVersion'],
      `a ${object.kind} is of apiVersion ${proper}, not ${object.apiVersion}`,
    );
  }
  checkName(object);
  const fields = apiType(type);
  // The status is the server's; in a manifest it has no effect.
  const { status: _, ...checked } = object;
  if (fields) checkFields(object, [], checked, fields);
  checkSpec(object);
  checkSelector(object);
  const template = podTemplatePath(object);
  if (template !== null) checkPodSpec(object, [...template, 'spec']);
  if (object.kind === 'Service') checkServicePorts(object);
  if (object.kind === 'Secret') checkSecretData(object);
}

/** Names are DNS subdomains (RFC 1123), Services' are labels; roles may have any. */
function checkName(object: KubeObject): void {
  if (object.kind.startsWith('Role')) return;
  const { name } = object.metadata;
  const pattern =
    object.kind === 'Service'
      ? /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/
      : /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
  if (pattern.test(name)) return;
  throw objectError(
    object,
    ['metadata', 'name'],
    'metadata.name must be lower-case letters, digits and dashes, with a letter or digit at both ends',
  );
}

const kindsWithSpec: ReadonlySet<string> = new Set([
  'CronJob',
  'DaemonSet',
  'Deployment',
  'Job',
  'PersistentVolumeClaim',
  'Pod',
  'ReplicaSet',
  'Service',
  'StatefulSet',
]);

function checkSpec(object: KubeObject): void {
  if (kindsWithSpec.has(object.kind) && !isMap(object.spec)) {
    throw objectError(object, [], 'spec is missing');
  }
  const { replicas } = asMap(object.spec);
  if (typeof replicas === 'number' && replicas < 0) {
    throw objectError(object, ['spec', 'replicas'], `spec.replicas is ${replicas}`);
  }
}

/** A workload whose selector does not select its own pods is refused by the API server. */
function checkSelector(object: KubeObject): void {
  if (!['StatefulSet', 'Deployment', 'ReplicaSet', 'DaemonSet'].includes(object.kind)) return;
  const selector = asMap(valueAt(object, ['spec', 'selector']));
  const wanted = asMap(selector.matchLabels);
  const labels = asMap(valueAt(object, ['spec', 'template', 'metadata', 'labels']));
  if (Object.keys(wanted).length === 0 && asList(selector.matchExpressions).length === 0) {
    throw objectError(object, ['spec', 'selector'], 'spec.selector selects nothing');
  }
  for (const [key, value] of Object.entries(wanted)) {
    if (labels[key] === value) continue;
    throw objectError(
      object,
      ['spec', 'selector', 'matchLabels', key],
      `spec.selector does not select the pods of spec.template: it wants ${key}=${String(value)}, they have ${key in labels ? `${key}=${String(labels[key])}` : 'no such label'}`,
    );
  }
}

function checkServicePorts(object: KubeObject): void {
  const spec = asMap(object.spec);
  const path: YamlPath = ['spec', 'ports'];
  const ports = asList(spec.ports).map(asMap);
  if (ports.length === 0 && spec.type !== 'ExternalName' && spec.clusterIP !== 'None') {
    throw objectError(object, ['spec'], 'spec.ports is missing');
  }
  for (const [index, port] of ports.entries()) {
    if (ports.length > 1 && !port.name) {
      throw objectError(
        object,
        [...path, index],
        `spec.ports[${index}] has no name; with more than one port each needs one`,
      );
    }
  }
  refuseTwice(object, path, ports, (port) => [port.name], 'name');
  refuseTwice(object, path, ports, (port) => [port.port, port.protocol ?? 'TCP'], 'port');
}

function refuseTwice(
  object: KubeObject,
  path: YamlPath,
  ports: readonly JsonMap[],
  keyOf: (port: JsonMap) => readonly unknown[],
  field: string,
): void {
  const seen = new Set<string>();
  for (const [index, port] of ports.entries()) {
    if (port[field] === undefined) continue;
    const key = keyOf(port).join('/');
    if (seen.has(key)) {
      throw objectError(
        object,
        [...path, index, field],
        `spec.ports has ${field} ${String(port[field])} twice`,
      );
    }
    seen.add(key);
  }
}

/** `data` is base64; a plain password there is the usual slip, so the value is never shown. */
function checkSecretData(object: KubeObject): void {
  for (const [key, value] of Object.entries(asMap(object.data))) {
    const text = typeof value === 'string' ? value.replace(/\s/g, '') : '';
    if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) continue;
    throw objectError(
      object,
      ['data', key],
      `data.${key} is not base64; for plain text use stringData`,
    );
  }
}
