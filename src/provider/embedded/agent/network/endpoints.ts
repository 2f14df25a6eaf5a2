import { deleteObject } from '../controllers/deletion.ts';
import { isFinished, isReady, isTerminating } from '../kubelet/pod-facts.ts';
import type { Endpoint, EndpointSlice, Service } from '../store/objects.ts';
import type { Pod } from '../store/pod-objects.ts';
import { matchesSelector } from '../store/selectors.ts';
import type { ObjectStore } from '../store/store.ts';

/**
 * One pass of the EndpointSlice controller for a Service with a selector: one slice for each set of
 * resolved target ports. `ready` follows KEP-1672: a terminating pod is never ready, unless the
 * Service publishes addresses that are not.
 */
export function reconcileEndpoints(store: ObjectStore, service: Service): void {
  const selector = service.spec.selector;
  if (isTerminating(service) || !selector || Object.keys(selector).length === 0) return;
  const groups = new Map<string, { ports: EndpointSlice['ports']; endpoints: Endpoint[] }>();
  for (const pod of store.list('Pod')) {
    const ip = pod.status.podIP;
    if (!ip || isFinished(pod)) continue;
    if (!matchesSelector({ matchLabels: selector }, pod.metadata.labels)) continue;
    const ports = resolvePorts(service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(service, pod, ip));
    groups.set(key, group);
  }
  if (groups.size === 0) groups.set('', { ports: [], endpoints: [] });
  writeSlices(store, service, [...groups.values()]);
}

function writeSlices(
  store: ObjectStore,
  service: Service,
  groups: { ports: EndpointSlice['ports']; endpoints: Endpoint[] }[],
): void {
  const present = slicesOf(store, service.metadata.name).filter((slice) =>
    slice.metadata.ownerReferences.some((owner) => owner.uid === service.metadata.uid),
  );
  groups.forEach((group, index) => {
    const slice = present[index];
    if (!slice) {
      store.create(newSlice(service, index, group));
    } else if (
      JSON.stringify([slice.ports, slice.endpoints]) !==
      JSON.stringify([group.ports, group.endpoints])
    ) {
      slice.ports = group.ports;
      slice.endpoints = group.endpoints;
      slice.metadata.generation++;
      store.changed(slice);
    }
  });
  for (const surplus of present.slice(groups.length)) deleteObject(store, surplus);
}

function newSlice(
  service: Service,
  index: number,
  group: { ports: EndpointSlice['ports']; endpoints: Endpoint[] },
) {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice' as const,
    metadata: {
      name: `${service.metadata.name}-${service.metadata.uid.slice(0, 5)}${index === 0 ? '' : index}`,
      labels: {
        ...service.metadata.labels,
        'kubernetes.io/service-name': service.metadata.name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        ...(service.spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}),
      },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          name: service.metadata.name,
          uid: service.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    addressType: 'IPv4',
    ...group,
  };
}

function endpointOf(service: Service, pod: Pod, ip: string): Endpoint {
  const terminating = isTerminating(pod);
  const serving = isReady(pod);
  const publish = service.spec.publishNotReadyAddresses === true;
  const named = pod.spec.hostname && pod.spec.subdomain === service.metadata.name;
  return {
    addresses: [ip],
    conditions: { ready: publish || (serving && !terminating), serving, terminating },
    ...(named && pod.spec.hostname ? { hostname: pod.spec.hostname } : {}),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: {
      kind: 'Pod',
      name: pod.metadata.name,
      namespace: pod.metadata.namespace,
      uid: pod.metadata.uid,
    },
  };
}

/** A named target port is looked up in each pod; a pod without it has no such endpoint port. */
function resolvePorts(service: Service, pod: Pod): EndpointSlice['ports'] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const target = port.targetPort ?? port.port;
    const number = typeof target === 'number' ? target : namedPort(pod, target);
    if (number === undefined) return [];
    return [{ name: port.name ?? '', port: number, protocol: port.protocol ?? 'TCP' }];
  });
}

export function namedPort(pod: Pod, name: string): number | undefined {
  return pod.spec.containers
    .flatMap((container) => container.ports ?? [])
    .find((port) => port.name === name)?.containerPort;
}

export function slicesOf(store: ObjectStore, service: string): EndpointSlice[] {
  return store
    .list('EndpointSlice')
    .filter((slice) => slice.metadata.labels['kubernetes.io/service-name'] === service);
}

/** Addresses that take traffic for one port of the Service. */
export function readyTargets(
  store: ObjectStore,
  service: string,
  portName: string,
): { ip: string; port: number }[] {
  return slicesOf(store, service).flatMap((slice) => {
    const port = slice.ports.find((candidate) => (candidate.name ?? '') === portName);
    if (!port) return [];
    return slice.endpoints
      .filter((endpoint) => endpoint.conditions?.ready !== false)
      .flatMap((endpoint) => endpoint.addresses.map((ip) => ({ ip, port: port.port })));
  });
}
