import { rm } from 'node:fs/promises';
import { InfrastructureError, UsageError } from '../../model/errors.ts';
import { systemClock } from '../../platform/clock.ts';
import { runOrThrow, runProcess } from '../../platform/process.ts';
import { waitFor } from '../../platform/wait.ts';
import type { Undo } from '../provider.ts';
import { giveUpAddresses } from './address-claim.ts';
import { type ContainerRuntime, nodeContainers } from './container-runtime.ts';
import type { KindProgram } from './kind-program.ts';

/** Clusters of ours start with this: kind cannot label its containers for us. */
export const clusterPrefix = 'rkc-';

const createTimeoutMs = 600_000;
/** What kind itself waits for the control plane to be Ready. */
const readyTimeout = '180s';

export interface KindCluster {
  readonly name: string;
  readonly nodes: number;
  readonly nodeImage: string | null;
  readonly kubeconfig: string;
  /** Node ports to map to free ports of the host's loopback; empty where addresses are reachable. */
  readonly mappedPorts: readonly number[];
}

export interface KindClusterUndo extends Undo {
  readonly kind: 'kind-cluster';
  readonly name: string;
  readonly provider: ContainerRuntime['program'];
  readonly kubeconfig: string;
}

/** @throws UsageError unless the name is one of ours and free. */
export async function refuseTakenName(
  runtime: ContainerRuntime,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  if (!name.startsWith(clusterPrefix) || !/^[a-z0-9.-]+$/.test(name)) {
    throw new UsageError(`cluster name ${name} must start with ${clusterPrefix}, in [a-z0-9.-]`);
  }
  const nodes = await nodeContainers(runtime.program, name, signal);
  if (nodes.length === 0) return;
  throw new UsageError(
    `there is a kind cluster ${name} already (${nodes.map((node) => node.name).join(', ')})`,
  );
}

/** @throws InfrastructureError with what kind said last. */
export async function createKindCluster(
  kind: KindProgram,
  runtime: ContainerRuntime,
  cluster: KindCluster,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const args = ['create', 'cluster', '--name', cluster.name, '--config', '-'];
  args.push('--kubeconfig', cluster.kubeconfig, '--wait', readyTimeout);
  if (cluster.nodeImage !== null) args.push('--image', cluster.nodeImage);
  const done = await runProcess(kind.path, args, {
    timeoutMs: createTimeoutMs,
    signal,
    stdin: JSON.stringify(clusterConfig(cluster)), // JSON is YAML
    env: { ...process.env, KIND_EXPERIMENTAL_PROVIDER: runtime.program },
    onStderr: (text) => {
      for (const [, step = ''] of text.matchAll(/✓ ([^\n]*)\n/g)) {
        log(`kind: ${step.replace(/[^\x20-\x7e≤]/gu, '').trim()}`);
      }
    },
  });
  if (done.exitCode === 0) return;
  const said = done.stderr.toString('utf8').trim();
  const reason = /ERROR: ([^\n]*)/.exec(said)?.[1] ?? said.slice(-400);
  const next = /pull image|manifest unknown|not found/i.test(said)
    ? ` Give a node image that can be pulled or is there with --node-image (now ${cluster.nodeImage ?? "kind's default"}).`
    : '';
  throw new InfrastructureError(
    `kind create cluster ${cluster.name} exited ${done.exitCode}: ${reason}.${next} Last output: ${said.slice(-1200)}`,
  );
}

/** kind's configuration: one control plane, the rest workers. */
export function clusterConfig({ nodes, mappedPorts }: KindCluster): object {
  const mappings = mappedPorts.map((containerPort) => ({
    containerPort,
    hostPort: 0, // a free one
    listenAddress: '127.0.0.1',
    protocol: 'TCP',
  }));
  const controlPlane = { role: 'control-plane', extraPortMappings: mappings };
  return {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    nodes: [controlPlane, ...Array.from({ length: nodes - 1 }, () => ({ role: 'worker' }))],
  };
}

/**
 * Deletes a cluster's containers with their volumes, as `kind delete cluster` does, and our
 * kubeconfig file. Needs no kind program. Idempotent; resolves when no container is left.
 */
export async function deleteKindCluster(
  program: ContainerRuntime['program'],
  name: string,
  kubeconfig: string,
  signal: AbortSignal,
): Promise<void> {
  await waitFor(
    { what: `kind cluster ${name} to be gone`, timeoutMs: 60_000, everyMs: 250, signal },
    async () => {
      const nodes = await nodeContainers(program, name, signal);
      if (nodes.length === 0) return { done: true, value: null };
      // While a creation that was cut off is under way, Docker (20.10) lists its container for some
      // seconds, and yet says that there is no such container: hence a loop and not one call.
      const args = ['rm', '--force', '--volumes', ...nodes.map(({ id }) => id)];
      const { stderr } = await runProcess(program, args, { timeoutMs: 90_000, signal });
      const left = await nodeContainers(program, name, signal);
      if (left.length === 0) return { done: true, value: null };
      const said = stderr.toString('utf8').trim();
      return { done: false, seen: `${left.map((node) => node.name).join(', ')}: ${said}` };
    },
  );
  await rm(kubeconfig, { force: true });
  await giveUpAddresses(name);
}

/**
 * After a creation that was cut off: the daemon may still make the container that the killed client
 * had asked for.
 */
export async function deleteHalfMadeCluster(
  program: ContainerRuntime['program'],
  name: string,
  kubeconfig: string,
  signal: AbortSignal,
): Promise<void> {
  await deleteKindCluster(program, name, kubeconfig, signal);
  await systemClock.sleep(1000, signal);
  await deleteKindCluster(program, name, kubeconfig, signal);
}

/** Deletes a journalled cluster; one that is gone is no error. */
export async function undoKindCluster(undo: Undo, signal: AbortSignal): Promise<void> {
  const { kind, name, provider, kubeconfig } = undo as KindClusterUndo;
  if (kind !== 'kind-cluster' || !name.startsWith(clusterPrefix)) {
    throw new InfrastructureError(`not a kind cluster of ours: ${JSON.stringify(undo)}`);
  }
  if (provider !== 'docker' && provider !== 'podman') {
    throw new InfrastructureError(`unknown container program in ${JSON.stringify(undo)}`);
  }
  await deleteKindCluster(provider, name, kubeconfig, signal);
}

/** Loads local images into every node. @throws UsageError for one that is not there. */
export async function refuseMissingImages(
  runtime: ContainerRuntime,
  images: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const image of images) {
    const options = { timeoutMs: 20_000, signal };
    const { exitCode } = await runProcess(runtime.program, ['image', 'inspect', image], options);
    if (exitCode === 0) continue;
    throw new UsageError(
      `image ${image} is to be loaded into the cluster, but ${runtime.program} does not have it: build or pull it first`,
    );
  }
}

export async function loadImages(
  kind: KindProgram,
  runtime: ContainerRuntime,
  name: string,
  images: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (images.length === 0) return;
  await runOrThrow(kind.path, ['load', 'docker-image', ...images, '--name', name], {
    timeoutMs: 300_000,
    signal,
    env: { ...process.env, KIND_EXPERIMENTAL_PROVIDER: runtime.program },
  });
}
