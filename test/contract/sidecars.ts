import { expect, test } from 'vitest';
import {
  barePod,
  containerOf,
  dataClaim,
  dataMount,
  idle,
  isReady,
  shell,
  statefulSet,
  statusOf,
  type Workbench,
} from './workbench.ts';

/** Several containers in one pod: what they share, in which order they come and go. */
export function sidecarContract(bench: Workbench): void {
  const shared = { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] };
  const volumes = [{ name: 'shared', emptyDir: {} }];
  const sidecar = (script: string, more: object = {}) =>
    shell(script, { name: 'sidecar', restartPolicy: 'Always', ...more });

  test("containers of a pod share its address and volumes, not each other's processes", async () => {
    const labels = bench.owns('together');
    const second = shell(`echo hello > /shared/from-second; ${idle}`, {
      name: 'second',
      ...shared,
    });
    const redis = { name: 'third', image: 'redis:8.0', args: ['--save', ''] };
    await bench.apply(
      barePod('together', labels, { volumes, containers: [shell(idle, shared), second, redis] }),
    );
    await bench.ready('together');
    await bench.until('PONG of the other container', async () => {
      const answer = await bench.sh('together', 'redis-cli ping 2>&1 || true');
      return answer === 'PONG' || answer;
    });
    await bench.until('its file', async () => {
      const seen = await bench.sh('together', 'cat /shared/from-second 2>&1 || true');
      return seen === 'hello' || seen;
    });
    expect(await bench.sh('together', 'cat /proc/[0-9]*/comm | grep -c redis-server || true')).toBe(
      '0',
    );
  });

  test('a sidecar has started before the containers after it, and counts for readiness', async () => {
    const labels = bench.owns('sidecar');
    const readinessProbe = { exec: { command: ['test', '-f', '/tmp/ready'] }, periodSeconds: 1 };
    const startupProbe = { exec: { command: ['test', '-f', '/shared/up'] }, periodSeconds: 1 };
    await bench.apply(
      barePod('sidecar', labels, {
        volumes,
        initContainers: [
          sidecar(`sleep 0.5; touch /shared/up; ${idle}`, {
            ...shared,
            startupProbe,
            readinessProbe,
          }),
        ],
        containers: [shell(`ls /shared > /shared/seen; ${idle}`, shared)],
      }),
    );
    const pod = await bench.pod('sidecar', 'running', (_, status) => status.phase === 'Running');
    await bench.until('the first look of the main container', async () => {
      const seen = await bench.sh('sidecar', 'cat /shared/seen || true');
      return seen.includes('up') || `"${seen}"`;
    });
    const init = Reflect.get(statusOf(pod), 'initContainerStatuses') as { started?: boolean }[];
    expect(init[0]?.started).toBe(true);
    expect(isReady(statusOf((await bench.find('sidecar')) ?? pod))).toBe(false);
    const argv = ['touch', '/tmp/ready'];
    await bench.provider.exec('sidecar', 'sidecar', argv, { timeoutMs: 20_000 }, bench.signal);
    await bench.ready('sidecar');
  });

  test('a sidecar that ends is started again, also under restartPolicy Never', async () => {
    const labels = bench.owns('revived');
    const script = `if [ -f /shared/once ]; then ${idle}; fi; touch /shared/once`;
    await bench.apply(
      barePod('revived', labels, {
        restartPolicy: 'Never',
        volumes,
        initContainers: [sidecar(script, shared)],
        containers: [shell(idle)],
      }),
    );
    await bench.pod('revived', 'with a restarted sidecar', (_, status) => {
      const init = Reflect.get(status, 'initContainerStatuses') as
        | { restartCount: number; state: { running?: object } }[]
        | undefined;
      return init?.[0]?.restartCount === 1 && init[0].state.running !== undefined;
    });
    const pod = await bench.ready('revived');
    expect(containerOf(statusOf(pod))?.restartCount).toBe(0);
  });

  test('a Job with a sidecar completes: the sidecar is ended after the main container', async () => {
    const labels = bench.owns('sidejob');
    await bench.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'sidejob', labels },
      spec: {
        template: {
          metadata: { labels },
          spec: {
            restartPolicy: 'Never',
            initContainers: [sidecar(idle)],
            containers: [shell('echo done')],
          },
        },
      },
    });
    await bench.until('the Job to be complete', async () => {
      const [job] = await bench.provider.list('Job', 'contract-test=sidejob', bench.signal);
      const status = (job?.status ?? {}) as { conditions?: { type: string; status: string }[] };
      const complete = status.conditions?.some((c) => c.type === 'Complete' && c.status === 'True');
      return complete === true || JSON.stringify(status);
    });
    const [pod] = await bench.pods('sidejob');
    expect(pod && statusOf(pod).phase).toBe('Succeeded');
  });

  test('when a pod is deleted its sidecar gets SIGTERM only after the main container has ended', async () => {
    const labels = bench.owns('sideorder');
    const witness = (name: string, wait: string) =>
      `trap "${wait} echo ${name} >> /data/seen; exit 0" TERM; while :; do sleep 3600 & wait $!; done`;
    await bench.apply(
      statefulSet('sideorder', labels, {
        volumeClaimTemplates: [dataClaim(labels)],
        pod: {
          initContainers: [sidecar(witness('sidecar', ''), { volumeMounts: [dataMount] })],
          containers: [shell(witness('main', 'sleep 0.5;'), { volumeMounts: [dataMount] })],
        },
      }),
    );
    const first = await bench.ready('sideorder-0');
    await bench.deletePod(first, null);
    await bench.ready('sideorder-0', first);
    expect(await bench.sh('sideorder-0', 'cat /data/seen')).toBe('main\nsidecar');
  });

  test('shareProcessNamespace: containers see and signal each other, and only one restarts', async () => {
    const labels = bench.owns('shared');
    const redis = { name: 'redis', image: 'redis:8.0', args: ['--save', ''] };
    await bench.apply(
      barePod('shared', labels, {
        shareProcessNamespace: true,
        containers: [shell(idle), redis],
      }),
    );
    await bench.ready('shared');
    const find = 'grep -l "^redis-server" /proc/[0-9]*/comm 2>/dev/null | cut -d/ -f3';
    let pid = '';
    await bench.until('the server among its processes', async () => {
      pid = await bench.sh('shared', `${find} || true`);
      return /^\d+$/.test(pid) || `"${pid}"`;
    });
    expect(Number(pid)).toBeGreaterThan(1);
    expect(await bench.sh('shared', 'cat /proc/1/comm')).not.toBe('redis-server');
    await bench.sh('shared', `kill -9 ${pid}`);
    const pod = await bench.pod('shared', 'with a restarted server', (_, status) => {
      const server = status.containerStatuses?.find(({ name }) => name === 'redis');
      return server?.restartCount === 1 && server.state.running !== undefined;
    });
    const server = statusOf(pod).containerStatuses?.find(({ name }) => name === 'redis');
    expect(server?.lastState.terminated?.exitCode).toBe(137);
    expect(containerOf(statusOf(pod))?.restartCount).toBe(0);
  });

  test('a failing init container is tried again, or fails the pod under restartPolicy Never', async () => {
    const labels = bench.owns('badinit');
    const failing = [shell('exit 4', { name: 'init' })];
    const containers = [shell(idle)];
    await bench.apply(
      barePod('badinit', labels, { initContainers: failing, containers }),
      barePod('badinit-never', labels, {
        restartPolicy: 'Never',
        initContainers: failing,
        containers,
      }),
    );
    await bench.pod('badinit-never', 'failed', (_, status) => status.phase === 'Failed');
    const pod = await bench.pod('badinit', 'restarting its init container', (_, status) => {
      const init = Reflect.get(status, 'initContainerStatuses') as
        | { restartCount: number }[]
        | undefined;
      return (init?.[0]?.restartCount ?? 0) > 0;
    });
    expect(statusOf(pod).phase).toBe('Pending');
    expect(containerOf(statusOf(pod))?.state.waiting?.reason).toBe('PodInitializing');
  });
}
