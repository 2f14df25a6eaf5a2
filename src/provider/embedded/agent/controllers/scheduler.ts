import { isFinished } from '../kubelet/pod-facts.ts';
import type { KubeNode } from '../store/objects.ts';
import type { Pod } from '../store/pod-objects.ts';
import type { ObjectStore } from '../store/store.ts';
import {
  inDomain,
  keepsSpread,
  nodePreference,
  type Placed,
  untolerated,
  wantsNode,
} from './scheduling-rules.ts';

/** Where a pod goes, or why it cannot go anywhere yet, in the scheduler's words. */
export type Placement = { readonly node: string } | { readonly why: string };

/** A claim's data lies on one node, as with local-path: where its first pod was put. */
const selectedNode = 'volume.kubernetes.io/selected-node';

/**
 * The scheduler's decision for one pod: what rules a node out (claims, taints, selectors, required
 * affinity, spread), then the fewest unwanted neighbours, the fewest pods of the same controller and
 * the fewest pods. One node takes every pod: there its rules have no meaning.
 */
export function placePod(store: ObjectStore, pod: Pod): Placement {
  const nodes = store.list('Node');
  const missing = missingClaim(store, pod);
  if (missing !== null) return { why: unavailable(nodes.length, [missing]) };
  const [only] = nodes;
  if (only && nodes.length === 1) return { node: only.metadata.name };
  const placed = placedPods(store);
  const reasons: string[] = [];
  const fit = nodes.filter((node) => {
    const why = whyNot(store, pod, node, nodes, placed);
    if (why !== null) reasons.push(why);
    return why === null;
  });
  const [best] = fit
    .map((node) => ({ node, cost: costOf(pod, node, nodes, placed) }))
    .sort((a, b) => compare(a.cost, b.cost));
  if (!best) return { why: unavailable(nodes.length, counted(reasons)) };
  keepClaims(store, pod, best.node.metadata.name);
  return { node: best.node.metadata.name };
}

function missingClaim(store: ObjectStore, pod: Pod): string | null {
  for (const { persistentVolumeClaim: wanted } of pod.spec.volumes ?? []) {
    if (!wanted) continue;
    const claim = store.get('PersistentVolumeClaim', wanted.claimName);
    if (!claim) return `persistentvolumeclaim "${wanted.claimName}" not found`;
    if (claim.metadata.deletionTimestamp) {
      return `persistentvolumeclaim "${wanted.claimName}" is being deleted`;
    }
    if (claim.status.phase !== 'Bound') return 'pod has unbound immediate PersistentVolumeClaims';
  }
  return null;
}

/** The texts are those of kube-scheduler's plug-ins. */
function whyNot(
  store: ObjectStore,
  pod: Pod,
  node: KubeNode,
  nodes: readonly KubeNode[],
  placed: Placed,
): string | null {
  const { name } = node.metadata;
  if (node.spec.unschedulable) return 'node(s) were unschedulable';
  const taint = untolerated(pod, node);
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  if (!wantsNode(pod, node)) return "node(s) didn't match Pod's node affinity/selector";
  const elsewhere = claimsOf(store, pod).some((claim) => {
    const home = claim.metadata.annotations[selectedNode];
    return home !== undefined && home !== name;
  });
  if (elsewhere) return 'node(s) had volume node affinity conflict';
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const near = podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const far = podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (near.some((term) => inDomain(term, node, nodes, placed) === 0)) {
    return "node(s) didn't match pod affinity rules";
  }
  if (far.some((term) => inDomain(term, node, nodes, placed) > 0)) {
    return "node(s) didn't match pod anti-affinity rules";
  }
  const spread = (pod.spec.topologySpreadConstraints ?? []).filter(
    ({ whenUnsatisfiable = 'DoNotSchedule' }) => whenUnsatisfiable === 'DoNotSchedule',
  );
  const open = nodes.filter((each) => wantsNode(pod, each) && !untolerated(pod, each));
  return spread.every((constraint) => keepsSpread(constraint, node, open, placed))
    ? null
    : "node(s) didn't match pod topology spread constraints";
}

/** Compared from left to right, smaller is better. */
function costOf(pod: Pod, node: KubeNode, nodes: readonly KubeNode[], placed: Placed): number[] {
  const here = placed.get(node.metadata.name) ?? [];
  const owner = pod.metadata.ownerReferences.find(({ controller }) => controller)?.uid;
  const siblings = here.filter(({ metadata }) =>
    metadata.ownerReferences.some(({ uid }) => uid === owner),
  );
  const avoided =
    pod.spec.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const unwanted = avoided.reduce(
    (sum, { weight, podAffinityTerm }) =>
      sum + weight * inDomain(podAffinityTerm, node, nodes, placed),
    0,
  );
  return [unwanted - nodePreference(pod, node), owner ? siblings.length : 0, here.length];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((value, index) => value !== b[index]);
  return place < 0 ? 0 : (a[place] ?? 0) - (b[place] ?? 0);
}

function placedPods(store: ObjectStore): Placed {
  const placed = new Map<string, Pod[]>();
  for (const pod of store.list('Pod')) {
    const { nodeName } = pod.spec;
    if (nodeName === undefined || isFinished(pod)) continue;
    placed.set(nodeName, [...(placed.get(nodeName) ?? []), pod]);
  }
  return placed;
}

function claimsOf(store: ObjectStore, pod: Pod) {
  return (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => {
    const name = persistentVolumeClaim?.claimName;
    return name === undefined ? [] : (store.get('PersistentVolumeClaim', name) ?? []);
  });
}

function keepClaims(store: ObjectStore, pod: Pod, node: string): void {
  for (const claim of claimsOf(store, pod)) {
    if (claim.metadata.annotations[selectedNode] !== undefined) continue;
    claim.metadata.annotations[selectedNode] = node;
    store.changed(claim);
  }
}

function counted(reasons: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`);
}

function unavailable(nodes: number, reasons: readonly string[]): string {
  return `0/${nodes} nodes are available: ${reasons.join(', ')}.`;
}
