import type { Endpoint, Service } from '../store/objects.ts';
import type { ObjectStore } from '../store/store.ts';
import { apiServiceIp } from './addresses.ts';
import { type DnsRecord, recordTypes } from './dns-message.ts';
import { slicesOf } from './endpoints.ts';

const domain = 'cluster.local';

/**
 * Records of a name by the Kubernetes DNS specification 1.1 (as CoreDNS serves it): Services, ready
 * endpoints of headless ones by hostname or dashed address, SRV for named ports, pod addresses.
 * @returns null when the name does not exist; an empty list when it exists without this type
 */
export function lookUp(store: ObjectStore, name: string, type: number): DnsRecord[] | null {
  if (!name.endsWith(`.${domain}`)) return null;
  const labels = name.slice(0, -domain.length - 1).split('.');
  const zone = labels.pop();
  const namespace = labels.pop();
  if (namespace === 'default' && zone === 'svc' && labels.join('.') === 'kubernetes') {
    return onlyA(type, [apiServiceIp]);
  }
  if (namespace !== store.namespace) return null;
  if (zone === 'pod') return podRecord(store, labels.join('.'), type);
  const service = zone === 'svc' ? store.get('Service', labels.pop() ?? '') : undefined;
  return service ? serviceRecords(store, service, labels, type) : null;
}

function serviceRecords(
  store: ObjectStore,
  service: Service,
  labels: readonly string[],
  type: number,
): DnsRecord[] | null {
  const headless = service.spec.clusterIP === 'None';
  const endpoints = slicesOf(store, service.metadata.name).flatMap((slice) =>
    slice.endpoints
      .filter((endpoint) => endpoint.conditions?.ready !== false)
      .map((endpoint) => ({ endpoint, slice })),
  );
  const [first = '', second = ''] = labels;
  if (labels.length === 0) {
    if (!headless) return onlyA(type, [service.spec.clusterIP ?? '']);
    if (endpoints.length === 0) return null;
    return onlyA(
      type,
      endpoints.flatMap(({ endpoint }) => endpoint.addresses),
    );
  }
  if (labels.length === 2 && first.startsWith('_') && second.startsWith('_')) {
    const target = `${service.metadata.name}.${service.metadata.namespace}.svc.${domain}`;
    const wanted = (port: { name?: string; protocol?: string }) =>
      port.name === first.slice(1) && (port.protocol ?? 'TCP').toLowerCase() === second.slice(1);
    const records: DnsRecord[] = headless
      ? endpoints.flatMap(({ endpoint, slice }) =>
          slice.ports.filter(wanted).map((port) => ({
            type: 'SRV' as const,
            port: port.port,
            target: `${endpointName(endpoint)}.${target}`,
          })),
        )
      : (service.spec.ports ?? [])
          .filter(wanted)
          .map((port) => ({ type: 'SRV' as const, port: port.port, target }));
    if (records.length === 0) return null;
    return type === recordTypes.SRV ? records : [];
  }
  if (labels.length !== 1 || !headless) return null;
  const named = endpoints.filter(({ endpoint }) => endpointName(endpoint) === first);
  if (named.length === 0) return null;
  return onlyA(
    type,
    named.flatMap(({ endpoint }) => endpoint.addresses),
  );
}

function endpointName(endpoint: Endpoint): string {
  return endpoint.hostname ?? (endpoint.addresses[0] ?? '').replaceAll('.', '-');
}

/** `10-244-0-7.NAMESPACE.pod`: in CoreDNS's default mode any address answers; we know ours. */
function podRecord(store: ObjectStore, dashed: string, type: number): DnsRecord[] | null {
  const ip = dashed.replaceAll('-', '.');
  return store.list('Pod').some((pod) => pod.status.podIP === ip) ? onlyA(type, [ip]) : null;
}

function onlyA(type: number, ips: readonly string[]): DnsRecord[] {
  return type === recordTypes.A ? ips.map((ip) => ({ type: 'A', ip })) : [];
}
