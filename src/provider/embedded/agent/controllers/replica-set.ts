import { createOwnedPod } from '../kubelet/pod-admission.ts';
import {
  isAvailable,
  isFinished,
  isReady,
  isTerminating,
  ownedPods,
  podFromTemplate,
  setStatus,
} from '../kubelet/pod-facts.ts';
import type { ReplicaSet } from '../store/objects.ts';
import type { Pod } from '../store/pod-objects.ts';
import type { ObjectStore } from '../store/store.ts';
import { deleteObject } from './deletion.ts';

/**
 * One pass of the ReplicaSet controller: pods that terminate or have finished do not count, so a
 * deleted one is replaced at once (which is why a hold cannot work under a ReplicaSet).
 */
export function reconcileReplicaSet(
  store: ObjectStore,
  set: ReplicaSet,
  nowMs: number,
  newSuffix: () => string,
): void {
  if (isTerminating(set)) return;
  const active = activePods(store, set);
  const wanted = set.spec.replicas ?? 1;
  for (let missing = wanted - active.length; missing > 0; missing--) {
    const name = `${set.metadata.name}-${newSuffix()}`;
    const pod = podFromTemplate(set.spec.template, set, name, {});
    if (!createOwnedPod(store, set, pod)) break;
  }
  // Not-ready pods go first, as in the controller's ranking.
  const surplus = [...active].sort((a, b) => Number(isReady(a)) - Number(isReady(b)));
  for (const pod of surplus.slice(0, Math.max(0, active.length - wanted))) {
    deleteObject(store, pod);
  }
  const left = activePods(store, set);
  const minReady = set.spec.minReadySeconds ?? 0;
  setStatus(store, set, {
    observedGeneration: set.metadata.generation,
    replicas: left.length,
    fullyLabeledReplicas: left.length,
    readyReplicas: left.filter(isReady).length,
    availableReplicas: left.filter((pod) => isAvailable(pod, minReady, nowMs)).length,
  });
}

function activePods(store: ObjectStore, set: ReplicaSet): Pod[] {
  return ownedPods(store, set).filter((pod) => !isTerminating(pod) && !isFinished(pod));
}
