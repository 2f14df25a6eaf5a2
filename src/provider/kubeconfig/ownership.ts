import type { KubeConnection } from '../../kube/client/connection.ts';
import { KubeApiError } from '../../kube/client/errors.ts';
import { getObject } from '../../kube/client/read.ts';
import { findResource } from '../../kube/client/resource.ts';
import { runLabel } from '../../kube/labels.ts';
import { UsageError } from '../../model/errors.ts';
import type { KubeObject } from '../../model/kube-object.ts';

/** A pod, its ReplicaSet, its Deployment, an operator's object, and one above that. */
const mostSteps = 5;

/** Whether an object is of the run. */
export type Ownership = (object: KubeObject, signal: AbortSignal) => Promise<boolean>;

/**
 * On somebody's cluster an object is of the run when it carries the run's label, or when its owners lead
 * to one that does: what an operator makes of a custom resource that we applied has no label of ours.
 * (ownerReferences; metav1: an owner is meant by its uid.) Anything else in the namespace is another's,
 * however like a Redis pod it looks.
 */
export function ownershipOf(
  connection: KubeConnection,
  namespace: string,
  runId: string,
): Ownership {
  const known = new Map<string, Promise<boolean>>();

  async function isOfRun(object: KubeObject, steps: number, signal: AbortSignal): Promise<boolean> {
    const { labels, ownerReferences = [] } = object.metadata;
    if (labels?.[runLabel] === runId) return true;
    if (steps === 0) return false;
    for (const owner of ownerReferences) {
      if (await ownerIsOfRun(owner, steps, signal)) return true;
    }
    return false;
  }

  function ownerIsOfRun(owner: Owner, steps: number, signal: AbortSignal): Promise<boolean> {
    const before = known.get(owner.uid);
    if (before) return before;
    const asked = readOwner(owner, signal).then((found) =>
      found === null ? false : isOfRun(found, steps - 1, signal),
    );
    known.set(owner.uid, asked);
    asked.catch(() => known.delete(owner.uid)); // no answer is not a no
    return asked;
  }

  /** Null when it is gone, another one has its name, or we may not read it. */
  async function readOwner(owner: Owner, signal: AbortSignal): Promise<KubeObject | null> {
    const { apiVersion, kind } = owner;
    if (apiVersion === undefined) return null;
    try {
      const resource = await findResource(connection, { apiVersion, kind }, signal);
      const found = await getObject(connection, namespace, resource, owner.name, signal);
      return found?.metadata.uid === owner.uid ? found : null;
    } catch (error) {
      const refused = error instanceof KubeApiError && [403, 404].includes(error.status);
      if (refused || error instanceof UsageError) return null;
      throw error;
    }
  }

  return (object, signal) => isOfRun(object, mostSteps, signal);
}

type Owner = NonNullable<KubeObject['metadata']['ownerReferences']>[number];
