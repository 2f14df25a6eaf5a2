import type { AnyObject } from '../store/objects.ts';
import type { Pod } from '../store/pod-objects.ts';
import type { ObjectStore } from '../store/store.ts';

const claimProtection = 'kubernetes.io/pvc-protection';
const podGraceSecondsDefault = 30;

/**
 * Deletes as the API server does: an object with finalizers, and a pod whose containers may still
 * run, only gets its deletionTimestamp; the last to finish takes it out (`finishDeletion`).
 * @param graceSeconds for pods; null means the pod's own terminationGracePeriodSeconds
 */
export function deleteObject(
  store: ObjectStore,
  object: AnyObject,
  graceSeconds: number | null = null,
): void {
  if (!store.holds(object)) return;
  if (object.kind === 'Pod') {
    deletePod(store, object as Pod, graceSeconds);
    return;
  }
  if (object.metadata.finalizers.length === 0) {
    store.remove(object);
    return;
  }
  if (object.metadata.deletionTimestamp !== undefined) return;
  object.metadata.deletionTimestamp = store.now();
  object.metadata.deletionGracePeriodSeconds = 0;
  store.changed(object);
}

function deletePod(store: ObjectStore, pod: Pod, graceSeconds: number | null): void {
  const { metadata } = pod;
  const grace = Math.max(
    0,
    graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? podGraceSecondsDefault,
  );
  const unscheduled = pod.spec.nodeName === undefined;
  if (metadata.deletionTimestamp !== undefined) {
    // As in the API server: a second delete may only shorten the grace period.
    if (grace >= (metadata.deletionGracePeriodSeconds ?? grace)) return;
  }
  metadata.deletionTimestamp = new Date(Date.parse(store.now()) + grace * 1000)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
  metadata.deletionGracePeriodSeconds = unscheduled ? 0 : grace;
  store.changed(pod);
  finishDeletion(store, pod);
}

/** The kubelet's last word: no container of the pod runs any more. */
export function podStopped(store: ObjectStore, pod: Pod): void {
  if (!store.holds(pod) || pod.metadata.deletionTimestamp === undefined) return;
  if (pod.metadata.deletionGracePeriodSeconds !== 0) {
    pod.metadata.deletionGracePeriodSeconds = 0;
    store.changed(pod);
  }
  finishDeletion(store, pod);
}

export function removeFinalizer(store: ObjectStore, object: AnyObject, finalizer: string): void {
  if (!store.holds(object) || !object.metadata.finalizers.includes(finalizer)) return;
  object.metadata.finalizers = object.metadata.finalizers.filter((name) => name !== finalizer);
  store.changed(object);
  finishDeletion(store, object);
}

/** Takes out an object whose deletion waits for nothing more. */
export function finishDeletion(store: ObjectStore, object: AnyObject): void {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined || metadata.finalizers.length > 0) return;
  if (object.kind === 'Pod' && metadata.deletionGracePeriodSeconds !== 0) return;
  store.remove(object);
}

/**
 * Garbage collection and claim protection, one pass: what lost its controlling owner is deleted
 * (background propagation), and a deleted claim goes when no pod uses it any more.
 */
export function collectGarbage(store: ObjectStore): void {
  const alive = new Set<string>();
  const all = store.kinds().flatMap((kind) => store.list(kind));
  for (const object of all) alive.add(object.metadata.uid);
  for (const object of all) {
    const owners = object.metadata.ownerReferences;
    if (owners.length === 0 || owners.some((owner) => alive.has(owner.uid))) continue;
    deleteObject(store, object);
  }
  const used = new Set(
    store
      .list('Pod')
      .flatMap((pod) => pod.spec.volumes ?? [])
      .map((volume) => volume.persistentVolumeClaim?.claimName),
  );
  for (const claim of store.list('PersistentVolumeClaim')) {
    const terminating = claim.metadata.deletionTimestamp !== undefined;
    if (terminating && !used.has(claim.metadata.name)) {
      removeFinalizer(store, claim, claimProtection);
    }
  }
}

/** Binds new claims at once: every claim gets its own directory, created when a pod mounts it. */
export function bindClaims(store: ObjectStore): void {
  for (const claim of store.list('PersistentVolumeClaim')) {
    if (claim.status.phase === 'Bound') continue;
    claim.metadata.finalizers.push(claimProtection);
    claim.spec.volumeName = `pvc-${claim.metadata.uid}`;
    const spec = claim.spec as { resources?: { requests?: object }; accessModes?: unknown };
    claim.status = {
      phase: 'Bound',
      ...(spec.accessModes ? { accessModes: spec.accessModes } : {}),
      ...(spec.resources?.requests ? { capacity: spec.resources.requests } : {}),
    } as typeof claim.status;
    store.changed(claim);
  }
}
