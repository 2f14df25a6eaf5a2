import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { describeError } from '../../../../model/errors.ts';
import { rootCaConfigMap } from '../kubelet/volume-files.ts';
import { apiServiceIp } from '../network/addresses.ts';
import type { ObjectStore } from '../store/store.ts';
import type { Relabelled } from './requests.ts';

const names = [
  'kubernetes.default.svc',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc.cluster.local',
];

/** Starts to listen, and puts into the store what pods need to find the API. */
export type StartKubeApi = (
  store: ObjectStore,
  relabelled: Relabelled,
  log: (line: string) => void,
) => Promise<void>;

/**
 * Makes the certificates of the Kubernetes API for pods, which can be done while the node's network
 * comes up. Only the node's process needs what this loads, and the tool starts from the same bundle.
 */
export async function prepareKubeApi(): Promise<StartKubeApi> {
  const { issueServingCertificate } = await import('./certificates.ts');
  const certificate = issueServingCertificate(names, [apiServiceIp]);
  return async (store, relabelled, log) => {
    // Most runs never ask: Node's HTTPS is loaded for the first one that does.
    let api: Promise<Server> | undefined;
    const door = createServer({ pauseOnConnect: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      api ??= import('./server.ts').then(({ apiServer }) =>
        apiServer(store, certificate, relabelled, log),
      );
      api.then(
        (server) => server.emit('connection', socket),
        (error: unknown) => {
          log(`Kubernetes API: ${describeError(error)}`);
          socket.destroy();
        },
      );
    });
    door.listen(443, apiServiceIp);
    await once(door, 'listening');
    storeAccess(store, certificate.ca);
  };
}

/** What every namespace has of it: the account of pods that name none, and the authority. */
function storeAccess(store: ObjectStore, ca: string): void {
  store.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
  store.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: rootCaConfigMap },
    data: { 'ca.crt': ca },
  });
}
