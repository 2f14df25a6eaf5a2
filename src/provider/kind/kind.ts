import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { connectKube, type KubeConnection } from '../../kube/client/connection.ts';
import { listObjects, serverVersion } from '../../kube/client/read.ts';
import { InfrastructureError } from '../../model/errors.ts';
import { waitFor } from '../../platform/wait.ts';
import { type ApiProvider, createApiProvider } from '../kubeconfig/api-provider.ts';
import { awaitEndpoint } from '../kubeconfig/load-balancer.ts';
import { ensureNamespace } from '../kubeconfig/namespace.ts';
import type { UndoLog } from '../provider.ts';
import {
  createKindCluster,
  deleteHalfMadeCluster,
  deleteKindCluster,
  type KindClusterUndo,
  loadImages,
  refuseMissingImages,
  refuseTakenName,
} from './cluster.ts';
import { type ContainerRuntime, findContainerRuntime } from './container-runtime.ts';
import { type HostAccess, reachCluster } from './host-access.ts';
import { findKind, type KindProgram } from './kind-program.ts';
import { createLoadBalancing, mappedNodePorts } from './load-balancer.ts';

export interface KindOptions {
  /** Unique, starting with `rkc-`. */
  readonly clusterName: string;
  readonly runId: string;
  /** One control plane and `nodes` - 1 workers. */
  readonly nodes: number;
  /** Null: the one that this version of kind was made for. */
  readonly nodeImage: string | null;
  /** Null: what is on PATH, else a default that is downloaded. */
  readonly kindVersion: string | null;
  /** Local images to load into the nodes. */
  readonly loadImages: readonly string[];
  readonly namespace: string;
  readonly undo: UndoLog;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Where the cluster's kubeconfig is written; ~/.kube/config is never touched. */
  readonly stateDir: string;
  /** `mapped` forces the way of hosts that do not reach container addresses; for tests. */
  readonly access?: 'auto' | 'mapped';
}

const addressTimeoutMs = 60_000;
const nodesTimeoutMs = 90_000;
const cleanupTimeoutMs = 90_000;

/**
 * Creates a kind cluster of its own, deleted again by `dispose`. Its undo is in the journal before
 * it is created; when anything fails on the way it is deleted at once.
 * @throws InfrastructureError; UsageError for a taken name or an image that is not there.
 */
export async function openKind(options: KindOptions): Promise<ApiProvider> {
  const { clusterName, signal, log } = options;
  const runtime = await findContainerRuntime(signal); // first: without it nothing is downloaded
  const kind = await findKind(options.kindVersion, log, signal);
  await refuseTakenName(runtime, clusterName, signal);
  await refuseMissingImages(runtime, options.loadImages, signal);
  const folder = join(options.stateDir, 'kind');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const kubeconfig = join(folder, `${clusterName}.kubeconfig`);
  const record: KindClusterUndo = {
    kind: 'kind-cluster',
    name: clusterName,
    provider: runtime.program,
    kubeconfig,
  };
  const undoId = await options.undo.record(record);
  try {
    return await start(options, runtime, kind, kubeconfig, undoId);
  } catch (error) {
    const until = AbortSignal.timeout(cleanupTimeoutMs);
    await deleteHalfMadeCluster(runtime.program, clusterName, kubeconfig, until).then(
      () => options.undo.done(undoId),
      (cause) => log(`the cluster ${clusterName} is left for \`clean\`: ${String(cause)}`),
    );
    throw error;
  }
}

async function start(
  options: KindOptions,
  runtime: ContainerRuntime,
  kind: KindProgram,
  kubeconfig: string,
  undoId: string,
): Promise<ApiProvider> {
  const { clusterName, nodes, nodeImage, namespace, signal, log, undo } = options;
  const expectDirect = options.access !== 'mapped' && runtime.direct;
  const mappedPorts = expectDirect ? [] : mappedNodePorts;
  log(`creating kind cluster ${clusterName} (kind ${kind.version}, ${nodes} nodes)`);
  const cluster = { name: clusterName, nodes, nodeImage, kubeconfig, mappedPorts };
  await createKindCluster(kind, runtime, cluster, log, signal);
  await loadImages(kind, runtime, clusterName, options.loadImages, signal);

  const access = await reachCluster(runtime, cluster, undo, log, signal);
  const direct = options.access !== 'mapped' && access.direct;
  if (!direct && mappedPorts.length === 0) {
    await access.end(signal);
    throw new InfrastructureError(
      `this host reaches the API of ${clusterName} but not its container's address, so a LoadBalancer cannot be reached: is DOCKER_HOST a remote daemon, or a firewall in the way?`,
    );
  }
  const target = { kubeconfig, context: `kind-${clusterName}` };
  const connection = await connectKube(target);
  try {
    const kubernetes = await serverVersion(connection, signal);
    await ensureNamespace(connection, namespace, options.runId, signal);
    if (nodes > 1) await nodesReady(connection, nodes, signal);
    const assign = createLoadBalancing({ runtime, clusterName, connection, namespace, direct });
    return createApiProvider({
      environment: {
        provider: 'kind',
        kubernetes,
        fidelity: direct
          ? []
          : ['LoadBalancer Services are reached through a node port mapped to this host'],
      },
      connection,
      target,
      namespace,
      undo,
      admit: async () => {},
      owns: async () => true, // the cluster is ours as a whole
      narrow: (selector) => selector,
      endpoint: (service, during, servicePort) =>
        awaitEndpoint(
          {
            connection,
            namespace,
            service,
            servicePort,
            timeoutMs: addressTimeoutMs,
            assign: (balancer) => assign(balancer, during, servicePort),
          },
          during,
        ),
      end: (kept, during) => end(options, runtime, kubeconfig, access, undoId, kept, during),
    });
  } catch (error) {
    await connection.close();
    await access.end(AbortSignal.timeout(cleanupTimeoutMs)).catch(() => {}); // stays in the journal
    throw error;
  }
}

async function end(
  { clusterName, undo }: KindOptions,
  runtime: ContainerRuntime,
  kubeconfig: string,
  access: HostAccess,
  undoId: string,
  kept: boolean,
  signal: AbortSignal,
): Promise<void> {
  await access.end(signal);
  if (kept) return; // its undo stays in the journal
  await deleteKindCluster(runtime.program, clusterName, kubeconfig, signal);
  await undo.done(undoId);
}

/** kind waits for the control plane alone; pods must not all go to the worker that was first. */
async function nodesReady(
  connection: KubeConnection,
  nodes: number,
  signal: AbortSignal,
): Promise<void> {
  await waitFor(
    { what: `${nodes} nodes to be Ready`, timeoutMs: nodesTimeoutMs, everyMs: 200, signal },
    async () => {
      const found = await listObjects(connection, '', 'Node', null, signal);
      const ready = found.filter((node) => {
        const status = node.status as { conditions?: { type: string; status: string }[] };
        return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
      });
      if (ready.length >= nodes) return { done: true, value: null };
      return { done: false, seen: `${ready.length} of ${found.length} are` };
    },
  );
}
