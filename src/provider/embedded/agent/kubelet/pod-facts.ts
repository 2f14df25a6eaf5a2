import { createHash } from 'node:crypto';
import type { AnyObject } from '../store/objects.ts';
import type { Container, Pod, PodTemplate } from '../store/pod-objects.ts';
import type { ObjectStore } from '../store/store.ts';
import type { NewObject, OwnerReference } from '../store/stored-object.ts';

export function isReady(pod: Pod): boolean {
  return pod.status.conditions.some((c) => c.type === 'Ready' && c.status === 'True');
}

/** Ready for `minReadySeconds` already. */
export function isAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  const ready = pod.status.conditions.find((c) => c.type === 'Ready' && c.status === 'True');
  if (!ready) return false;
  return (
    minReadySeconds === 0 || nowMs - Date.parse(ready.lastTransitionTime) >= minReadySeconds * 1000
  );
}

export function isTerminating(object: AnyObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

export function isFinished(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

export function isControlledBy(object: AnyObject, owner: AnyObject): boolean {
  return object.metadata.ownerReferences.some(
    (reference) => reference.controller === true && reference.uid === owner.metadata.uid,
  );
}

export function controllerReference(owner: AnyObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function ownedPods(store: ObjectStore, owner: AnyObject): Pod[] {
  return store.list('Pod').filter((pod) => isControlledBy(pod, owner));
}

/** A short name for a template's content, as `pod-template-hash` and revisions use it. */
export function templateHash(template: PodTemplate): string {
  return createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
}

/** The pod that a controller makes from its template. */
export function podFromTemplate(
  template: PodTemplate,
  owner: AnyObject,
  name: string,
  labels: Record<string, string>,
): NewObject & { kind: 'Pod' } {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { ...template.metadata?.labels, ...labels },
      annotations: { ...template.metadata?.annotations },
      ownerReferences: [controllerReference(owner)],
    },
    spec: structuredClone(template.spec),
    status: { phase: 'Pending', conditions: [] },
  };
}

/** Sets an object's status if that changes it; keeps a controller's pass from going on for ever. */
export function setStatus(
  store: ObjectStore,
  object: AnyObject & { status?: unknown },
  status: unknown,
): void {
  if (JSON.stringify(object.status) === JSON.stringify(status)) return;
  object.status = status;
  store.changed(object);
}

/** An init container that runs beside the others (KEP-753). */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** Init containers are tried again unless the pod's policy is Never. */
export function initPolicy(pod: Pod): 'OnFailure' | 'Never' {
  return pod.spec.restartPolicy === 'Never' ? 'Never' : 'OnFailure';
}
