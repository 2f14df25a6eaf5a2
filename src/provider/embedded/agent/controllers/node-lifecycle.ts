import { isTerminating } from '../kubelet/pod-facts.ts';
import type { Machines } from '../machines.ts';
import { isNodeReady, readyCondition, unreachableTaints } from '../nodes.ts';
import type { KubeNode } from '../store/objects.ts';
import type { Pod } from '../store/pod-objects.ts';
import type { ObjectStore } from '../store/store.ts';
import { deleteObject } from './deletion.ts';
import { tolerates } from './scheduling-rules.ts';

/**
 * One pass of the node life cycle and taint eviction controllers: a node that has been silent for too
 * long is NotReady and so are its pods, which leave the endpoints; later they are deleted. Nobody can
 * confirm that they have stopped, so they stay Terminating, and a StatefulSet makes no successor.
 */
export function reconcileNode(store: ObjectStore, node: KubeNode, machines: Machines): void {
  const { name } = node.metadata;
  const silentMs = machines.silentMs(name);
  const { notReadyAfterMs, evictAfterMs } = machines.timings;
  if (silentMs === 0) welcome(store, node);
  if (silentMs === 0 || silentMs < notReadyAfterMs) return;
  giveUp(store, node);
  for (const pod of store.list('Pod')) {
    if (pod.spec.nodeName !== name || isTerminating(pod)) continue;
    const stayMs = toleratedMs(pod, evictAfterMs);
    if (silentMs - notReadyAfterMs >= stayMs) deleteObject(store, pod);
  }
}

function giveUp(store: ObjectStore, node: KubeNode): void {
  if (isNodeReady(node)) {
    setReady(node, 'Unknown', store.now());
    node.spec.taints = [...(node.spec.taints ?? []), ...unreachableTaints];
    store.changed(node);
  }
  for (const pod of store.list('Pod')) {
    if (pod.spec.nodeName !== node.metadata.name) continue;
    const ready = pod.status.conditions.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True') continue;
    Object.assign(ready, { status: 'False', reason: 'NodeNotReady' });
    ready.lastTransitionTime = store.now();
    store.changed(pod);
  }
}

function welcome(store: ObjectStore, node: KubeNode): void {
  if (isNodeReady(node)) return;
  setReady(node, 'True', store.now());
  const mine = new Set(unreachableTaints.map(({ key }) => key));
  node.spec.taints = (node.spec.taints ?? []).filter(({ key }) => !mine.has(key));
  store.changed(node);
}

function setReady(node: KubeNode, status: 'True' | 'Unknown', now: string): void {
  node.status.conditions = node.status.conditions
    .filter(({ type }) => type !== 'Ready')
    .concat(readyCondition(status, now));
}

/** Without a word of its own a pod tolerates an unreachable node for the cluster's default time. */
function toleratedMs(pod: Pod, defaultMs: number): number {
  const fitting = (pod.spec.tolerations ?? []).filter((toleration) =>
    unreachableTaints.some((taint) => taint.effect === 'NoExecute' && tolerates(toleration, taint)),
  );
  if (fitting.length === 0) return defaultMs;
  const seconds = fitting.map(({ tolerationSeconds }) => tolerationSeconds ?? Infinity);
  return Math.min(...seconds) * 1000;
}
