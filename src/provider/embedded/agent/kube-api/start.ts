import { once } from 'node:events';
import { apiServiceIp } from '../addresses.ts';
import type { ObjectStore } from '../store.ts';
import { rootCaConfigMap } from '../volume-files.ts';
import type { Relabelled } from './requests.ts';

const names = [
  'kubernetes.default.svc',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc.cluster.local',
  'localhost',
];

/**
 * Puts the Kubernetes API for pods on the address of the Service `kubernetes`, with what every
 * namespace has of it: the `default` ServiceAccount and the certificate authority's ConfigMap. The
 * node's process ends it.
 */
export async function startKubeApi(
  store: ObjectStore,
  relabelled: Relabelled,
  log: (line: string) => void,
): Promise<void> {
  // Only the node's process needs them, and the tool itself starts from the same bundle.
  const [{ issueServingCertificate }, { apiServer }] = await Promise.all([
    import('./certificates.ts'),
    import('./server.ts'),
  ]);
  const certificate = issueServingCertificate(names, [apiServiceIp]);
  const server = apiServer(store, certificate, relabelled, log);
  server.listen(443, apiServiceIp);
  await once(server, 'listening');
  store.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
  store.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: rootCaConfigMap },
    data: { 'ca.crt': certificate.ca },
  });
}
