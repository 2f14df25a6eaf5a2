import { UsageError } from '../model/errors.ts';
import { asList, asMap, changeAt, isMap, type JsonMap } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';
import { formatPosition, objectError, positionOf, withSourceOf } from './manifest-source.ts';
import { podTemplatePath } from './pod-template.ts';
import { isClusterScoped } from './scope.ts';

/** Carried by everything a run makes; what is deleted at the end is found by it. */
export const runLabel = 'redis-k8s-chaos/run';
export const managedByLabel = 'app.kubernetes.io/managed-by';

export interface RunLabelOptions {
  readonly runId: string;
  /** The one namespace the run works in. */
  readonly namespace: string;
  /**
   * `allow` where the cluster is ours and goes as a whole; `refuse` on somebody's cluster: such an
   * object may be in use by others, so it would have to stay behind.
   */
  readonly clusterScoped: 'allow' | 'refuse';
}

/**
 * Copies that carry the run's label on the object, its pod template and its claim templates (never in
 * a selector: that would change what is tested) and stand in the run's namespace. A managed-by label
 * of the user's stays. A StorageClass passes as it is, unlabelled; a Namespace of the run's own name
 * is left out: the provider sees to it.
 * @throws UsageError for an object of another namespace, and for a refused cluster-scoped one.
 */
export function addRunLabels(
  objects: readonly KubeObject[],
  options: RunLabelOptions,
): KubeObject[] {
  return objects.flatMap((object) => {
    if (object.kind === 'StorageClass') return [object];
    if (object.kind === 'Namespace' && object.metadata.name === options.namespace) return [];
    const scoped = isClusterScoped(object.kind);
    if (scoped && options.clusterScoped === 'refuse') {
      throw objectError(
        object,
        ['kind'],
        'belongs to the whole cluster; on a cluster of yours only namespaced objects are made, so apply it yourself and leave it out',
      );
    }
    return [withSourceOf(withRunLabels(inNamespace(object, scoped, options), options), object)];
  });
}

/**
 * The one namespace that the manifests name, or null when they name none.
 * @throws UsageError when they name two: the run works in one.
 */
export function namespaceOf(objects: readonly KubeObject[]): string | null {
  let first: KubeObject | null = null;
  for (const object of objects) {
    const { namespace } = object.metadata;
    if (namespace === undefined) continue;
    first ??= object;
    if (namespace === first.metadata.namespace) continue;
    throw objectError(
      object,
      ['metadata', 'namespace'],
      `is in namespace ${namespace}, but ${formatPosition(positionOf(first, ['metadata', 'namespace']))} is in ${first.metadata.namespace}; a run works in one namespace`,
    );
  }
  return first?.metadata.namespace ?? null;
}

function inNamespace(
  object: KubeObject,
  scoped: boolean,
  { namespace }: RunLabelOptions,
): KubeObject {
  if (scoped) return object;
  const own = object.metadata.namespace;
  if (own !== undefined && own !== namespace) {
    throw objectError(
      object,
      ['metadata', 'namespace'],
      `is in namespace ${own}, but the run works in ${namespace}; give --namespace ${own} or take the line out`,
    );
  }
  return { ...object, metadata: { ...object.metadata, namespace } };
}

function withRunLabels(object: KubeObject, { runId }: RunLabelOptions): KubeObject {
  // Kubernetes: a label's value is 63 characters at most, [A-Za-z0-9] at both ends, `-_.` between.
  if (!/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(runId)) {
    throw new UsageError(`run id ${JSON.stringify(runId)} cannot be a label's value`);
  }
  const label = (metadata: unknown): JsonMap => ({
    ...asMap(metadata),
    labels: {
      [managedByLabel]: 'redis-k8s-chaos',
      ...asMap(asMap(metadata).labels),
      [runLabel]: runId,
    },
  });
  let copy = changeAt(object, ['metadata'], label);
  const template = podTemplatePath(object);
  if (template !== null && template.length > 0) {
    copy = changeAt(copy, [...template, 'metadata'], label);
  }
  const claims = asMap(copy.spec).volumeClaimTemplates;
  if (Array.isArray(claims)) {
    copy = changeAt(copy, ['spec', 'volumeClaimTemplates'], (list) =>
      asList(list).map((claim) => (isMap(claim) ? changeAt(claim, ['metadata'], label) : claim)),
    );
  }
  return copy as KubeObject;
}
