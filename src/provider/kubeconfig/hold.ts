import { connectKube, type KubeConnection, type KubeTarget } from '../../kube/client/connection.ts';
import { setPodFinalizer } from '../../kube/client/delete.ts';
import { KubeApiError } from '../../kube/client/errors.ts';
import { getObject, knownResource } from '../../kube/client/read.ts';
import { InfrastructureError } from '../../model/errors.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import type { ProviderName } from '../../model/plan.ts';
import type { HoldRef, Undo, UndoLog } from '../provider.ts';

/** Domain-qualified, as the API server wants finalizers to be. */
export const holdFinalizer = 'redis-k8s-chaos.dev/hold';

const undoTimeoutMs = 30_000;

export interface Holds {
  /** Puts the finalizer on, its undo recorded first. The pod must belong to a StatefulSet. */
  put(pod: PodIdentity, signal: AbortSignal): Promise<HoldRef>;
  /** Takes the finalizer off; no error when the pod is gone. */
  release(hold: HoldRef, signal: AbortSignal): Promise<void>;
  releaseAll(signal: AbortSignal): Promise<void>;
}

export interface PodIdentity {
  readonly name: string;
  readonly uid: string;
}

interface HoldUndo extends Undo {
  readonly kind: 'hold';
  readonly provider: ProviderName;
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly finalizer: string;
  readonly kubeconfig: string | null;
  readonly context: string;
}

/**
 * A finalizer stops a deleted pod's containers as usual, yet keeps the pod object, and a StatefulSet
 * makes no successor while an object of that name is there. (A ReplicaSet replaces a terminating pod
 * at once: refused.) With ordered pod management a held pod also keeps later ordinals from coming
 * back, so a second hold in the same StatefulSet is refused there.
 */
export function createHolds(
  connection: KubeConnection,
  options: {
    readonly provider: ProviderName;
    readonly namespace: string;
    readonly target: KubeTarget;
    readonly undo: UndoLog;
  },
): Holds {
  const { namespace, undo } = options;
  const held = new Map<string, { hold: HoldRef; undoId: string; owner: string }>();

  async function release(hold: HoldRef, signal: AbortSignal): Promise<void> {
    const { pod: name, uid, finalizer } = hold;
    await setPodFinalizer(connection, namespace, { name, uid }, finalizer, false, signal);
    const entry = held.get(uid);
    held.delete(uid);
    if (entry) await undo.done(entry.undoId);
  }

  return {
    async put(pod, signal) {
      const found = await getObject(connection, namespace, knownResource('Pod'), pod.name, signal);
      if (found?.metadata.uid !== pod.uid) {
        const now = found ? `its uid is ${found.metadata.uid} now` : 'it is gone';
        throw new InfrastructureError(`cannot hold pod ${pod.name} (uid ${pod.uid}): ${now}`);
      }
      const owner = await statefulSetOf(connection, namespace, found, signal);
      const ordered = managementPolicyOf(owner) === 'OrderedReady';
      const other = [...held.values()].find((one) => one.owner === owner.metadata.uid);
      if (ordered && other) {
        throw new InfrastructureError(
          `cannot hold pod ${pod.name}: ${other.hold.pod} of the same StatefulSet ${owner.metadata.name} is held, and with podManagementPolicy OrderedReady neither would come back in order; use Parallel, or hold one pod at a time`,
        );
      }
      const hold: HoldRef = { pod: pod.name, uid: pod.uid, finalizer: holdFinalizer };
      const record: HoldUndo = {
        kind: 'hold',
        provider: options.provider,
        namespace,
        ...hold,
        kubeconfig: options.target.kubeconfig,
        context: connection.context,
      };
      const undoId = await undo.record(record);
      held.set(pod.uid, { hold, undoId, owner: owner.metadata.uid ?? '' });
      const put = await setPodFinalizer(connection, namespace, pod, holdFinalizer, true, signal);
      if (put === null) {
        await release(hold, signal);
        throw new InfrastructureError(`cannot hold pod ${pod.name} (uid ${pod.uid}): it went away`);
      }
      return hold;
    },
    release,
    async releaseAll(signal) {
      const ended = await Promise.allSettled(
        [...held.values()].map(({ hold }) => release(hold, signal)),
      );
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
    },
  };
}

/**
 * Takes a journalled hold off. Idempotent: a pod that is gone, or a successor, is left alone. A kind
 * cluster that does not answer is no error: its own undo, next in the journal, ends the pod too.
 */
export async function undoHold(undo: Undo, signal: AbortSignal): Promise<void> {
  const { kind, provider, namespace, pod, uid, finalizer, kubeconfig, context } = undo as HoldUndo;
  if (kind !== 'hold') throw new InfrastructureError(`not a hold: ${JSON.stringify(undo)}`);
  let connection: KubeConnection | null = null;
  try {
    connection = await connectKube({ kubeconfig, context });
    const limit = AbortSignal.any([signal, AbortSignal.timeout(undoTimeoutMs)]);
    await setPodFinalizer(connection, namespace, { name: pod, uid }, finalizer, false, limit);
  } catch (error) {
    signal.throwIfAborted();
    if (provider !== 'kind' || error instanceof KubeApiError) throw error;
  } finally {
    await connection?.close();
  }
}

async function statefulSetOf(
  connection: KubeConnection,
  namespace: string,
  pod: KubeObject,
  signal: AbortSignal,
): Promise<KubeObject> {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner?.kind !== 'StatefulSet') {
    throw new InfrastructureError(
      `cannot hold pod ${pod.metadata.name}: its owner is ${owner ? `${owner.kind} ${owner.name}` : 'nobody'}, which does not wait for a held pod; only a StatefulSet's pods can be held (use --hold none)`,
    );
  }
  const set = await getObject(
    connection,
    namespace,
    knownResource('StatefulSet'),
    owner.name,
    signal,
  );
  if (set?.metadata.uid === owner.uid) return set;
  throw new InfrastructureError(
    `cannot hold pod ${pod.metadata.name}: its StatefulSet ${owner.name} is gone`,
  );
}

function managementPolicyOf(set: KubeObject): string {
  const spec = set.spec as { podManagementPolicy?: string } | undefined;
  return spec?.podManagementPolicy ?? 'OrderedReady';
}
