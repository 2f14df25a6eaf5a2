import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/provider/provider.ts';
import {
  barePod,
  deployment,
  idle,
  isReady,
  shell,
  statefulSet,
  statusOf,
  type Workbench,
} from './workbench.ts';

/** What a PodDisruptionBudget keeps a drain from doing. */
export function evictionContract(bench: Workbench): void {
  const budget = (name: string, labels: Record<string, string>, spec: object): KubeObject => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, labels },
    spec: { selector: { matchLabels: { app: name } }, ...spec },
  });
  const evict = ({ metadata: { name, uid = '' } }: KubeObject) =>
    bench.provider.evictPod({ name, uid }, bench.signal);
  /** Waits until the budget's controller has seen what the test is about. */
  const allowed = (name: string, wanted: Readonly<Record<string, number>>) =>
    bench.until(`budget ${name} to say ${JSON.stringify(wanted)}`, async () => {
      const all = await bench.provider.list('PodDisruptionBudget', null, bench.signal);
      const status = all.find(({ metadata }) => metadata.name === name)?.status ?? {};
      const seen = Object.fromEntries(
        Object.keys(wanted).map((key) => [key, Reflect.get(status, key)]),
      );
      return JSON.stringify(seen) === JSON.stringify(wanted) || JSON.stringify(status);
    });
  const pod = { containers: [shell(idle)] };

  test('a budget lets one pod of a StatefulSet go, and the next only once that one is back', async () => {
    const labels = bench.owns('rationed');
    const spec = { replicas: 2, podManagementPolicy: 'Parallel', pod };
    await bench.apply(
      budget('rationed', labels, { maxUnavailable: 1 }),
      statefulSet('rationed', labels, spec),
    );
    const [first, second] = [await bench.ready('rationed-0'), await bench.ready('rationed-1')];
    await allowed('rationed', { disruptionsAllowed: 1, desiredHealthy: 1, expectedPods: 2 });
    expect(await evict(first)).toEqual({ evicted: true });
    const refused = await evict(second);
    expect(refused).toMatchObject({ evicted: false });
    expect(refused).toHaveProperty('reason', expect.stringContaining('disruption budget'));
    expect((await bench.find('rationed-1'))?.metadata.deletionTimestamp).toBeUndefined();
    await bench.ready('rationed-0', first);
    await allowed('rationed', { disruptionsAllowed: 1 });
    expect(await evict(second)).toEqual({ evicted: true });
    await bench.ready('rationed-1', second);
  });

  test('minAvailable in per cent counts what the controller wants and rounds up', async () => {
    const labels = bench.owns('percent');
    await bench.apply(
      budget('percent', labels, { minAvailable: '60%' }),
      deployment('percent', labels, { replicas: 2, pod }),
    );
    await bench.until('two ready pods', async () => {
      const ready = (await bench.pods('percent')).filter((one) => isReady(statusOf(one)));
      return ready.length === 2 || `${ready.length} ready`;
    });
    await allowed('percent', { disruptionsAllowed: 0, desiredHealthy: 2, expectedPods: 2 });
    const [one] = await bench.pods('percent');
    if (!one) throw new Error('no pod');
    expect(await evict(one)).toMatchObject({ evicted: false });
  });

  test('a pod that never got ready goes when the others suffice, or when the policy lets it', async () => {
    const labels = bench.owns('sick');
    const sick = (name: string, app: string) =>
      barePod(
        name,
        { ...labels, app },
        {
          containers: [
            shell(idle, { readinessProbe: { exec: { command: ['false'] }, periodSeconds: 1 } }),
          ],
        },
      );
    const app = (name: string, policy: object) =>
      budget(name, labels, { minAvailable: 1, ...policy });
    await bench.apply(
      app('sick', {}),
      app('lenient', { unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
      sick('sick-a', 'sick'),
      sick('lenient-a', 'lenient'),
    );
    const running = (name: string) =>
      bench.pod(name, 'running', (_, status) => status.phase === 'Running');
    const [strict, lenient] = [await running('sick-a'), await running('lenient-a')];
    await allowed('sick', { currentHealthy: 0, desiredHealthy: 1 });
    await allowed('lenient', { currentHealthy: 0, desiredHealthy: 1 });
    expect(await evict(strict)).toMatchObject({ evicted: false });
    expect(await evict(lenient)).toEqual({ evicted: true });
  });

  test('without a budget it is a graceful delete; a uid of the past is refused', async () => {
    const labels = bench.owns('unguarded');
    await bench.apply(statefulSet('unguarded', labels, { pod }));
    const first = await bench.ready('unguarded-0');
    expect(await evict(first)).toEqual({ evicted: true });
    await bench.ready('unguarded-0', first);
    await expect(evict(first)).rejects.toThrow(/unguarded-0/);
    expect((await bench.find('unguarded-0'))?.metadata.deletionTimestamp).toBeUndefined();
  });
}
