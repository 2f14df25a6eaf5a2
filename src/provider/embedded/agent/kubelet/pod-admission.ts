import { recordEvent } from '../store/kube-events.ts';
import type { AnyObject } from '../store/objects.ts';
import type { Pod } from '../store/pod-objects.ts';
import type { ObjectStore } from '../store/store.ts';
import type { NewObject } from '../store/stored-object.ts';
import { accountExists, accountOf } from './account-tokens.ts';

type NewPod = NewObject & { kind: 'Pod' };

/** Why the ServiceAccount admission does not let the pod in; null when it does. */
export function admissionRefusal(store: ObjectStore, pod: NewPod): string | null {
  const account = accountOf(pod);
  if (accountExists(store, account)) return null;
  return `pods "${pod.metadata.name}" is forbidden: error looking up service account ${store.namespace}/${account}: serviceaccount "${account}" not found`;
}

/**
 * Creates a controller's pod; null when it is not let in, with an event that says why. The next pass
 * tries again.
 */
export function createOwnedPod(store: ObjectStore, owner: AnyObject, pod: NewPod): Pod | null {
  const refusal = admissionRefusal(store, pod);
  if (refusal === null) return store.create(pod);
  const { name } = pod.metadata;
  const message =
    owner.kind === 'StatefulSet'
      ? `create Pod ${name} in StatefulSet ${owner.metadata.name} failed error: ${refusal}`
      : `Error creating: ${refusal.replace(name, `${owner.metadata.name}-`)}`;
  const told = store
    .list('Event')
    .some((event) => event.involvedObject.uid === owner.metadata.uid && event.message === message);
  // A pass comes with every change: real controllers back off instead of telling it each time.
  if (!told) recordEvent(store, owner, 'Warning', 'FailedCreate', message);
  return null;
}
