import { isMap } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';
import { apiType, properApiVersion, typeOfKind } from './api-schema.ts';
import { checkFields } from './field-check.ts';
import { objectError } from './manifest-source.ts';
import { problemsOf } from './validation/kinds.ts';

/**
 * Refuses, before anything is touched, what a Kubernetes API server would refuse: unknown fields,
 * wrong types, missing fields, values that are none, and what contradicts itself. Kinds that we have
 * no table of are left to the provider.
 * @throws UsageError with file, line and column, and with the field as the API server names it.
 */
export function validateManifests(objects: readonly KubeObject[]): void {
  for (const object of objects) validateObject(object);
}

export function validateObject(object: KubeObject): void {
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
  const fields = apiType(type);
  // The status is the server's; in a manifest it has no effect.
  const { status: _, ...checked } = object;
  if (fields) checkFields(object, [], checked, type);
  if (kindsWithSpec.has(object.kind) && !isMap(object.spec)) {
    throw objectError(object, [], 'spec is missing');
  }
  for (const { path, field, message } of problemsOf(object.kind, checked)) {
    throw objectError(object, path, `${field} ${message}`);
  }
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
