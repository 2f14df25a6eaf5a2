import { slicesOf } from '../network/endpoints.ts';
import type { EndpointSlice, OtherObject, Service } from '../store/objects.ts';
import type { ObjectStore } from '../store/store.ts';

/** The old form of a Service's endpoints, which older sidecars read, made of its slices. */
export function endpointsOf(store: ObjectStore): OtherObject[] {
  return store.list('Service').flatMap((service) => {
    const slices = slicesOf(store, service.metadata.name);
    return slices.length === 0 ? [] : [endpoints(service, slices)];
  });
}

function endpoints(service: Service, slices: readonly EndpointSlice[]): OtherObject {
  const [first] = slices;
  return {
    kind: 'Endpoints',
    apiVersion: 'v1',
    metadata: {
      ...service.metadata,
      ...(first ? { resourceVersion: first.metadata.resourceVersion } : {}),
      uid: first?.metadata.uid ?? service.metadata.uid,
      annotations: {},
      finalizers: [],
      ownerReferences: [],
    },
    subsets: slices.filter((slice) => slice.endpoints.length > 0).map(subset),
  };
}

function subset({ endpoints: all, ports }: EndpointSlice): object {
  const addresses = (ready: boolean) =>
    all
      .filter((endpoint) => (endpoint.conditions?.ready !== false) === ready)
      .flatMap(({ addresses: ips, hostname, nodeName, targetRef }) =>
        ips.map((ip) => ({
          ip,
          ...(hostname ? { hostname } : {}),
          ...(nodeName ? { nodeName } : {}),
          ...(targetRef ? { targetRef } : {}),
        })),
      );
  const ready = addresses(true);
  const notReady = addresses(false);
  return {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ports,
  };
}
