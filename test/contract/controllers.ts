import { expect, test } from 'vitest';
import { UsageError } from '../../src/model/errors.ts';
import {
  containerOf,
  deployment,
  idle,
  isReady,
  shell,
  statefulSet,
  statusOf,
  type Workbench,
} from './workbench.ts';

const readyByFile = { exec: { command: ['test', '-f', '/tmp/ready'] }, periodSeconds: 1 };

/** StatefulSets, Deployments and what the API says of their pods. */
export function controllerContract(bench: Workbench): void {
  test('a pod of a StatefulSet shows its identity, its owner and a full status', async () => {
    const labels = bench.owns('shape');
    await bench.apply(statefulSet('shape', labels, { pod: { containers: [shell(idle)] } }));
    const pod = await bench.ready('shape-0');
    const status = statusOf(pod);
    expect(pod.metadata.labels).toMatchObject({
      ...labels,
      app: 'shape',
      'statefulset.kubernetes.io/pod-name': 'shape-0',
      'apps.kubernetes.io/pod-index': '0',
    });
    expect(pod.metadata.ownerReferences?.[0]).toMatchObject({
      kind: 'StatefulSet',
      name: 'shape',
      controller: true,
    });
    expect(status.phase).toBe('Running');
    expect(status.podIP).toMatch(/^[0-9a-f.:]+$/);
    expect(status.podIPs?.[0]?.ip).toBe(status.podIP);
    expect(status.conditions?.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['PodScheduled', 'Initialized', 'ContainersReady', 'Ready']),
    );
    expect(containerOf(status)).toMatchObject({ ready: true, restartCount: 0 });
    expect(containerOf(status)?.state.running).toBeDefined();
    const nodes = await bench.provider.list('Node', null, bench.signal);
    const { nodeName } = pod.spec as { nodeName: string };
    expect(nodes.map((node) => node.metadata.name)).toContain(nodeName);
  });

  test('OrderedReady: a pod is made only when the one before it is ready', async () => {
    const labels = bench.owns('ordered');
    const container = shell(idle, { readinessProbe: readyByFile });
    await bench.apply(
      statefulSet('ordered', labels, { replicas: 2, pod: { containers: [container] } }),
    );
    await bench.pod('ordered-0', 'running', (_, status) => status.phase === 'Running');
    await bench.throughout(2000, async () => {
      expect((await bench.pods('ordered')).map((pod) => pod.metadata.name)).toEqual(['ordered-0']);
    });
    await bench.sh('ordered-0', 'touch /tmp/ready');
    await bench.pod('ordered-1', 'running', (_, status) => status.phase === 'Running');
    expect(isReady(statusOf(await bench.ready('ordered-0')))).toBe(true);
  });

  test('Parallel: all pods are made though none is ready', async () => {
    const labels = bench.owns('parallel');
    const container = shell(idle, { readinessProbe: readyByFile });
    await bench.apply(
      statefulSet('parallel', labels, {
        replicas: 3,
        podManagementPolicy: 'Parallel',
        pod: { containers: [container] },
      }),
    );
    for (const index of [0, 1, 2]) {
      const running = (_: unknown, status: { phase: string }) => status.phase === 'Running';
      await bench.pod(`parallel-${index}`, 'running', running);
    }
    for (const pod of await bench.pods('parallel')) expect(isReady(statusOf(pod))).toBe(false);
  });

  test('applied again with other replicas it scales up, and down from the highest ordinal', async () => {
    const labels = bench.owns('scaled');
    const set = (replicas: number) =>
      statefulSet('scaled', labels, { replicas, pod: { containers: [shell(idle)] } });
    await bench.apply(set(1));
    const first = await bench.ready('scaled-0');
    await bench.apply(set(3));
    await bench.ready('scaled-2');
    await bench.apply(set(1));
    await bench.until('one pod to be left', async () => {
      const names = (await bench.pods('scaled')).map((pod) => pod.metadata.name);
      return names.length === 1 || names.join();
    });
    expect((await bench.pods('scaled'))[0]?.metadata.uid).toBe(first.metadata.uid);
  });

  test('a changed template is rolled out from the highest ordinal, one pod at a time', async () => {
    const labels = bench.owns('rolled');
    const set = (version: string) =>
      statefulSet('rolled', labels, {
        replicas: 2,
        annotations: { version },
        pod: { containers: [shell(idle)] },
      });
    await bench.apply(set('1'));
    await bench.ready('rolled-1');
    const before = new Map(
      (await bench.pods('rolled')).map((pod) => [pod.metadata.name, pod.metadata.uid]),
    );
    await bench.apply(set('2'));
    await bench.until('both pods to be new and ready', async () => {
      const pods = await bench.pods('rolled');
      const isNew = (name: string) => {
        const pod = pods.find((candidate) => candidate.metadata.name === name);
        return pod !== undefined && pod.metadata.uid !== before.get(name);
      };
      if (isNew('rolled-0')) expect(isNew('rolled-1')).toBe(true);
      const ready = pods.filter((pod) => isReady(statusOf(pod))).length;
      return (isNew('rolled-0') && isNew('rolled-1') && ready === 2) || `${ready} ready`;
    });
    for (const pod of await bench.pods('rolled')) {
      expect(pod.metadata.annotations).toMatchObject({ version: '2' });
    }
  });

  test('a Deployment replaces a terminating pod at once, and rolls a new template out', async () => {
    const labels = bench.owns('deployed');
    const stubborn = 'trap "" TERM; while :; do sleep 1; done';
    const made = (script: string) =>
      deployment('deployed', labels, {
        pod: { containers: [shell(script)], terminationGracePeriodSeconds: 15 },
      });
    await bench.apply(made(stubborn));
    const readyOther = async (...uids: (string | undefined)[]) => {
      let name = '';
      await bench.until('another ready pod', async () => {
        const pods = await bench.pods('deployed');
        const other = pods.find(
          (pod) =>
            isReady(statusOf(pod)) &&
            !pod.metadata.deletionTimestamp &&
            !uids.includes(pod.metadata.uid),
        );
        name = other?.metadata.name ?? '';
        return other ? true : pods.map((pod) => pod.metadata.name).join();
      });
      return bench.ready(name);
    };
    const first = await readyOther();
    expect(first.metadata.ownerReferences?.[0]?.kind).toBe('ReplicaSet');
    await bench.deletePod(first, null);
    const second = await readyOther(first.metadata.uid);
    const old = await bench.find(first.metadata.name);
    expect(old?.metadata.deletionTimestamp, 'the old one is still terminating').toBeDefined();
    await bench.apply(made(idle));
    const third = await readyOther(first.metadata.uid, second.metadata.uid);
    expect(third.metadata.labels?.['pod-template-hash']).not.toBe(
      second.metadata.labels?.['pod-template-hash'],
    );
  });

  test('a Job tries again after a failure, and completes', async () => {
    const labels = bench.owns('jobbed');
    const script = '[ -f /scratch/once ] || { touch /scratch/once; exit 1; }; echo done';
    await bench.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'jobbed', labels },
      spec: {
        template: {
          metadata: { labels },
          spec: {
            restartPolicy: 'OnFailure',
            volumes: [{ name: 'scratch', emptyDir: {} }],
            containers: [
              shell(script, { volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] }),
            ],
          },
        },
      },
    });
    await bench.until('the Job to be complete', async () => {
      const [job] = await bench.provider.list('Job', 'contract-test=jobbed', bench.signal);
      const status = (job?.status ?? {}) as { conditions?: { type: string; status: string }[] };
      return (
        (status.conditions ?? []).some((c) => c.type === 'Complete' && c.status === 'True') ||
        JSON.stringify(status)
      );
    });
    const [pod] = await bench.pods('jobbed');
    expect(pod && statusOf(pod).phase).toBe('Succeeded');
    expect(await bench.logs(pod?.metadata.name ?? '')).toBe('done\n');
  });

  test('a Deployment with strategy Recreate takes the old pod away before it makes the new', async () => {
    const labels = bench.owns('recreated');
    const made = (version: string) =>
      deployment('recreated', labels, {
        strategy: { type: 'Recreate' },
        pod: { containers: [shell(idle, { env: [{ name: 'VERSION', value: version }] })] },
      });
    const only = async (version: string) => {
      let name = '';
      await bench.until(`a ready pod of version ${version}`, async () => {
        const pods = await bench.pods('recreated');
        expect(pods.filter((pod) => !pod.metadata.deletionTimestamp).length).toBeLessThan(2);
        const found = pods.find(
          (pod) => isReady(statusOf(pod)) && JSON.stringify(pod.spec).includes(`"${version}"`),
        );
        name = found?.metadata.name ?? '';
        return found ? true : pods.map((pod) => pod.metadata.name).join();
      });
      return name;
    };
    await bench.apply(made('v-one'));
    await only('v-one');
    await bench.apply(made('v-two'));
    expect(await bench.sh(await only('v-two'), 'echo $VERSION')).toBe('v-two');
  });

  test('an object that the API refuses is a UsageError, and nothing is made', async () => {
    const labels = bench.owns('refused');
    const wrong = statefulSet('refused', labels, {
      pod: { containers: [shell(idle)] },
      selector: { matchLabels: { app: 'another' } },
    });
    await expect(bench.apply(wrong)).rejects.toBeInstanceOf(UsageError);
    const sets = await bench.provider.list('StatefulSet', 'contract-test=refused', bench.signal);
    expect(sets).toEqual([]);
  });

  test('list and remove go by the label selector', async () => {
    const labels = bench.owns('selected');
    const config = (name: string, colour: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, labels: { ...labels, colour } },
      data: { colour },
    });
    await bench.apply(config('selected-a', 'red'), config('selected-b', 'blue'));
    const names = async (selector: string) =>
      (await bench.provider.list('ConfigMap', selector, bench.signal)).map(
        (object) => object.metadata.name,
      );
    expect(await names('contract-test=selected,colour=red')).toEqual(['selected-a']);
    expect(await names('contract-test=selected,colour!=red')).toEqual(['selected-b']);
    expect(await names('contract-test=selected,colour in (red,blue)')).toHaveLength(2);
    await bench.provider.remove('contract-test=selected,colour=red', bench.signal);
    await bench.until('the red one to be gone', async () => {
      const left = await names('contract-test=selected');
      return (left.length === 1 && left[0] === 'selected-b') || left.join();
    });
  });
}
