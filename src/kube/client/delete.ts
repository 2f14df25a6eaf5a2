import type { KubeObject } from '../../model/kube-object.ts';
import { systemClock } from '../../platform/clock.ts';
import type { KubeConnection } from './connection.ts';
import { isConflict, isGone, isNotFound } from './errors.ts';
import { getObject, knownResource } from './read.ts';
import { type Resource, resourcePath } from './resource.ts';

/**
 * Deletes the object with this uid; a successor of the same name is never touched.
 * @returns false when it is gone already.
 */
export async function deleteObject(
  connection: KubeConnection,
  namespace: string,
  resource: Resource,
  object: { readonly name: string; readonly uid: string },
  graceSeconds: number | null,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await connection.sendPersistently(
      {
        method: 'DELETE',
        path: resourcePath(resource, namespace, object.name),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          preconditions: { uid: object.uid },
          propagationPolicy: 'Background',
          ...(graceSeconds === null ? {} : { gracePeriodSeconds: graceSeconds }),
        },
        what: `delete ${resource.plural} ${object.name} (uid ${object.uid})`,
      },
      signal,
    );
    return true;
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return false; // another uid: ours is gone
    throw error;
  }
}

/** A pod changes some times a second while it starts or ends; after this it is something else. */
const mostAttempts = 50;

/**
 * Puts a finalizer on the pod with this uid, or takes it off, by a JSON patch that tests uid and
 * resourceVersion: it never touches a successor and never undoes somebody else's change.
 * @returns the pod as it was last seen; null when no pod of that uid is there.
 */
export async function setPodFinalizer(
  connection: KubeConnection,
  namespace: string,
  pod: { readonly name: string; readonly uid: string },
  finalizer: string,
  present: boolean,
  signal: AbortSignal,
): Promise<KubeObject | null> {
  const resource = knownResource('Pod');
  for (let attempt = 1; ; attempt++) {
    const found = await getObject(connection, namespace, resource, pod.name, signal);
    if (found?.metadata.uid !== pod.uid) return null;
    const finalizers = found.metadata.finalizers ?? [];
    if (finalizers.includes(finalizer) === present) return found;
    const wanted = present
      ? [...finalizers, finalizer]
      : finalizers.filter((one) => one !== finalizer);
    const patch = [
      { op: 'test', path: '/metadata/uid', value: pod.uid },
      { op: 'test', path: '/metadata/resourceVersion', value: found.metadata.resourceVersion },
      { op: 'add', path: '/metadata/finalizers', value: wanted }, // `add` replaces what is there
    ];
    try {
      await connection.sendPersistently(
        {
          method: 'PATCH',
          path: resourcePath(resource, namespace, pod.name),
          body: patch,
          contentType: 'application/json-patch+json',
          what: `${present ? 'put finalizer on' : 'take finalizer off'} pod ${pod.name}`,
        },
        signal,
      );
      return found;
    } catch (error) {
      if (isGone(error, pod.name)) return null;
      if (!isConflict(error) || attempt >= mostAttempts) throw error;
    }
    // changed meanwhile: look again, a little later each time
    await systemClock.sleep(Math.min(10 * attempt, 100), signal);
  }
}
