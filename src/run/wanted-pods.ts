import type { KubeObject } from '../model/kube-object.ts';
import { type LabelSelector, partOf } from './setup.ts';

export interface WantedPods {
  readonly redis: number;
  readonly others: number;
}

/** How many pods the manifests ask for: the replicas of their workloads, 1 where they say nothing. */
export function wantedPods(
  objects: readonly KubeObject[],
  selector: LabelSelector | null,
): WantedPods {
  let redis = 0;
  let others = 0;
  for (const object of objects) {
    if (!['StatefulSet', 'Deployment', 'ReplicaSet'].includes(object.kind)) continue;
    const spec = object.spec as { replicas?: number; template: KubeObject };
    const replicas = spec.replicas ?? 1;
    if (partOf(spec.template, selector) === 'redis') redis += replicas;
    else others += replicas;
  }
  return { redis, others };
}

/** A workload whose containers run a hook after their start, or a Job: it may form the cluster itself. */
export function mayFormItself(
  objects: readonly KubeObject[],
  selector: LabelSelector | null,
): boolean {
  return objects.some((object) => {
    if (object.kind === 'Job') return true;
    const spec = object.spec as { template?: KubeObject } | undefined;
    if (!spec?.template?.spec || partOf(spec.template, selector) !== 'redis') return false;
    const { containers } = spec.template.spec as {
      containers?: readonly { lifecycle?: { postStart?: unknown } }[];
    };
    return (containers ?? []).some((container) => container.lifecycle?.postStart !== undefined);
  });
}
