import { runCommand } from '../container/command.ts';
import type { Tools } from '../image/tools.ts';
import type { Service } from '../store/objects.ts';
import type { ObjectStore } from '../store/store.ts';
import { loadBalancerCidr, serviceCidr } from './addresses.ts';
import { readyTargets } from './endpoints.ts';

interface Forward {
  readonly address: string;
  readonly protocol: string;
  readonly port: number;
  readonly targets: readonly Target[];
  /** Session affinity ClientIP: for so long after its last connection; null without. */
  readonly affinitySeconds: number | null;
}

interface Target {
  readonly ip: string;
  readonly port: number;
}

/**
 * The rules of kube-proxy as one nftables table, replaced as a whole: a connection to a Service's
 * address goes to a random ready endpoint. Without any it reaches the node itself, where nothing
 * listens: refused, as kube-proxy's REJECT. The sets of session affinity outlive the replacement.
 */
export function serviceRules(forwards: readonly Forward[]): string {
  const rules = forwards
    .filter(({ targets }) => targets.length > 0)
    .flatMap((forward) => {
      const { address, protocol, port, targets, affinitySeconds } = forward;
      const to = `    ip daddr ${address} ${protocol} dport ${port}`;
      if (affinitySeconds !== null) return affineRules(forward, to);
      const map = targets.map((target, index) => `${index} : ${target.ip} . ${target.port}`);
      return [`${to} dnat ip to numgen random mod ${targets.length} map { ${map.join(', ')} }`];
    });
  const ips = [...new Set(forwards.flatMap(({ targets }) => targets.map(({ ip }) => ip)))];
  // A pod that reaches itself through a Service must see another source address than its own.
  const hairpin =
    ips.length === 0
      ? ''
      : `    ip saddr . ip daddr { ${ips.map((ip) => `${ip} . ${ip}`).join(', ')} } masquerade`;
  return `add table ip services
flush table ip services
table ip services {
${forwards
  .filter(({ affinitySeconds }) => affinitySeconds !== null)
  .flatMap(affineChains)
  .join('')}  chain forward-services {
${rules.join('\n')}
  }
  chain prerouting { type nat hook prerouting priority dstnat; jump forward-services; }
  chain output { type nat hook output priority -100; jump forward-services; }
  chain postrouting {
    type nat hook postrouting priority srcnat;
${hairpin}
  }
}
`;
}

/** As kube-proxy's nftables mode: a set of clients for each endpoint, and a chain that renews it. */
function affineRules(forward: Forward, to: string): string[] {
  const names = forward.targets.map((target) => affineName(forward, target));
  const map = names.map((name, index) => `${index} : goto to_${name}`);
  return [
    ...names.map((name) => `${to} ip saddr @of_${name} goto to_${name}`),
    `${to} numgen random mod ${names.length} vmap { ${map.join(', ')} }`,
  ];
}

function affineChains(forward: Forward): string[] {
  return forward.targets.map((target) => {
    const name = affineName(forward, target);
    const { protocol, affinitySeconds } = forward;
    return `  set of_${name} { type ipv4_addr; flags dynamic,timeout; timeout ${affinitySeconds}s; }
  chain to_${name} {
    update @of_${name} { ip saddr timeout ${affinitySeconds}s }
    meta l4proto ${protocol} dnat to ${target.ip}:${target.port}
  }
`;
  });
}

/** Known by the Service's address, port and endpoint: letters and digits that nft takes as a name. */
function affineName({ address, protocol, port }: Forward, target: Target): string {
  return `${protocol}_${address}_${port}_${target.ip}_${target.port}`.replaceAll('.', '_');
}

/** ClientIP affinity holds for 3 h unless the Service says otherwise (core/v1 ServiceAffinity). */
export function affinitySecondsOf(service: Service): number | null {
  if (service.spec.sessionAffinity !== 'ClientIP') return null;
  return service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800;
}

export function forwardsOf(store: ObjectStore): Forward[] {
  return store.list('Service').flatMap((service) => {
    const { clusterIP, ports = [] } = service.spec;
    if (!clusterIP || clusterIP === 'None') return [];
    const addresses = [
      clusterIP,
      ...(service.status.loadBalancer.ingress ?? []).map(({ ip }) => ip),
    ];
    return ports.flatMap((port) => {
      const targets = readyTargets(store, service.metadata.name, port.name ?? '');
      const protocol = (port.protocol ?? 'TCP').toLowerCase();
      return addresses.map((address) => ({
        address,
        protocol,
        port: port.port,
        targets,
        affinitySeconds: affinitySecondsOf(service),
      }));
    });
  });
}

/** Addresses of Services are the node's own: unused ones answer at once with a reset. */
export const serviceRoutes: readonly string[] = [serviceCidr, loadBalancerCidr];

/** Keeps the kernel's table in step with Services and EndpointSlices, one change at a time. */
export function startServiceProxy(
  store: ObjectStore,
  tools: Tools,
  log: (line: string) => void,
): void {
  let loaded = '';
  let loading = false;
  const sync = async () => {
    if (loading) return;
    loading = true;
    try {
      for (;;) {
        const rules = serviceRules(forwardsOf(store));
        if (rules === loaded) return;
        await runCommand(tools.nft, ['-f', '-'], rules);
        loaded = rules;
      }
    } catch (error) {
      log(`service rules: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      loading = false;
    }
  };
  store.subscribe(({ kind }) => {
    if (kind === 'Service' || kind === 'EndpointSlice') setImmediate(() => void sync());
  });
}
