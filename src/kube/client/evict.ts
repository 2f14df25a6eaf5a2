import type { KubeConnection } from './connection.ts';
import { KubeApiError } from './errors.ts';
import { knownResource } from './read.ts';
import { resourcePath } from './resource.ts';

/**
 * Evicts the pod with this uid through the eviction subresource. One attempt: a 429 is the disruption
 * budget's answer and not a busy server's.
 * @throws KubeApiError when that pod is gone, or has two budgets.
 */
export async function evictPod(
  connection: KubeConnection,
  namespace: string,
  pod: { readonly name: string; readonly uid: string },
  signal: AbortSignal,
): Promise<{ readonly evicted: true } | { readonly evicted: false; readonly reason: string }> {
  try {
    await connection.send(
      {
        method: 'POST',
        path: `${resourcePath(knownResource('Pod'), namespace, pod.name)}/eviction`,
        body: {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: pod.name, namespace },
          deleteOptions: { preconditions: { uid: pod.uid } },
        },
        what: `evict pod ${pod.name} (uid ${pod.uid})`,
      },
      signal,
    );
    return { evicted: true };
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 429) {
      return { evicted: false, reason: error.detail };
    }
    throw error;
  }
}
