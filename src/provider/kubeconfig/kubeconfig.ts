import { connectKube, type KubeConnection, readKubeConfig } from '../../kube/client/connection.ts';
import { getObject, listObjects, serverVersion } from '../../kube/client/read.ts';
import { findResource } from '../../kube/client/resource.ts';
import { runLabel } from '../../kube/labels.ts';
import { InfrastructureError, UsageError } from '../../model/errors.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import { waitFor } from '../../platform/wait.ts';
import type { Undo, UndoLog } from '../provider.ts';
import { type ApiProvider, createApiProvider } from './api-provider.ts';
import { awaitEndpoint } from './load-balancer.ts';
import { deleteOwnNamespace, ensureNamespace } from './namespace.ts';
import { ownershipOf } from './ownership.ts';
import { removeSelected } from './removal.ts';

export interface KubeconfigOptions {
  /** File; null: `$KUBECONFIG` or `~/.kube/config`. */
  readonly kubeconfig: string | null;
  /** Null: the file's current context. */
  readonly context: string | null;
  /** The context that the user named with --allow-context; any other is refused. */
  readonly allowContext: string | null;
  readonly namespace: string;
  readonly runId: string;
  readonly undo: UndoLog;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** How long the cluster may take to give a LoadBalancer an address; 5 minutes, as clouds do. */
  readonly addressTimeoutMs?: number;
}

const defaultAddressTimeoutMs = 300_000;
const goneTimeoutMs = 60_000;

interface RunUndo extends Undo {
  readonly kind: 'kubeconfig-run';
  readonly kubeconfig: string | null;
  readonly context: string;
  readonly namespace: string;
  readonly runId: string;
}

/**
 * Works on somebody's cluster, in one namespace, touching only what carries the run's label.
 * @throws UsageError, with nothing touched, for a context that --allow-context does not name.
 */
export async function openKubeconfig(options: KubeconfigOptions): Promise<ApiProvider> {
  const { namespace, runId, signal } = options;
  const context = await allowedContext(options);
  const target = { kubeconfig: options.kubeconfig, context };
  const connection = await connectKube(target);
  try {
    const kubernetes = await serverVersion(connection, signal);
    const record: RunUndo = { kind: 'kubeconfig-run', ...target, namespace, runId };
    const undoId = await options.undo.record(record);
    await ensureNamespace(connection, namespace, runId, signal);
    options.log(`using context ${context} (${kubernetes}), namespace ${namespace}`);
    return createApiProvider({
      environment: {
        provider: 'kubeconfig',
        kubernetes,
        fidelity: [
          'no reaper on this cluster yet: a hold whose runner dies stays until `redis-k8s-chaos clean` takes it off',
        ],
      },
      connection,
      target,
      namespace,
      undo: options.undo,
      admit: (objects, during) => refuseForeign(connection, namespace, runId, objects, during),
      owns: ownershipOf(connection, namespace, runId),
      narrow: (selector) => `${selector},${runLabel}=${runId}`,
      endpoint: (service, during, servicePort) =>
        awaitEndpoint(
          {
            connection,
            namespace,
            service,
            servicePort,
            timeoutMs: options.addressTimeoutMs ?? defaultAddressTimeoutMs,
            assign: async () =>
              'the cluster has given it no address: it needs a load balancer controller (a cloud, MetalLB, k3s)',
          },
          during,
        ),
      end: async (kept, during) => {
        if (kept) return; // its undo stays in the journal
        await removeRun(connection, namespace, runId, during);
        await options.undo.done(undoId);
      },
    });
  } catch (error) {
    await connection.close();
    throw error; // what was made stays in the journal for `clean`
  }
}

/** Deletes what a journalled run left on somebody's cluster. Idempotent. */
export async function undoKubeconfigRun(undo: Undo, signal: AbortSignal): Promise<void> {
  const { kind, kubeconfig, context, namespace, runId } = undo as RunUndo;
  if (kind !== 'kubeconfig-run') {
    throw new InfrastructureError(`not a kubeconfig run: ${JSON.stringify(undo)}`);
  }
  const connection = await connectKube({ kubeconfig, context });
  try {
    await removeRun(connection, namespace, runId, signal);
  } finally {
    await connection.close();
  }
}

async function allowedContext(options: KubeconfigOptions): Promise<string> {
  const config = await readKubeConfig(options.kubeconfig);
  const context = options.context ?? config.getCurrentContext();
  const known = config.getContexts().map(({ name }) => name);
  if (!known.includes(context)) {
    throw new UsageError(
      `the kubeconfig has no context ${JSON.stringify(context)}; it has ${known.join(', ') || 'none'}`,
    );
  }
  if (options.allowContext !== context) {
    throw new UsageError(
      `context ${context} is not allowed: pods will be deleted there, so say --allow-context ${context} if that is what you want${options.allowContext === null ? '' : ` (allowed is ${options.allowContext})`}`,
    );
  }
  return context;
}

/** Server-side apply would take over what others made, and the run's end would delete it. */
async function refuseForeign(
  connection: KubeConnection,
  namespace: string,
  runId: string,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    objects.map(async (object) => {
      const { kind, metadata } = object;
      if (metadata.labels?.[runLabel] !== runId) {
        throw new UsageError(
          `${kind} ${metadata.name} does not carry this run's label ${runLabel}=${runId}: on somebody's cluster nothing else is made`,
        );
      }
      const resource = await findResource(connection, object, signal);
      const found = await getObject(connection, namespace, resource, metadata.name, signal);
      if (!found || found.metadata.labels?.[runLabel] === runId) return;
      throw new UsageError(
        `${kind} ${metadata.name} exists already in namespace ${namespace} and is not of this run: choose another --namespace, or remove it`,
      );
    }),
  );
}

async function removeRun(
  connection: KubeConnection,
  namespace: string,
  runId: string,
  signal: AbortSignal,
): Promise<void> {
  const selector = `${runLabel}=${runId}`;
  await removeSelected(connection, namespace, selector, signal);
  if (await deleteOwnNamespace(connection, namespace, runId, signal)) return;
  await waitFor(
    {
      what: `the run's pods in namespace ${namespace} to be gone`,
      timeoutMs: goneTimeoutMs,
      everyMs: 250,
      signal,
    },
    async () => {
      const left = await listObjects(connection, namespace, 'Pod', selector, signal);
      if (left.length === 0) return { done: true, value: null };
      return { done: false, seen: left.map(({ metadata }) => metadata.name).join(', ') };
    },
  );
}
