import { connectKube } from '../../src/kube/client/connection.ts';
import { listObjects } from '../../src/kube/client/read.ts';
import { findContainerRuntime } from '../../src/provider/kind/container-runtime.ts';
import { createLoadBalancing } from '../../src/provider/kind/load-balancer.ts';
import { addressOf, type LoadBalancer } from '../../src/provider/kubeconfig/load-balancer.ts';
import type { LabCluster } from './lab.ts';

/**
 * The cloud of a lab cluster: gives the LoadBalancer Services of the namespaces it serves an address,
 * as a cloud's controller would, so that the cluster can be used as somebody's.
 */
export interface Cloud {
  serve(namespace: string): void;
  close(): Promise<void>;
}

const lookEveryMs = 200;

export async function startCloud({ kubeconfig, context }: LabCluster): Promise<Cloud> {
  const stop = new AbortController();
  const { signal } = stop;
  const connection = await connectKube({ kubeconfig, context });
  const runtime = await findContainerRuntime(signal);
  const clusterName = context.replace(/^kind-/, '');
  const namespaces = new Map<string, ReturnType<typeof createLoadBalancing>>();

  const look = async () => {
    for (const [namespace, assign] of namespaces) {
      const services = await listObjects(connection, namespace, 'Service', null, signal);
      for (const service of services as LoadBalancer[]) {
        // one that cannot be given an address is named by the run that waits for it
        if (service.spec.type !== 'LoadBalancer' || addressOf(service) !== null) continue;
        await assign(service, signal);
      }
    }
  };
  const working = (async () => {
    while (!signal.aborted) {
      // an API server that is away for a while is away for a cloud's controller too
      await look().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  })();
  return {
    serve(namespace) {
      const options = { runtime, clusterName, connection, namespace, direct: true };
      namespaces.set(namespace, createLoadBalancing(options));
    },
    async close() {
      stop.abort();
      await working;
      await connection.close();
    },
  };
}
