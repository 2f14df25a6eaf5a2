import type { KubeConnection } from '../../kube/client/connection.ts';
import { knownResource } from '../../kube/client/read.ts';
import { resourcePath } from '../../kube/client/resource.ts';
import { InfrastructureError } from '../../model/errors.ts';
import { runOrThrow, runProcess } from '../../platform/process.ts';
import {
  type LoadBalancer,
  type ProxiedEndpoint,
  readyNodes,
} from '../kubeconfig/load-balancer.ts';
import { claimAddress } from './address-claim.ts';
import { inspectNetwork } from './container-network.ts';
import type { ContainerRuntime } from './container-runtime.ts';

/** Node ports that are mapped to the host's loopback where the container network is out of reach. */
export const mappedNodePorts: readonly number[] = [
  31801, 31802, 31803, 31804, 31805, 31806, 31807, 31808,
];

export interface LoadBalancing {
  readonly runtime: ContainerRuntime;
  readonly clusterName: string;
  readonly connection: KubeConnection;
  readonly namespace: string;
  readonly direct: boolean;
}

/**
 * What a cloud's controller does, for Services of a kind cluster, asked for one Service at a time
 * while it has no address: gives where it is reached, or says what it waits for.
 */
export function createLoadBalancing(
  options: LoadBalancing,
): (
  service: LoadBalancer,
  signal: AbortSignal,
  servicePort?: number,
) => Promise<ProxiedEndpoint | string> {
  let foreign: Promise<boolean> | null = null;
  const firstAskedMs = new Map<string, number>();
  const ports = [...mappedNodePorts];
  return async (service, signal, servicePort) => {
    const { name } = service.metadata;
    foreign ??= hasForeignController(options, signal);
    const firstMs = firstAskedMs.get(name) ?? performance.now();
    firstAskedMs.set(name, firstMs);
    if ((await foreign) && performance.now() - firstMs < foreignTimeoutMs) {
      return 'cloud-provider-kind runs here, but has given it no address yet';
    }
    return options.direct
      ? giveAddress(options, service, signal)
      : giveMappedPort(options, service, { free: ports, servicePort }, signal);
  };
}

/** How long cloud-provider-kind may take (it starts a container) before we give an address. */
const foreignTimeoutMs = 20_000;

async function hasForeignController(
  { runtime }: LoadBalancing,
  signal: AbortSignal,
): Promise<boolean> {
  const { stdout } = await runProcess(
    runtime.program,
    ['ps', '--format', '{{.Image}} {{.Names}}'],
    {
      timeoutMs: 20_000,
      signal,
    },
  );
  return /cloud-provider-kind|(^|\s)kindccm-/m.test(stdout.toString('utf8'));
}

/**
 * Adds a free address of the container network to a node's interface and writes it into the
 * Service's status: kube-proxy then serves the Service there, on its own ports (checked on 1.34).
 * The address goes with the node's container, so it needs no undo of its own.
 */
async function giveAddress(
  options: LoadBalancing,
  service: LoadBalancer,
  signal: AbortSignal,
): Promise<string> {
  const { runtime, clusterName, connection, namespace } = options;
  const { name } = service.metadata;
  let node = `${clusterName}-control-plane`;
  if (service.spec.externalTrafficPolicy === 'Local') {
    // Only a node with an endpoint answers then.
    const nodes = await readyNodes(connection, namespace, name, signal);
    const [first] = nodes.filter(Boolean).sort();
    if (!first) return 'its externalTrafficPolicy is Local and it has no ready endpoint yet';
    node = first;
  }
  const address = await claimAddress(await inspectNetwork(runtime, signal), clusterName);
  await runOrThrow(
    runtime.program,
    ['exec', node, 'ip', 'address', 'add', `${address}/32`, 'dev', 'eth0'],
    { timeoutMs: 20_000, signal },
  );
  await connection.sendPersistently(
    {
      method: 'PATCH',
      path: `${resourcePath(knownResource('Service'), namespace, name)}/status`,
      body: { status: { loadBalancer: { ingress: [{ ip: address }] } } },
      contentType: 'application/merge-patch+json',
      what: `give Service ${name} the address ${address}`,
    },
    signal,
  );
  return `${address} was given to it on node ${node}`;
}

/** Puts the Service on a node port that was mapped to the host's loopback at creation. */
async function giveMappedPort(
  options: LoadBalancing,
  service: LoadBalancer,
  { free, servicePort }: { readonly free: number[]; readonly servicePort: number | undefined },
  signal: AbortSignal,
): Promise<ProxiedEndpoint> {
  const { runtime, clusterName, connection, namespace } = options;
  const { name } = service.metadata;
  const found = service.spec.ports?.findIndex(({ port }) => port === servicePort) ?? 0;
  const place = Math.max(0, found); // without a wish: the first
  let nodePort = service.spec.ports?.[place]?.nodePort ?? 0;
  if (service.spec.externalTrafficPolicy === 'Local' && (await hasWorkers(options, signal))) {
    throw new InfrastructureError(
      `Service ${name} has externalTrafficPolicy Local: on this host, which does not reach the nodes' addresses, only the control-plane node is mapped; use Cluster, or one node`,
    );
  }
  if (!mappedNodePorts.includes(nodePort)) {
    const next = free.shift();
    if (next === undefined) {
      throw new InfrastructureError(
        `Service ${name}: all ${mappedNodePorts.length} ports mapped to this host are in use`,
      );
    }
    nodePort = next;
    await connection.sendPersistently(
      {
        method: 'PATCH',
        path: resourcePath(knownResource('Service'), namespace, name),
        body: [{ op: 'add', path: `/spec/ports/${place}/nodePort`, value: nodePort }],
        contentType: 'application/json-patch+json',
        what: `put Service ${name} on node port ${nodePort}`,
      },
      signal,
    );
  }
  const args = ['port', `${clusterName}-control-plane`, `${nodePort}/tcp`];
  const { stdout } = await runOrThrow(runtime.program, args, { timeoutMs: 20_000, signal });
  const port = Number(/:(\d+)\s*$/m.exec(stdout.toString('utf8'))?.[1]);
  const behind = () => servesNodePort(runtime, `${clusterName}-control-plane`, nodePort, signal);
  return { host: '127.0.0.1', port, behind };
}

/**
 * Connects to the node port on the node itself: the host's proxy for a mapped port accepts first, and
 * resets what it accepted when the node does not serve it yet.
 */
async function servesNodePort(
  runtime: ContainerRuntime,
  node: string,
  nodePort: number,
  signal: AbortSignal,
): Promise<boolean> {
  const script = `set -- $(getent ahostsv4 "$(hostname)"); exec timeout 1 bash -c '</dev/tcp/'"$1/${nodePort}"`;
  const args = ['exec', node, 'bash', '-c', script];
  const { exitCode } = await runProcess(runtime.program, args, { timeoutMs: 20_000, signal });
  return exitCode === 0;
}

async function hasWorkers({ connection }: LoadBalancing, signal: AbortSignal): Promise<boolean> {
  const text = await connection.sendPersistently(
    { method: 'GET', path: '/api/v1/nodes', what: 'list Nodes' },
    signal,
  );
  return (JSON.parse(text) as { items: unknown[] }).items.length > 1;
}
