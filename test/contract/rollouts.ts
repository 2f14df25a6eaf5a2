import { expect, test } from 'vitest';
import {
  deployment,
  idle,
  isReady,
  shell,
  statefulSet,
  statusOf,
  type Workbench,
} from './workbench.ts';

/** Updates that stop half-way, wait, or scale. */
export function rolloutContract(bench: Workbench): void {
  const version = (pod: { metadata: { annotations?: unknown } } | undefined) =>
    (pod?.metadata.annotations as { version?: string } | undefined)?.version;

  test('a partition keeps lower ordinals at the old template, also when they are made anew', async () => {
    const labels = bench.owns('partition');
    const set = (annotation: string, partition: number) =>
      statefulSet('partition', labels, {
        replicas: 2,
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
        annotations: { version: annotation },
        pod: { containers: [shell(idle)] },
      });
    await bench.apply(set('1', 1));
    const low = await bench.ready('partition-0');
    const high = await bench.ready('partition-1');
    await bench.apply(set('2', 1));
    const newHigh = await bench.ready('partition-1', high);
    expect(version(newHigh)).toBe('2');
    expect((await bench.find('partition-0'))?.metadata.uid).toBe(low.metadata.uid);
    await bench.deletePod(low, null);
    const again = await bench.ready('partition-0', low);
    expect(version(again)).toBe('1');
    await bench.apply(set('2', 0));
    const last = await bench.ready('partition-0', again);
    expect(version(last)).toBe('2');
    expect((await bench.find('partition-1'))?.metadata.uid).toBe(newHigh.metadata.uid);
  });

  test('OnDelete: a pod gets the new template only when it is deleted', async () => {
    const labels = bench.owns('ondelete');
    const set = (annotation: string) =>
      statefulSet('ondelete', labels, {
        updateStrategy: { type: 'OnDelete' },
        annotations: { version: annotation },
        pod: { containers: [shell(idle)] },
      });
    await bench.apply(set('1'));
    const first = await bench.ready('ondelete-0');
    await bench.apply(set('2'));
    await bench.throughout(700, async () => {
      expect((await bench.find('ondelete-0'))?.metadata.uid).toBe(first.metadata.uid);
    });
    await bench.deletePod(first, null);
    expect(version(await bench.ready('ondelete-0', first))).toBe('2');
  });

  test('ordinals may start at another number than 0', async () => {
    const labels = bench.owns('ordinals');
    await bench.apply(
      statefulSet('ordinals', labels, {
        replicas: 2,
        ordinals: { start: 5 },
        pod: { containers: [shell(idle)] },
      }),
    );
    await bench.ready('ordinals-6');
    const names = (await bench.pods('ordinals')).map((pod) => pod.metadata.name).sort();
    expect(names).toEqual(['ordinals-5', 'ordinals-6']);
  });

  test('a broken rollout stops at its first pod that is not ready', async () => {
    const labels = bench.owns('stuck');
    const set = (file: string) =>
      statefulSet('stuck', labels, {
        replicas: 2,
        pod: {
          containers: [
            shell(`touch /tmp/good; ${idle}`, {
              readinessProbe: { exec: { command: ['test', '-f', file] }, periodSeconds: 1 },
            }),
          ],
        },
      });
    await bench.apply(set('/tmp/good'));
    const low = await bench.ready('stuck-0');
    const high = await bench.ready('stuck-1');
    await bench.apply(set('/tmp/never'));
    await bench.pod(
      'stuck-1',
      'the new one, running',
      (pod, status) => pod.metadata.uid !== high.metadata.uid && status.phase === 'Running',
    );
    await bench.throughout(1000, async () => {
      const pod = await bench.find('stuck-0');
      expect(pod?.metadata.uid).toBe(low.metadata.uid);
      expect(pod && isReady(statusOf(pod))).toBe(true);
    });
  });

  test('a Deployment scales up and down, and reports what is available', async () => {
    const labels = bench.owns('sized');
    const made = (replicas: number) =>
      deployment('sized', labels, { replicas, pod: { containers: [shell(idle)] } });
    const available = async (count: number) =>
      bench.until(`${count} available`, async () => {
        const selector = 'contract-test=sized';
        const [found] = await bench.provider.list('Deployment', selector, bench.signal);
        const status = (found?.status ?? {}) as { availableReplicas?: number; replicas?: number };
        const settled = status.availableReplicas === count && status.replicas === count;
        return settled || JSON.stringify(status);
      });
    await bench.apply(made(1));
    await available(1);
    await bench.apply(made(3));
    await available(3);
    await bench.apply(made(2));
    await available(2);
  });
}
