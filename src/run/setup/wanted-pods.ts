import type { KubeObject } from '../../model/kube-object.ts';
import { partOf, type ServerChoice } from './setup.ts';

export interface WantedPods {
  readonly redis: number;
  readonly others: number;
}

/** How many pods the manifests ask for: the replicas of their workloads, 1 where they say nothing. */
export function wantedPods(objects: readonly KubeObject[], selector: ServerChoice): WantedPods {
  const count = (part: 'redis' | 'others') =>
    workloadsOf(objects, selector, part).reduce(
      (sum, { spec }) => sum + ((spec as { replicas?: number }).replicas ?? 1),
      0,
    );
  return { redis: count('redis'), others: count('others') };
}

/** The objects whose pods are the Redis pods, or those whose pods are the others. */
export function workloadsOf(
  objects: readonly KubeObject[],
  selector: ServerChoice,
  part: 'redis' | 'others',
): readonly KubeObject[] {
  return objects.filter(({ kind, spec }) => {
    if (!['StatefulSet', 'Deployment', 'ReplicaSet'].includes(kind)) return false;
    const isRedis = partOf((spec as { template: KubeObject }).template, selector) === 'redis';
    return isRedis === (part === 'redis');
  });
}

/** What a script says that forms a cluster, in one string or as a list of arguments. */
const formingWords = /cluster[\s"',]+(create|meet|addslots(range)?|replicate)\b/i;

/**
 * Whether a hook after a Redis container's start, or a Job, forms the cluster: it says so itself, or a
 * ConfigMap that may hold its script does. Hooks and Jobs that do something else form nothing.
 */
export function formsItself(objects: readonly KubeObject[], selector: ServerChoice): boolean {
  const doers = objects.flatMap((object) =>
    object.kind === 'Job' ? [object.spec] : startHooks(object, selector),
  );
  if (doers.length === 0) return false;
  const scripts = objects.filter(({ kind }) => kind === 'ConfigMap');
  return [...doers, ...scripts].some((text) => formingWords.test(JSON.stringify(text)));
}

function startHooks(object: KubeObject, selector: ServerChoice): unknown[] {
  const spec = object.spec as { template?: KubeObject } | undefined;
  if (!spec?.template?.spec || partOf(spec.template, selector) !== 'redis') return [];
  const { containers } = spec.template.spec as {
    containers?: readonly { lifecycle?: { postStart?: unknown } }[];
  };
  return (containers ?? []).flatMap(({ lifecycle }) => lifecycle?.postStart ?? []);
}
