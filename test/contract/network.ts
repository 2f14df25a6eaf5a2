import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/provider/provider.ts';
import {
  deployment,
  idle,
  service,
  shell,
  statefulSet,
  statusOf,
  type Workbench,
} from './workbench.ts';

interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready?: boolean; readonly terminating?: boolean };
  readonly targetRef?: { readonly kind: string; readonly name: string; readonly uid: string };
}

const readyByFile = { exec: { command: ['test', '-f', '/tmp/ready'] }, periodSeconds: 1 };
/** Protected mode is off in the public images, but not in every image of that name. */
const redisArgs = ['redis-server', '--save', '', '--protected-mode', 'no'];
const redis = { name: 'main', image: 'redis:8.0', args: redisArgs };

/** Services, LoadBalancers, EndpointSlices and names. */
export function networkContract(bench: Workbench): void {
  const endpoints = async (name: string): Promise<Endpoint[]> => {
    const selector = `kubernetes.io/service-name=${name}`;
    const slices = await bench.provider.list('EndpointSlice', selector, bench.signal);
    return slices.flatMap((slice) => (slice.endpoints ?? []) as Endpoint[]);
  };
  const readyAddresses = async (name: string) =>
    (await endpoints(name))
      .filter((endpoint) => endpoint.conditions.ready !== false)
      .flatMap((endpoint) => endpoint.addresses);
  const web = (name: string, labels: Record<string, string>): KubeObject =>
    deployment(name, labels, {
      pod: {
        containers: [
          {
            name: 'main',
            image: 'node:24',
            command: [
              'node',
              '-e',
              `require('http').createServer((q,s)=>s.end('${name}')).listen(8080);process.on('SIGTERM',()=>process.exit())`,
            ],
            readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
          },
        ],
      },
    });

  test('two LoadBalancers on the same port each reach their own pods', async () => {
    const labels = bench.owns('balanced');
    const lb = (name: string) =>
      service(name, labels, { type: 'LoadBalancer', ports: [{ port: 80, targetPort: 8080 }] });
    await bench.apply(
      ...['balanced-a', 'balanced-b'].flatMap((name) => [web(name, labels), lb(name)]),
    );
    for (const name of ['balanced-a', 'balanced-b']) {
      const { host, port } = await bench.provider.endpoint(name, bench.signal);
      await bench.until(`an answer from ${name}`, async () => {
        try {
          const answer = await fetch(`http://${host}:${port}/`, {
            signal: AbortSignal.timeout(3000),
          });
          return (await answer.text()) === name || `status ${answer.status}`;
        } catch (error) {
          return String(error);
        }
      });
      expect(await bench.provider.endpoint(name, bench.signal)).toEqual({ host, port });
    }
  });

  test('a Service reaches its pods by name and address, also from such a pod itself', async () => {
    const labels = bench.owns('served');
    await bench.apply(
      service('served', labels, { ports: [{ port: 7000, targetPort: 6379 }] }),
      statefulSet('served', labels, { pod: { containers: [redis] } }),
    );
    await bench.ready('served-0');
    const { namespace } = bench.provider;
    for (const name of ['served', `served.${namespace}`, `served.${namespace}.svc.cluster.local`]) {
      await bench.until(`PONG at ${name}`, async () => {
        const answer = await bench.sh('served-0', `redis-cli -h ${name} -p 7000 ping 2>&1 || true`);
        return answer === 'PONG' || answer;
      });
    }
    const [made] = await bench.provider.list('Service', 'contract-test=served', bench.signal);
    const { clusterIP } = (made?.spec ?? {}) as { clusterIP?: string };
    expect(await bench.sh('served-0', 'getent hosts served')).toContain(clusterIP);
  });

  test('a headless Service names its ready pods one by one and together', async () => {
    const labels = bench.owns('headless');
    await bench.apply(
      service('headless', labels, { clusterIP: 'None', ports: [{ port: 6379 }] }),
      statefulSet('headless', labels, { replicas: 2, pod: { containers: [redis] } }),
    );
    const pods = [await bench.ready('headless-0'), await bench.ready('headless-1')];
    const full = `headless-1.headless.${bench.provider.namespace}.svc.cluster.local`;
    for (const name of ['headless-1.headless', full]) {
      await bench.until(`${name} to be the second pod`, async () => {
        const found = await bench.sh('headless-0', `getent ahostsv4 ${name} || true`);
        return found.startsWith(`${statusOf(pods[1] as KubeObject).podIP} `) || `"${found}"`;
      });
    }
    await bench.until('both addresses at the common name', async () => {
      const found = await bench.sh('headless-0', 'getent ahostsv4 headless || true');
      return pods.every((pod) => found.includes(`${statusOf(pod).podIP}`)) || `"${found}"`;
    });
    expect(await bench.sh('headless-0', 'getent hosts headless-7.headless || echo none')).toBe(
      'none',
    );
  });

  test('only a ready pod is a ready endpoint, and a terminating one is none at once', async () => {
    const labels = bench.owns('gated');
    const stubborn = 'trap "" TERM; while :; do sleep 1; done';
    await bench.apply(
      service('gated', labels, { ports: [{ port: 80 }] }),
      statefulSet('gated', labels, {
        pod: {
          containers: [shell(stubborn, { readinessProbe: readyByFile })],
          terminationGracePeriodSeconds: 8,
        },
      }),
    );
    await bench.pod('gated-0', 'running', (_, status) => status.phase === 'Running');
    await bench.until('an endpoint that is not ready', async () => {
      const all = await endpoints('gated');
      return (all.length === 1 && all[0]?.conditions.ready === false) || JSON.stringify(all);
    });
    await bench.sh('gated-0', 'touch /tmp/ready');
    const pod = await bench.ready('gated-0');
    await bench.until('its address', async () => {
      const ready = await readyAddresses('gated');
      return (ready.length === 1 && ready[0] === statusOf(pod).podIP) || JSON.stringify(ready);
    });
    const [endpoint] = await endpoints('gated');
    expect(endpoint?.targetRef).toMatchObject({
      kind: 'Pod',
      name: 'gated-0',
      uid: pod.metadata.uid,
    });
    await bench.deletePod(pod, null);
    await bench.until(
      'no ready address',
      async () => (await readyAddresses('gated')).length === 0 || 'still there',
      5000,
    );
    expect((await bench.find('gated-0'))?.metadata.uid, 'still terminating').toBe(pod.metadata.uid);
  });

  test('publishNotReadyAddresses names pods that are not ready', async () => {
    const labels = bench.owns('published');
    await bench.apply(
      service('published', labels, {
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        ports: [{ port: 80 }],
      }),
      statefulSet('published', labels, {
        pod: { containers: [shell(idle, { readinessProbe: readyByFile })] },
      }),
    );
    await bench.pod('published-0', 'running', (_, status) => status.phase === 'Running');
    await bench.until('its name', async () => {
      const script = 'getent ahostsv4 published-0.published || true';
      const found = await bench.sh('published-0', script);
      return found !== '' || 'no answer';
    });
  });

  test('a pod reaches itself and others at their own addresses', async () => {
    const labels = bench.owns('direct');
    await bench.apply(
      statefulSet('direct', labels, {
        replicas: 2,
        podManagementPolicy: 'Parallel',
        pod: { containers: [redis] },
      }),
    );
    const pods = [await bench.ready('direct-0'), await bench.ready('direct-1')];
    for (const pod of pods) {
      await bench.until('PONG', async () => {
        const answer = await bench.sh(
          'direct-0',
          `redis-cli -h ${statusOf(pod).podIP} ping 2>&1 || true`,
        );
        return answer === 'PONG' || answer;
      });
    }
  });

  test('a Service without endpoints refuses, and does not hang', async () => {
    const labels = bench.owns('empty');
    await bench.apply(
      service('empty', labels, { ports: [{ port: 6379 }] }),
      statefulSet('lonely', labels, { pod: { containers: [redis] } }),
    );
    await bench.ready('lonely-0');
    await bench.until('a refusal', async () => {
      const answer = await bench.sh('lonely-0', 'timeout 5 redis-cli -h empty ping 2>&1 || true');
      return answer.includes('refused') || `"${answer}"`;
    });
  });
}
