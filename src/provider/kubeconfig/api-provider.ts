import { applyObjects } from '../../kube/client/apply.ts';
import type { KubeConnection, KubeTarget } from '../../kube/client/connection.ts';
import { deleteObject } from '../../kube/client/delete.ts';
import { KubeApiError } from '../../kube/client/errors.ts';
import { evictPod } from '../../kube/client/evict.ts';
import { execInPod } from '../../kube/client/exec.ts';
import { podLogs } from '../../kube/client/logs.ts';
import { getObject, knownResource, listObjects } from '../../kube/client/read.ts';
import { InfrastructureError, UsageError } from '../../model/errors.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import { capabilitiesOf } from '../capabilities.ts';
import type { HoldRef, Provider, ProviderEnvironment, UndoLog } from '../provider.ts';
import { deleteClaimsOf } from './claims.ts';
import { createHolds } from './hold.ts';
import type { Endpoint } from './load-balancer.ts';
import type { Ownership } from './ownership.ts';
import { removeSelected } from './removal.ts';

/** A provider on a real API server. */
export interface ApiProvider extends Provider {
  /** The kubeconfig it works with; null: the default one. For people who look at what was kept. */
  readonly kubeconfig: string | null;
}

export interface ApiProviderOptions {
  readonly environment: ProviderEnvironment;
  readonly connection: KubeConnection;
  readonly target: KubeTarget;
  readonly namespace: string;
  readonly undo: UndoLog;
  /** Refuses objects before anything is applied, by throwing. */
  readonly admit: (objects: readonly KubeObject[], signal: AbortSignal) => Promise<void>;
  /** Whether a pod of the namespace is one of the run's; others are neither seen nor touched. */
  readonly owns: Ownership;
  /** Narrows what `remove` may touch. */
  readonly narrow: (selector: string) => string;
  readonly endpoint: (
    service: string,
    signal: AbortSignal,
    servicePort?: number,
  ) => Promise<Endpoint>;
  /** Ends what was started; `kept` after `keep()`. Called once, with holds healed before. */
  readonly end: (kept: boolean, signal: AbortSignal) => Promise<void>;
}

const disposeTimeoutMs = 120_000;

/** What kind and kubeconfig share: everything but where the cluster and the addresses come from. */
export function createApiProvider(options: ApiProviderOptions): ApiProvider {
  const { connection, namespace, environment, target, undo } = options;
  const capabilities = capabilitiesOf[environment.provider];
  const holds = createHolds(connection, {
    provider: environment.provider,
    namespace,
    target,
    undo,
  });
  let kept = false;
  let disposing: Promise<void> | null = null;

  async function deletePod(
    pod: { readonly name: string; readonly uid: string },
    { graceSeconds, hold: withHold }: { graceSeconds: number | null; hold: boolean },
    signal: AbortSignal,
  ): Promise<HoldRef | null> {
    await refuseOthers(pod, 'delete', signal);
    const hold = withHold ? await holds.put(pod, signal) : null;
    const resource = knownResource('Pod');
    try {
      const there = await deleteObject(connection, namespace, resource, pod, graceSeconds, signal);
      if (there) return hold;
      throw new KubeApiError(`delete pod ${pod.name}`, 404, 'NotFound', `uid ${pod.uid} is gone`);
    } catch (error) {
      // Not deleted, so not to be held either; when that fails too its undo stays in the journal.
      if (hold) await holds.release(hold, AbortSignal.timeout(5000)).catch(() => {});
      throw error;
    }
  }

  /** @throws InfrastructureError for a pod of that name and uid that is not of the run */
  async function refuseOthers(
    pod: { readonly name: string; readonly uid: string },
    deed: string,
    signal: AbortSignal,
  ): Promise<void> {
    const found = await getObject(connection, namespace, knownResource('Pod'), pod.name, signal);
    // one that is gone, or has a successor, is told by the deed itself, which names the uid
    if (found?.metadata.uid !== pod.uid || (await options.owns(found, signal))) return;
    throw new InfrastructureError(
      `refused to ${deed} pod ${pod.name} in namespace ${namespace}: neither it nor an owner of it carries this run's label, so it is somebody else's`,
    );
  }

  async function listOwn(
    kind: string,
    selector: string | null,
    signal: AbortSignal,
  ): Promise<readonly KubeObject[]> {
    const found = await listObjects(connection, namespace, kind, selector, signal);
    if (kind !== 'Pod') return found;
    const own = await Promise.all(found.map((object) => options.owns(object, signal)));
    return found.filter((_, at) => own[at]);
  }

  async function end(): Promise<void> {
    const signal = AbortSignal.timeout(disposeTimeoutMs);
    try {
      await holds.releaseAll(signal);
    } finally {
      await options.end(kept, signal).finally(() => connection.close());
    }
  }

  return {
    name: environment.provider,
    namespace,
    kubeconfig: target.kubeconfig,
    capabilities,
    environment: () => environment,
    async apply(objects, signal) {
      for (const { kind, metadata } of objects) {
        if (metadata.namespace === undefined || metadata.namespace === namespace) continue;
        throw new UsageError(
          `${kind} ${metadata.name} is in namespace ${metadata.namespace}, but the run works in ${namespace}`,
        );
      }
      await options.admit(objects, signal);
      await applyObjects(connection, namespace, objects, signal);
    },
    remove: (selector, signal) =>
      removeSelected(connection, namespace, options.narrow(selector), signal),
    list: listOwn,
    exec: (pod, container, argv, { stdin, timeoutMs }, signal) =>
      execInPod(
        connection,
        { namespace, pod, container, argv, timeoutMs, ...(stdin ? { stdin } : {}) },
        signal,
      ),
    logs: (pod, container, how, signal) =>
      podLogs(connection, { namespace, pod, container }, how, signal),
    deletePod,
    async evictPod(pod, signal) {
      await refuseOthers(pod, 'evict', signal);
      return evictPod(connection, namespace, pod, signal);
    },
    ...(capabilities.has('claim-delete') && {
      async deleteClaims(
        pod: { readonly name: string; readonly uid: string },
        signal: AbortSignal,
      ) {
        await refuseOthers(pod, 'delete the claims of', signal);
        return deleteClaimsOf(connection, namespace, pod, signal);
      },
    }),
    release: (hold, signal) => holds.release(hold, signal),
    endpoint: options.endpoint,
    keep() {
      kept = true;
    },
    dispose() {
      disposing ??= end();
      return disposing;
    },
  };
}
