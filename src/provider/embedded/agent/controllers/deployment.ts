import {
  controllerReference,
  isControlledBy,
  isTerminating,
  ownedPods,
  setStatus,
  templateHash,
} from '../kubelet/pod-facts.ts';
import type { Deployment, ReplicaSet } from '../store/objects.ts';
import type { ObjectStore } from '../store/store.ts';

interface ReplicaCounts {
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
}

/**
 * One pass of the Deployment controller: a ReplicaSet for each template, and a rollout that keeps
 * within maxSurge and maxUnavailable (or, for Recreate, first takes every old pod away).
 */
export function reconcileDeployment(store: ObjectStore, deployment: Deployment): void {
  if (isTerminating(deployment)) return;
  const wanted = deployment.spec.replicas ?? 1;
  const hash = templateHash(deployment.spec.template);
  const sets = store.list('ReplicaSet').filter((set) => isControlledBy(set, deployment));
  const old = sets.filter((set) => set.metadata.labels['pod-template-hash'] !== hash);
  const current =
    sets.find((set) => set.metadata.labels['pod-template-hash'] === hash) ??
    createSet(store, deployment, hash);

  if (deployment.spec.strategy?.type === 'Recreate') {
    for (const set of old) scale(store, set, 0);
    const oldPods = old.flatMap((set) => ownedPods(store, set));
    if (oldPods.length === 0) scale(store, current, wanted);
  } else {
    rollOut(store, deployment, current, old, wanted);
  }
  reportStatus(store, deployment, current, old);
}

function rollOut(
  store: ObjectStore,
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
  wanted: number,
): void {
  const limits = deployment.spec.strategy?.rollingUpdate;
  let surge = resolve(limits?.maxSurge ?? '25%', wanted, Math.ceil);
  let unavailable = resolve(limits?.maxUnavailable ?? '25%', wanted, Math.floor);
  // As the API server: both zero would never move.
  if (surge === 0 && unavailable === 0) unavailable = 1;
  if (old.every((set) => size(set) === 0)) surge = 0;
  const total = () => [current, ...old].reduce((sum, set) => sum + size(set), 0);
  const room = wanted + surge - total();
  if (size(current) > wanted) scale(store, current, wanted);
  else if (room > 0) scale(store, current, Math.min(wanted, size(current) + room));

  // As reconcileOldReplicaSets: new pods that are not available yet count against what may go.
  const minAvailable = wanted - unavailable;
  const notYet = size(current) - counts(current).availableReplicas;
  let removable = total() - minAvailable - notYet;
  for (const set of old) {
    const down = Math.min(size(set), Math.max(0, removable));
    removable -= down;
    if (down > 0) scale(store, set, size(set) - down);
  }
}

function createSet(store: ObjectStore, deployment: Deployment, hash: string): ReplicaSet {
  const template = structuredClone(deployment.spec.template);
  const labels = { ...template.metadata?.labels, 'pod-template-hash': hash };
  return store.create({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      labels,
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: 0,
      minReadySeconds: deployment.spec.minReadySeconds ?? 0,
      selector: {
        ...deployment.spec.selector,
        matchLabels: { ...deployment.spec.selector.matchLabels, 'pod-template-hash': hash },
      },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
    status: { replicas: 0, readyReplicas: 0, availableReplicas: 0 },
  });
}

function reportStatus(
  store: ObjectStore,
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): void {
  const all = [current, ...old].map(counts);
  const sum = (field: keyof ReplicaCounts) => all.reduce((total, set) => total + set[field], 0);
  const available = sum('availableReplicas');
  setStatus(store, deployment, {
    observedGeneration: deployment.metadata.generation,
    replicas: sum('replicas'),
    updatedReplicas: counts(current).replicas,
    readyReplicas: sum('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, (deployment.spec.replicas ?? 1) - available),
    conditions: [
      {
        type: 'Available',
        status: available >= (deployment.spec.replicas ?? 1) ? 'True' : 'False',
        reason:
          available >= (deployment.spec.replicas ?? 1)
            ? 'MinimumReplicasAvailable'
            : 'MinimumReplicasUnavailable',
      },
    ],
  });
}

function scale(store: ObjectStore, set: ReplicaSet, replicas: number): void {
  if (set.spec.replicas === replicas) return;
  set.spec.replicas = replicas;
  set.metadata.generation++;
  store.changed(set);
}

function size(set: ReplicaSet): number {
  return set.spec.replicas ?? 1;
}

function counts(set: ReplicaSet): ReplicaCounts {
  return { replicas: 0, readyReplicas: 0, availableReplicas: 0, ...set.status };
}

function resolve(value: number | string, of: number, round: (n: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseFloat(value) / 100) * of);
}
