import { nodeIp } from './network/addresses.ts';
import type { KubeNode, Taint } from './store/objects.ts';
import type { ObjectStore } from './store/store.ts';

const controlPlaneLabel = 'node-role.kubernetes.io/control-plane';

/**
 * Names as kind gives them: with more than one the first is the control plane, which takes no pods but
 * those that tolerate it, and the rest are workers. A single node is both.
 */
export function nodeNames(count: number): readonly string[] {
  if (count <= 1) return ['embedded'];
  const workers = Array.from({ length: count - 1 }, (_, index) =>
    index === 0 ? 'embedded-worker' : `embedded-worker${index + 1}`,
  );
  return ['embedded-control-plane', ...workers];
}

export function createNodes(store: ObjectStore, count: number): void {
  for (const [index, name] of nodeNames(count).entries()) {
    const controlPlane = index === 0;
    store.create({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        labels: {
          'kubernetes.io/hostname': name,
          'kubernetes.io/os': 'linux',
          ...(controlPlane ? { [controlPlaneLabel]: '' } : {}),
        },
      },
      spec: {
        taints: controlPlane && count > 1 ? [{ key: controlPlaneLabel, effect: 'NoSchedule' }] : [],
      },
      status: {
        addresses: [{ type: 'InternalIP', address: nodeIp }],
        conditions: [readyCondition('True', store.now())],
      },
    });
  }
}

export function readyCondition(status: 'True' | 'Unknown', now: string) {
  const [reason, message] =
    status === 'True'
      ? ['KubeletReady', 'kubelet is posting ready status']
      : ['NodeStatusUnknown', 'Kubelet stopped posting node status.'];
  return { type: 'Ready', status, reason, message, lastTransitionTime: now };
}

export function isNodeReady(node: KubeNode): boolean {
  return node.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** What the node life cycle controller puts on a node that is silent. */
export const unreachableTaints: readonly Taint[] = [
  { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
];
