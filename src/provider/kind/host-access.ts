import { readFile, writeFile } from 'node:fs/promises';
import { InfrastructureError } from '../../model/errors.ts';
import { runOrThrow, runProcess } from '../../platform/process.ts';
import { probeTcp } from '../../platform/tcp-probe.ts';
import type { Undo, UndoLog } from '../provider.ts';
import { inspectNetwork } from './container-network.ts';
import type { ContainerRuntime } from './container-runtime.ts';
import { selfContainerId } from './self-container.ts';

const apiPort = 6443;
const probe = { timeoutMs: 1500 };

export interface NetworkJoinUndo extends Undo {
  readonly kind: 'container-network';
  readonly provider: ContainerRuntime['program'];
  readonly network: string;
  readonly container: string;
}

export interface HostAccess {
  /** True when the node's own addresses are reachable from here. */
  readonly direct: boolean;
  /** Strikes or carries out what was done to get there. */
  end(signal: AbortSignal): Promise<void>;
}

/**
 * Sees whether this process reaches the cluster: its API where the kubeconfig says, and the node's
 * own address. Inside a container without the host's network (a job's `container:` in CI) it joins
 * kind's network, its undo recorded first, and points the kubeconfig at the node's address there.
 * @throws InfrastructureError when the API cannot be reached in any way.
 */
export async function reachCluster(
  runtime: ContainerRuntime,
  cluster: { readonly name: string; readonly kubeconfig: string },
  undo: UndoLog,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<HostAccess> {
  const text = await readFile(cluster.kubeconfig, 'utf8');
  const server = new URL(/server: (\S+)/.exec(text)?.[1] ?? 'https://127.0.0.1');
  const node = `${cluster.name}-control-plane`;
  const network = await inspectNetwork(runtime, signal);
  const address =
    network.containers.get(node) ?? (await nodeAddress(runtime, node, network.name, signal));
  const [api, direct] = await Promise.all([
    probeTcp(server.hostname, Number(server.port || 443), probe),
    probeTcp(address, apiPort, probe),
  ]);
  if (api === 'open') return { direct: direct === 'open', end: async () => {} };

  const self = await selfContainerId();
  const end =
    self && direct !== 'open' ? await joinNetwork(runtime, network.name, self, undo, signal) : null;
  if (end) log(`joined container network ${network.name}: this job runs in a container of its own`);
  if ((await probeTcp(address, apiPort, probe)) !== 'open') {
    await end?.(signal);
    throw new InfrastructureError(
      `the cluster is up, but neither ${server.host} nor its node ${address}:${apiPort} can be reached from here${self ? ` (container ${self.slice(0, 12)}; joining network ${network.name} did not help)` : ''}: run on the Docker host, or give the job's container the host's network (--network host)`,
    );
  }
  // The certificate names the node's address, too.
  const inside = text.replace(/server: \S+/, `server: https://${address}:${apiPort}`);
  await writeFile(cluster.kubeconfig, inside, { mode: 0o600 });
  return { direct: true, end: end ?? (async () => {}) };
}

/** Leaves a network that a run joined. Idempotent; a network or container that is gone is no error. */
export async function undoNetworkJoin(undo: Undo, signal: AbortSignal): Promise<void> {
  const { kind, provider, network, container } = undo as NetworkJoinUndo;
  if (kind !== 'container-network' || (provider !== 'docker' && provider !== 'podman')) {
    throw new InfrastructureError(`not a joined network: ${JSON.stringify(undo)}`);
  }
  const args = ['network', 'disconnect', '--force', network, container];
  const done = await runProcess(provider, args, { timeoutMs: 20_000, signal });
  const said = done.stderr.toString('utf8').trim();
  if (done.exitCode === 0 || /not connected|not found|no such/i.test(said)) return;
  throw new InfrastructureError(`${provider} ${args.join(' ')} exited ${done.exitCode}: ${said}`);
}

async function joinNetwork(
  runtime: ContainerRuntime,
  network: string,
  container: string,
  undo: UndoLog,
  signal: AbortSignal,
): Promise<HostAccess['end'] | null> {
  const record: NetworkJoinUndo = {
    kind: 'container-network',
    provider: runtime.program,
    network,
    container,
  };
  const id = await undo.record(record);
  const options = { timeoutMs: 20_000, signal };
  const args = ['network', 'connect', network, container];
  const { exitCode } = await runProcess(runtime.program, args, options);
  if (exitCode !== 0) {
    await undo.done(id); // on the host's network, or of another daemon: nothing was done
    return null;
  }
  return async (during) => {
    await undoNetworkJoin(record, during);
    await undo.done(id);
  };
}

async function nodeAddress(
  runtime: ContainerRuntime,
  node: string,
  network: string,
  signal: AbortSignal,
): Promise<string> {
  const format = `{{(index .NetworkSettings.Networks ${JSON.stringify(network)}).IPAddress}}`;
  const { stdout } = await runOrThrow(runtime.program, ['inspect', '--format', format, node], {
    timeoutMs: 20_000,
    signal,
  });
  return stdout.toString('utf8').trim();
}
