import { InfrastructureError } from '../../model/errors.ts';
import { runOrThrow } from '../../platform/process.ts';
import type { ContainerRuntime } from './container-runtime.ts';

/** kind's container network: its IPv4 subnet and the addresses that containers have there. */
export interface ContainerNetwork {
  readonly name: string;
  /** e.g. `172.18.0.0/16`. */
  readonly subnet: string;
  /** Addresses in use, the gateway's among them. */
  readonly taken: ReadonlySet<string>;
  /** IPv4 address by container name. */
  readonly containers: ReadonlyMap<string, string>;
}

/** `KIND_EXPERIMENTAL_DOCKER_NETWORK` is kind's own variable for it. */
export function networkName(env: NodeJS.ProcessEnv = process.env): string {
  return env.KIND_EXPERIMENTAL_DOCKER_NETWORK || 'kind';
}

export async function inspectNetwork(
  runtime: ContainerRuntime,
  signal: AbortSignal,
): Promise<ContainerNetwork> {
  const name = networkName();
  const { stdout } = await runOrThrow(runtime.program, ['network', 'inspect', name], {
    timeoutMs: 20_000,
    signal,
  });
  return parseNetwork(name, stdout.toString('utf8'));
}

interface Inspected {
  // docker
  IPAM?: { Config?: { Subnet?: string; Gateway?: string }[] };
  Containers?: Record<string, { Name: string; IPv4Address?: string }>;
  // podman
  subnets?: { subnet?: string; gateway?: string }[];
  containers?: Record<
    string,
    { name: string; interfaces?: Record<string, { subnets?: { ipnet?: string }[] }> }
  >;
}

/** Reads `docker network inspect` or `podman network inspect`. */
export function parseNetwork(name: string, text: string): ContainerNetwork {
  const [network] = JSON.parse(text) as Inspected[];
  const subnets = [
    ...(network?.IPAM?.Config ?? []).map(({ Subnet, Gateway }) => ({ of: Subnet, gate: Gateway })),
    ...(network?.subnets ?? []).map(({ subnet, gateway }) => ({ of: subnet, gate: gateway })),
  ];
  const subnet = subnets.find(({ of }) => of && /^\d+\.\d+\.\d+\.\d+\/\d+$/.test(of))?.of;
  if (!subnet) {
    throw new InfrastructureError(
      `container network ${name} has no IPv4 subnet (${subnets.map(({ of }) => of).join(', ') || 'none at all'}): a LoadBalancer address cannot be given; use a dual-stack or IPv4 network`,
    );
  }
  const docker = Object.values(network?.Containers ?? {}).map((one) => [
    one.Name,
    one.IPv4Address ?? '',
  ]);
  const podman = Object.values(network?.containers ?? {}).flatMap((one) =>
    Object.values(one.interfaces ?? {})
      .flatMap((port) => port.subnets ?? [])
      .map(({ ipnet }) => [one.name, ipnet ?? '']),
  );
  const containers = new Map(
    [...docker, ...podman]
      .map(([container = '', address = '']) => [container, address.split('/')[0] ?? ''] as const)
      .filter(([, address]) => /^\d+\.\d+\.\d+\.\d+$/.test(address)),
  );
  const gateways = subnets.flatMap(({ gate }) => (gate ? [gate] : []));
  return { name, subnet, taken: new Set([...containers.values(), ...gateways]), containers };
}

/**
 * Addresses of the subnet's upper quarter, where Docker, which counts up from the bottom, comes last;
 * each once, starting at a place that `seed` picks so that concurrent runs seldom meet.
 */
export function* highAddresses(subnet: string, seed: string): Generator<string> {
  const [base = '', length = '24'] = subnet.split('/');
  const size = 2 ** (32 - Number(length));
  const first = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const network = first - (first % size);
  const low = Math.max(2, Math.floor(size * 0.75));
  const count = size - 1 - low; // the last one is the broadcast address
  let hash = 0x811c9dc5; // FNV-1a
  for (const char of seed) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  for (let step = 0; step < count; step++) {
    const address = network + low + ((hash + step) % count);
    yield [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
  }
}
