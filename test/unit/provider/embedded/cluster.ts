import {
  type ControlLoopOptions,
  reconcileOnce,
} from '../../../../src/provider/embedded/agent/controllers/control-loop.ts';
import { podStopped } from '../../../../src/provider/embedded/agent/controllers/deletion.ts';
import { Machines } from '../../../../src/provider/embedded/agent/machines.ts';
import type { Pod } from '../../../../src/provider/embedded/agent/store/pod-objects.ts';
import { ObjectStore } from '../../../../src/provider/embedded/agent/store/store.ts';

/** A store with controllers and a kubelet that only the test moves; time stands still until moved. */
export function fakeCluster() {
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  let serial = 0;
  const store = new ObjectStore({
    namespace: 'test',
    newUid: () => `uid-${++serial}`,
    now: () => new Date(nowMs).toISOString().replace('.000Z', 'Z'),
  });
  const machines = new Machines({ notReadyAfterMs: 4000, evictAfterMs: 6000 }, () => nowMs);
  const options: ControlLoopOptions = {
    machines,
    nowMs: () => nowMs,
    newSuffix: () => `x${++serial}`,
  };
  return {
    store,
    machines,
    /** Runs the controllers until they have nothing more to do. */
    settle(): void {
      for (let pass = 0; pass < 50; pass++) {
        let changed = false;
        const stop = store.subscribe(() => {
          changed = true;
        });
        reconcileOnce(store, options);
        stop();
        if (!changed) return;
      }
      throw new Error('the controllers never come to rest');
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
    names: () =>
      store
        .list('Pod')
        .map((pod) => pod.metadata.name)
        .sort(),
    pod(name: string): Pod {
      const pod = store.get('Pod', name);
      if (!pod) throw new Error(`no pod ${name}`);
      return pod;
    },
    /** What the kubelet would do: schedule the pod, give it an address, make it (un)ready. */
    run(pod: Pod, ready = true): void {
      pod.spec.nodeName = 'node';
      const ip = pod.status.podIP ?? `10.244.0.${++serial}`;
      pod.status = {
        phase: 'Running',
        podIP: ip,
        podIPs: [{ ip }],
        conditions: [
          {
            type: 'Ready',
            status: ready ? 'True' : 'False',
            lastTransitionTime: new Date(nowMs).toISOString(),
          },
        ],
      };
      store.changed(pod);
    },
    finish(pod: Pod, phase: 'Succeeded' | 'Failed'): void {
      pod.status = { ...pod.status, phase, conditions: [] };
      store.changed(pod);
    },
    /** The kubelet has stopped the deleted pod's containers. */
    stopped(pod: Pod): void {
      pod.status = { ...pod.status, phase: 'Succeeded', conditions: [] };
      podStopped(store, pod);
    },
  };
}

export type FakeCluster = ReturnType<typeof fakeCluster>;

export const template = (more: object = {}) => ({
  metadata: { labels: { app: 'a' } },
  spec: { containers: [{ name: 'c', image: 'redis:8.0', ...more }] },
});

export function newStatefulSet(spec: object = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet' as const,
    metadata: { name: 's' },
    spec: {
      serviceName: 's',
      replicas: 3,
      selector: { matchLabels: { app: 'a' } },
      template: template(),
      ...spec,
    },
    status: {},
  };
}
