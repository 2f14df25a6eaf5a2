import type { KubeObject } from '../../src/model/kube-object.ts';
import { waitFor } from '../../src/platform/wait.ts';
import type { Provider } from '../../src/provider/provider.ts';

/** Objects as small as they get, and waits for them. Images: those of the node image. */

export function statefulSet(
  name: string,
  over: { replicas?: number; policy?: string; labels?: Readonly<Record<string, string>> } = {},
): KubeObject {
  const labels = { app: name, ...over.labels };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, labels: { ...over.labels } },
    spec: {
      serviceName: name,
      replicas: over.replicas ?? 1,
      podManagementPolicy: over.policy ?? 'OrderedReady',
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'redis', image: 'redis:8.0', command: ['sleep', '3600'] }],
        },
      },
    },
  };
}

/** A web server that answers with `text`, and its LoadBalancer Service of the same name. */
export function webService(
  name: string,
  text: string,
  service: Readonly<Record<string, unknown>> = {},
): KubeObject[] {
  const script = `require('http').createServer((q, r) => r.end('${text}')).listen(5000)`;
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [
              {
                name: 'web',
                image: 'node:24',
                command: ['node', '-e', script],
                readinessProbe: { httpGet: { port: 5000 }, periodSeconds: 1 },
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: {
        type: 'LoadBalancer',
        selector: { app: name },
        ports: [{ port: 80, targetPort: 5000 }],
        ...service,
      },
    },
  ];
}

export interface PodSeen {
  readonly name: string;
  readonly uid: string;
  readonly ready: boolean;
  readonly phase: string;
  readonly finalizers: readonly string[];
}

export async function podsOf(
  provider: Provider,
  app: string,
  signal: AbortSignal,
): Promise<PodSeen[]> {
  const pods = await provider.list('Pod', `app=${app}`, signal);
  return pods.map((pod) => {
    const status = pod.status as {
      phase: string;
      conditions?: { type: string; status: string }[];
    };
    return {
      name: pod.metadata.name,
      uid: pod.metadata.uid ?? '',
      phase: status.phase,
      ready: (status.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True'),
      finalizers: pod.metadata.finalizers ?? [],
    };
  });
}

/** Waits until the app's pods are as wanted, and gives them in order of their names. */
export function untilPods(
  provider: Provider,
  app: string,
  what: string,
  wanted: (pods: readonly PodSeen[]) => boolean,
  signal: AbortSignal,
): Promise<PodSeen[]> {
  return waitFor(
    { what: `pods of ${app}: ${what}`, timeoutMs: 90_000, everyMs: 100, signal },
    async () => {
      const pods = await podsOf(provider, app, signal);
      if (wanted(pods)) return { done: true, value: pods };
      return { done: false, seen: JSON.stringify(pods) };
    },
  );
}
