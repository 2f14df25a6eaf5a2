import type { KubeNode, Taint } from '../store/objects.ts';
import type { Pod } from '../store/pod-objects.ts';
import { matchesSelector } from '../store/selectors.ts';
import type {
  NodeRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  SpreadConstraint,
  Toleration,
} from './scheduling-objects.ts';

/** Taints that keep a pod from being scheduled, less those that it tolerates. */
export function untolerated(pod: Pod, node: KubeNode): Taint | undefined {
  const tolerations = pod.spec.tolerations ?? [];
  return (node.spec.taints ?? [])
    .filter(({ effect }) => effect !== 'PreferNoSchedule')
    .find((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)));
}

/** Toleration.ToleratesTaint of core/v1: a missing key or effect means every one. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { key, operator = 'Equal', value = '', effect } = toleration;
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  return operator === 'Exists' || (key !== undefined && value === (taint.value ?? ''));
}

/** `nodeSelector`, and the required terms of `nodeAffinity`: one of them must hold as a whole. */
export function wantsNode(pod: Pod, node: KubeNode): boolean {
  const { nodeSelector = {}, affinity } = pod.spec;
  const { labels } = node.metadata;
  const terms =
    affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return (
    Object.entries(nodeSelector).every(([key, value]) => labels[key] === value) &&
    (terms === undefined || terms.some((term) => matchesTerm(term, node)))
  );
}

/** How much a node pleases the preferred terms of `nodeAffinity`. */
export function nodePreference(pod: Pod, node: KubeNode): number {
  const preferred =
    pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return preferred.reduce(
    (sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0),
    0,
  );
}

/** An empty term matches no node. */
function matchesTerm(term: NodeSelectorTerm, node: KubeNode): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length + matchFields.length === 0) return false;
  const { labels, name } = node.metadata;
  return (
    matchExpressions.every((requirement) => satisfies(requirement, labels[requirement.key])) &&
    matchFields.every((requirement) => satisfies(requirement, name))
  );
}

function satisfies({ operator, values = [] }: NodeRequirement, value: string | undefined): boolean {
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  if (operator === 'Gt') return Number(value) > Number(values[0]);
  if (operator === 'Lt') return Number(value) < Number(values[0]);
  const among = value !== undefined && values.includes(value);
  return operator === 'In' ? among : !among;
}

/** Pods already placed, by the node they are on. */
export type Placed = ReadonlyMap<string, readonly Pod[]>;

/** Pods that a term of pod (anti-)affinity means, in the topology domain of a node. */
export function inDomain(
  term: Pick<PodAffinityTerm, 'topologyKey' | 'labelSelector'>,
  node: KubeNode,
  nodes: readonly KubeNode[],
  placed: Placed,
): number {
  const { topologyKey, labelSelector } = term;
  const domain = node.metadata.labels[topologyKey];
  if (domain === undefined) return 0;
  return nodes
    .filter(({ metadata }) => metadata.labels[topologyKey] === domain)
    .flatMap(({ metadata }) => placed.get(metadata.name) ?? [])
    .filter((pod) => labelSelector && matchesSelector(labelSelector, pod.metadata.labels)).length;
}

/** Whether one more pod here keeps the domains within `maxSkew` of the emptiest one. */
export function keepsSpread(
  constraint: SpreadConstraint,
  node: KubeNode,
  nodes: readonly KubeNode[],
  placed: Placed,
): boolean {
  const counts = nodes
    .filter(({ metadata }) => metadata.labels[constraint.topologyKey] !== undefined)
    .map((each) => inDomain(constraint, each, nodes, placed));
  if (counts.length === 0) return false;
  return inDomain(constraint, node, nodes, placed) + 1 - Math.min(...counts) <= constraint.maxSkew;
}
