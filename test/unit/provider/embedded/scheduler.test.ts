import { describe, expect, it } from 'vitest';
import { placePod } from '../../../../src/provider/embedded/agent/controllers/scheduler.ts';
import { createNodes } from '../../../../src/provider/embedded/agent/nodes.ts';
import type { PodSpec } from '../../../../src/provider/embedded/agent/store/pod-objects.ts';
import { fakeCluster } from './cluster.ts';

const hostname = 'kubernetes.io/hostname';
const app = { matchLabels: { app: 'a' } };

/** A cluster of so many nodes, and pods that are placed one after the other. */
function cluster(nodes: number) {
  const { store } = fakeCluster();
  createNodes(store, nodes);
  let number = 0;
  const place = (spec: Partial<PodSpec> = {}, labels: Record<string, string> = { app: 'a' }) => {
    const pod = store.create({
      apiVersion: 'v1',
      kind: 'Pod' as const,
      metadata: { name: `p${++number}`, labels },
      spec: { containers: [], ...spec },
      status: { phase: 'Pending', conditions: [] },
    });
    const placement = placePod(store, pod);
    if ('node' in placement) pod.spec.nodeName = placement.node;
    return 'node' in placement ? placement.node.replace('embedded-', '') : placement.why;
  };
  const node = (name: string) => {
    const found = store.get('Node', `embedded-${name}`);
    if (!found) throw new Error(`no node ${name}`);
    return found;
  };
  return { store, place, node };
}

describe('one node', () => {
  it('takes every pod, whatever its rules', () => {
    const { place } = cluster(1);
    expect(place({ nodeSelector: { disk: 'ssd' } })).toBe('embedded');
  });
});

describe('several nodes', () => {
  it('go round the workers and leave the control plane alone', () => {
    const { place } = cluster(3);
    expect([place(), place(), place()]).toEqual(['worker', 'worker2', 'worker']);
  });

  it.each<[string, Partial<PodSpec>, string]>([
    ['a selector', { nodeSelector: { [hostname]: 'embedded-worker2' } }, 'worker2'],
    [
      'required node affinity',
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                {},
                {
                  matchExpressions: [
                    { key: hostname, operator: 'NotIn', values: ['embedded-worker'] },
                  ],
                },
              ],
            },
          },
        },
      },
      'worker2',
    ],
    [
      'preferred node affinity',
      {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 1,
                preference: {
                  matchFields: [
                    { key: 'metadata.name', operator: 'In', values: ['embedded-worker2'] },
                  ],
                },
              },
            ],
          },
        },
      },
      'worker2',
    ],
    [
      'what no node has',
      { nodeSelector: { disk: 'ssd' } },
      "2 node(s) didn't match Pod's node affinity",
    ],
  ])('%s decides', (_, spec, wanted) => {
    expect(cluster(3).place(spec)).toContain(wanted);
  });

  it('anti-affinity: preferred makes room, required waits', () => {
    const term = { topologyKey: hostname, labelSelector: app };
    const preferred = {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }],
      },
    };
    const required = {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
    };
    const { place } = cluster(3);
    place({}, { app: 'b' }); // on the first worker: fewest pods alone would say the second
    expect(place()).toBe('worker2');
    place({}, { app: 'b' });
    expect(place({ affinity: preferred })).toBe('worker');
    expect(place({ affinity: required })).toContain(
      "2 node(s) didn't match pod anti-affinity rules",
    );
  });

  it('affinity: only where such a pod is', () => {
    const near = {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: hostname, labelSelector: app },
        ],
      },
    };
    const { place } = cluster(3);
    expect(place({ affinity: near }, { app: 'b' })).toContain("didn't match pod affinity rules");
    place({ nodeSelector: { [hostname]: 'embedded-worker2' } });
    expect(place({ affinity: near }, { app: 'b' })).toBe('worker2');
  });

  it('a spread that may not be broken', () => {
    const spread = { maxSkew: 1, topologyKey: hostname, labelSelector: app };
    const onFirst = { nodeSelector: { [hostname]: 'embedded-worker' } };
    const { place } = cluster(3);
    place(onFirst);
    const constrained = { topologySpreadConstraints: [spread] };
    expect(place(constrained)).toBe('worker2');
    place(onFirst);
    place(onFirst);
    expect(place(constrained)).toBe('worker2');
    expect(
      place({ topologySpreadConstraints: [{ ...spread, whenUnsatisfiable: 'ScheduleAnyway' }] }),
    ).toBe('worker2');
  });

  it('a cordoned node and an untolerated taint are passed over', () => {
    const { place, node } = cluster(3);
    node('worker').spec.unschedulable = true;
    expect(place()).toBe('worker2');
    node('worker2').spec.taints = [{ key: 'k', value: 'v', effect: 'NoSchedule' }];
    expect(place()).toBe(
      '0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 1 node(s) were unschedulable, 1 node(s) had untolerated taint {k: v}.',
    );
    expect(place({ tolerations: [{ key: 'k', value: 'other' }] })).toContain('{k: v}');
    expect(place({ tolerations: [{ key: 'k', value: 'v' }] })).toBe('worker2');
    expect(place({ tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }] })).toBe(
      'worker2',
    );
  });

  it('a claim stays where its first pod was put', () => {
    const { place, store, node } = cluster(3);
    const claim = store.create({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim' as const,
      metadata: { name: 'c' },
      spec: {},
      status: { phase: 'Pending' },
    });
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }];
    expect(place({ volumes })).toContain('unbound immediate PersistentVolumeClaims');
    claim.status.phase = 'Bound';
    expect(place({ volumes })).toBe('worker');
    expect(place({ volumes })).toBe('worker');
    node('worker').spec.unschedulable = true;
    expect(place({ volumes })).toContain('1 node(s) had volume node affinity conflict');
  });
});
