import { createOwnedPod } from '../kubelet/pod-admission.ts';
import {
  controllerReference,
  isAvailable,
  isControlledBy,
  isFinished,
  isReady,
  isTerminating,
  ownedPods,
  podFromTemplate,
  setStatus,
  templateHash,
} from '../kubelet/pod-facts.ts';
import type { StatefulSet } from '../store/objects.ts';
import type { Pod, PodTemplate } from '../store/pod-objects.ts';
import type { ObjectStore } from '../store/store.ts';
import { deleteObject } from './deletion.ts';

/**
 * One pass of the StatefulSet controller. The rules are those of Kubernetes'
 * pkg/controller/statefulset: a pod that still exists, however dead, keeps its successor away;
 * OrderedReady waits for each predecessor to be ready; an update goes from the highest ordinal down,
 * one pod at a time.
 */
export function reconcileStatefulSet(store: ObjectStore, set: StatefulSet, nowMs: number): void {
  if (isTerminating(set)) return;
  const start = set.spec.ordinals?.start ?? 0;
  const wanted = set.spec.replicas ?? 1;
  const revision = `${set.metadata.name}-${templateHash(set.spec.template)}`;
  const partition = partitionOf(set);
  const pods = new Map(ownedPods(store, set).map((pod) => [ordinalOf(pod), pod]));
  const ordered = set.spec.podManagementPolicy !== 'Parallel';
  const healthy = (pod: Pod) =>
    isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs) && !isTerminating(pod);

  rememberRevision(store, set, revision);
  const settled = fillReplicas();
  if (settled) {
    if (condemn()) update();
  }
  reportStatus(store, set, revision, nowMs);

  /** Creates what is missing, replaces what has finished; true when nothing holds up the rest. */
  function fillReplicas(): boolean {
    for (let ordinal = start; ordinal < start + wanted; ordinal++) {
      const pod = pods.get(ordinal);
      if (!pod) {
        const created = createPod(
          store,
          set,
          ordinal,
          ordinal < start + partition ? oldRevision(store, set, revision) : revision,
        );
        if (created) pods.set(ordinal, created);
        if (ordered) return false;
      } else if (isFinished(pod) && !isTerminating(pod)) {
        deleteObject(store, pod);
        if (ordered) return false;
      } else if (ordered && !healthy(pod)) {
        return false;
      }
    }
    return true;
  }

  /** Deletes pods beyond the replicas, highest first; true when none is left. */
  function condemn(): boolean {
    const beyond = [...pods.entries()]
      .filter(([ordinal]) => ordinal < start || ordinal >= start + wanted)
      .sort(([a], [b]) => b - a);
    for (const [, pod] of beyond) {
      if (!isTerminating(pod)) deleteObject(store, pod);
      if (ordered) break;
    }
    return beyond.length === 0;
  }

  function update(): void {
    if (set.spec.updateStrategy?.type === 'OnDelete') return;
    for (let ordinal = start + wanted - 1; ordinal >= start + partition; ordinal--) {
      const pod = pods.get(ordinal);
      if (!pod) return;
      if (revisionOf(pod) !== revision && !isTerminating(pod)) {
        deleteObject(store, pod);
        return;
      }
      if (!healthy(pod)) return;
    }
  }
}

/** Pods below it keep the template they had (isCurrentRevisionNeeded of stateful_set_utils.go). */
function partitionOf(set: StatefulSet): number {
  const { type = 'RollingUpdate', rollingUpdate } = set.spec.updateStrategy ?? {};
  return type === 'RollingUpdate' ? (rollingUpdate?.partition ?? 0) : 0;
}

/** The revision that a roll-out under way started from. */
function oldRevision(store: ObjectStore, set: StatefulSet, newest: string): string {
  const { currentRevision } = set.status as { currentRevision?: string };
  const known = currentRevision && store.get('ControllerRevision', currentRevision);
  return known ? currentRevision : newest;
}

function templateOf(store: ObjectStore, set: StatefulSet, revision: string): PodTemplate {
  return store.get('ControllerRevision', revision)?.data.spec.template ?? set.spec.template;
}

function rememberRevision(store: ObjectStore, set: StatefulSet, name: string): void {
  if (store.get('ControllerRevision', name)) return;
  const before = store.list('ControllerRevision').filter((each) => isControlledBy(each, set));
  store.create({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      labels: { ...set.spec.template.metadata?.labels },
      ownerReferences: [controllerReference(set)],
    },
    data: { spec: { template: structuredClone(set.spec.template) } },
    revision: 1 + Math.max(0, ...before.map(({ revision }) => revision)),
  });
}

function createPod(
  store: ObjectStore,
  set: StatefulSet,
  ordinal: number,
  revision: string,
): Pod | null {
  const name = `${set.metadata.name}-${ordinal}`;
  if (store.get('Pod', name)) return null; // somebody else's pod has our name
  const claims = (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    template,
    name: `${template.metadata.name}-${name}`,
  }));
  for (const claim of claims) {
    const present = store.get('PersistentVolumeClaim', claim.name);
    // As Kubernetes: a claim on its way out is not used again, the pod waits for a new one.
    if (present && isTerminating(present)) return null;
    if (present) continue;
    store.create({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: claim.name,
        labels: { ...claim.template.metadata.labels, ...set.spec.selector.matchLabels },
        annotations: { ...claim.template.metadata.annotations },
      },
      spec: structuredClone(claim.template.spec),
      status: { phase: 'Pending' },
    });
  }
  const pod = podFromTemplate(templateOf(store, set, revision), set, name, {
    'apps.kubernetes.io/pod-index': String(ordinal),
    'controller-revision-hash': revision,
    'statefulset.kubernetes.io/pod-name': name,
  });
  const spec = pod.spec as Pod['spec'];
  spec.hostname = name;
  if (set.spec.serviceName) spec.subdomain = set.spec.serviceName;
  const claimNames = new Set(claims.map((claim) => claim.template.metadata.name));
  spec.volumes = [
    ...claims.map((claim) => ({
      name: claim.template.metadata.name,
      persistentVolumeClaim: { claimName: claim.name },
    })),
    ...(spec.volumes ?? []).filter((volume) => !claimNames.has(volume.name)),
  ];
  return createOwnedPod(store, set, pod);
}

function reportStatus(
  store: ObjectStore,
  set: StatefulSet,
  updateRevision: string,
  nowMs: number,
): void {
  const pods = ownedPods(store, set);
  const live = pods.filter((pod) => !isTerminating(pod) && !isFinished(pod));
  const updated = live.filter((pod) => revisionOf(pod) === updateRevision).length;
  const before = (set.status as { currentRevision?: string } | undefined)?.currentRevision;
  const done = live.length === (set.spec.replicas ?? 1) && updated === live.length;
  const current = done ? updateRevision : (before ?? updateRevision);
  setStatus(store, set, {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    readyReplicas: pods.filter(isReady).length,
    availableReplicas: pods.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs))
      .length,
    currentReplicas: live.filter((pod) => revisionOf(pod) === current).length,
    updatedReplicas: updated,
    currentRevision: current,
    updateRevision,
    collisionCount: 0,
  });
}

function ordinalOf(pod: Pod): number {
  return Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? Number.NaN);
}

function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels['controller-revision-hash'];
}
