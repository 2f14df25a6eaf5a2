import type { KubeConnection } from './connection.ts';
import { KubeApiError } from './errors.ts';
import { knownResource } from './read.ts';
import { resourcePath } from './resource.ts';

/** A container's log, stdout and stderr together; `''` when that container never started. */
export async function podLogs(
  connection: KubeConnection,
  at: { readonly namespace: string; readonly pod: string; readonly container: string },
  options: { readonly previous?: boolean; readonly timestamps?: boolean },
  signal: AbortSignal,
): Promise<string> {
  try {
    return await connection.sendPersistently(
      {
        method: 'GET',
        path: `${resourcePath(knownResource('Pod'), at.namespace, at.pod)}/log`,
        query: {
          container: at.container,
          ...(options.previous ? { previous: 'true' } : {}),
          ...(options.timestamps ? { timestamps: 'true' } : {}),
        },
        what: `read the log of ${at.pod}/${at.container}`,
        timeoutMs: 60_000,
      },
      signal,
    );
  } catch (error) {
    if (error instanceof KubeApiError && neverStarted(error.detail)) return '';
    throw error;
  }
}

/** The kubelet's 400s: waiting to start, no previous instance, image not pulled, not scheduled yet. */
function neverStarted(detail: string): boolean {
  return /is waiting to start|not found in pod|previous terminated container|is not available|does not have a host assigned|PodInitializing|ContainerCreating/.test(
    detail,
  );
}
