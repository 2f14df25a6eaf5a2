import { podTemplatePath } from '../../kube/pod-template.ts';
import { valueAt } from '../../model/json-value.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import { isCalledMasters } from '../../rules/master-service.ts';
import { redisPort, selectedContainer, sentinelContainer, sentinelPort } from './setup.ts';

/**
 * The first Service that leads to the servers' own port, one that is called the master's before all others,
 * else the first that selects their pods: beside it there may be one for an exporter's metrics or for the bus
 * alone, and one over the replicas.
 */
export function redisService(
  theirs: readonly KubeObject[],
  redis: readonly KubeObject[],
): ServicePort | null {
  const masters = theirs.filter(({ metadata }) => isCalledMasters(metadata.name));
  const wanted = { usual: redisPort, server: selectedContainer };
  const own = serviceOf(masters, redis, wanted);
  const found = own?.leads ? own : serviceOf(theirs, redis, wanted);
  return found && { name: found.name, port: found.port };
}

/** The same for the Sentinels: without a Service that leads to them nobody can ask them. */
export function sentinelService(
  theirs: readonly KubeObject[],
  sentinels: readonly KubeObject[],
): ServicePort | null {
  const found = serviceOf(theirs, sentinels, { usual: sentinelPort, server: sentinelContainer });
  return found?.leads ? { name: found.name, port: found.port } : null;
}

/** Whether a Service leads to a server's own port: not to a Sentinel's, an exporter's or the bus alone. */
export function leadsToServers(service: KubeObject, redis: readonly KubeObject[]): boolean {
  const wanted = { usual: redisPort, server: selectedContainer };
  return serviceOf([service], redis, wanted)?.leads ?? false;
}

export interface ServicePort {
  readonly name: string;
  readonly port: number;
}

interface Wanted {
  readonly usual: number;
  readonly server: (pod: KubeObject) => { readonly port: number } | null;
}

function serviceOf(
  theirs: readonly KubeObject[],
  redis: readonly KubeObject[],
  wanted: Wanted,
): (ServicePort & { readonly leads: boolean }) | null {
  const found = theirs.flatMap((object) => {
    const selected = redis.filter((workload) => selects(object, workload));
    return portsOf(object)
      .toSorted((a, b) => Number(b.port === wanted.usual) - Number(a.port === wanted.usual))
      .flatMap((entry) => {
        const leads = selected.some((workload) => leadsToServer(object, entry, workload, wanted));
        const { name } = object.metadata;
        return selected.length > 0 ? [{ name, port: entry.port, leads }] : [];
      });
  });
  const best = found.find(({ leads }) => leads) ?? found[0];
  return best ?? null;
}

interface ServiceEntry {
  readonly port: number;
  readonly targetPort?: number | string;
}

interface ServiceSpec {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly ServiceEntry[];
}

function portsOf({ kind, spec }: KubeObject): readonly ServiceEntry[] {
  return kind === 'Service' ? ((spec as ServiceSpec).ports ?? []) : [];
}

/** An ExternalName is a name for somewhere else, whatever selector stands beside it. */
function selects({ kind, spec }: KubeObject, workload: KubeObject): boolean {
  if (kind !== 'Service') return false;
  const { selector = {}, type } = (spec ?? {}) as ServiceSpec;
  const labels = podOf(workload).metadata?.labels ?? {};
  const wanted = Object.entries(selector);
  return (
    type !== 'ExternalName' &&
    wanted.length > 0 &&
    wanted.every(([key, value]) => labels[key] === value)
  );
}

/** A headless Service leads straight to the pods: there its own port counts, not where it would lead. */
function leadsToServer(
  { spec }: KubeObject,
  { port, targetPort = port }: ServiceEntry,
  workload: KubeObject,
  wanted: Wanted,
): boolean {
  const pod = podOf(workload);
  const server = wanted.server(pod);
  if (server === null) return false;
  if ((spec as ServiceSpec).clusterIP === 'None') return port === server.port;
  if (typeof targetPort === 'number') return targetPort === server.port;
  const { containers = [] } = (pod.spec ?? {}) as {
    containers?: readonly {
      ports?: readonly { name?: string; containerPort: number }[];
    }[];
  };
  return containers.some(({ ports = [] }) =>
    ports.some(({ name, containerPort }) => name === targetPort && containerPort === server.port),
  );
}

function podOf(workload: KubeObject): KubeObject {
  return valueAt(workload, podTemplatePath(workload) ?? []) as KubeObject;
}
