import type { KubeConnection } from '../../kube/client/connection.ts';
import { getObject, knownResource, listObjects } from '../../kube/client/read.ts';
import { InfrastructureError } from '../../model/errors.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import { probeTcp } from '../../platform/tcp-probe.ts';
import { type Look, waitFor } from '../../platform/wait.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Where a Service is reached through a proxy of the host, which accepts whether or not one is behind it. */
export interface ProxiedEndpoint extends Endpoint {
  /** Whether the proxy leads to somebody. */
  readonly behind: () => Promise<boolean>;
}

export interface LoadBalancer extends KubeObject {
  readonly spec: {
    readonly type?: string;
    readonly externalTrafficPolicy?: string;
    readonly ports?: readonly { readonly port: number; readonly nodePort?: number }[];
  };
  readonly status?: {
    readonly loadBalancer?: {
      readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[];
    };
  };
}

export interface EndpointWait {
  readonly connection: KubeConnection;
  readonly namespace: string;
  readonly service: string;
  /** The Service's port, by number; left out: its first. */
  readonly servicePort: number | undefined;
  readonly timeoutMs: number;
  /**
   * Called while the Service has no address; gives one, or says what it waits for. The answer may
   * also be where the Service is reached other than by its own address.
   */
  readonly assign: (service: LoadBalancer) => Promise<ProxiedEndpoint | string>;
}

const nobodyBehindMs = 15_000;
const probe = { timeoutMs: 1000, settleMs: 100 };

/**
 * Waits until a LoadBalancer Service has an address that answers from here. Where nobody is behind it
 * (kube-proxy refuses for a Service without a ready endpoint) the address is given all the same after
 * a while: an app that does not get ready is the set-up's fault, not the address's.
 */
export async function awaitEndpoint(options: EndpointWait, signal: AbortSignal): Promise<Endpoint> {
  const { connection, namespace, service } = options;
  const startMs = performance.now();
  return waitFor(
    {
      what: `an address of LoadBalancer Service ${service} in namespace ${namespace} that answers`,
      timeoutMs: options.timeoutMs,
      everyMs: 100,
      signal,
    },
    async (): Promise<Look<Endpoint>> => {
      const resource = knownResource('Service');
      const found = await getObject(connection, namespace, resource, service, signal);
      if (!found) return { done: false, seen: 'there is no such Service' };
      const balancer = found as LoadBalancer;
      if (balancer.spec.type !== 'LoadBalancer') {
        throw new InfrastructureError(
          `Service ${service} is of type ${balancer.spec.type ?? 'ClusterIP'}; the load goes through a LoadBalancer: set spec.type to LoadBalancer`,
        );
      }
      const given: (Partial<ProxiedEndpoint> & Endpoint) | string =
        addressOf(balancer, options.servicePort) ?? (await options.assign(balancer));
      if (typeof given === 'string') return { done: false, seen: given };
      const endpoint = { host: given.host, port: given.port };
      const leads = (await given.behind?.()) ?? true;
      const answer = leads ? await probeTcp(endpoint.host, endpoint.port, probe) : 'refused';
      if (answer === 'open') return { done: true, value: endpoint };
      const ready = await readyNodes(connection, namespace, service, signal);
      const waitedMs = performance.now() - startMs;
      if (answer === 'refused' && ready.length === 0 && waitedMs > nobodyBehindMs) {
        return { done: true, value: endpoint };
      }
      const seen = `${endpoint.host}:${endpoint.port} is ${answer}, ${ready.length} ready endpoints`;
      return { done: false, seen };
    },
  );
}

/** The address in `status.loadBalancer.ingress` with this port or the Service's first; null without one. */
export function addressOf(service: LoadBalancer, servicePort?: number): Endpoint | null {
  const ingress = service.status?.loadBalancer?.ingress?.[0];
  const host = ingress?.ip ?? ingress?.hostname;
  const port = servicePort ?? service.spec.ports?.[0]?.port;
  return host && port ? { host, port } : null;
}

/** Names of the nodes that carry a ready endpoint of the Service, one per endpoint. */
export async function readyNodes(
  connection: KubeConnection,
  namespace: string,
  service: string,
  signal: AbortSignal,
): Promise<string[]> {
  const selector = `kubernetes.io/service-name=${service}`;
  const slices = await listObjects(connection, namespace, 'EndpointSlice', selector, signal);
  return slices.flatMap((slice) => {
    const endpoints = slice.endpoints as
      | { conditions?: { ready?: boolean }; nodeName?: string }[]
      | null;
    return (endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .map(({ nodeName }) => nodeName ?? '');
  });
}
