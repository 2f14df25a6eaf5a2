import { InfrastructureError } from '../../../../model/errors.ts';
import type { EvictionAnswer } from '../../../provider.ts';
import { isFinished, isReady, isTerminating, setStatus } from '../kubelet/pod-facts.ts';
import type { AnyObject, DisruptionBudget } from '../store/objects.ts';
import type { Pod } from '../store/pod-objects.ts';
import { matchesSelector } from '../store/selectors.ts';
import type { ObjectStore } from '../store/store.ts';
import { deleteObject } from './deletion.ts';

/** What a budget allows at this moment, as its status says it. */
export interface BudgetStatus {
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  readonly observedGeneration: number;
}

/**
 * The eviction subresource (pkg/registry/core/pod/storage/eviction.go): a pod that is pending, finished
 * or on its way out may always go; any other only as far as its one budget allows.
 * @throws InfrastructureError for a pod of two budgets, which the API answers with a 500 too.
 */
export function evictPod(store: ObjectStore, pod: Pod): EvictionAnswer {
  const free = pod.status.phase === 'Pending' || isFinished(pod) || isTerminating(pod);
  const budgets = free ? [] : budgetsOf(store, pod);
  if (budgets.length > 1) {
    throw new InfrastructureError(
      `evict pod ${pod.metadata.name}: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.`,
    );
  }
  const [budget] = budgets;
  if (budget) {
    const status = budgetStatus(store, budget);
    if (!allows(budget, status, pod)) return { evicted: false, reason: refusal(budget, status) };
  }
  deleteObject(store, pod);
  return { evicted: true };
}

/** One pass of the disruption controller for one budget. */
export function reconcileBudget(store: ObjectStore, budget: DisruptionBudget): void {
  setStatus(store, budget, budgetStatus(store, budget));
}

/** getExpectedPodCount and updatePdbStatus of pkg/controller/disruption: percentages round up. */
export function budgetStatus(store: ObjectStore, budget: DisruptionBudget): BudgetStatus {
  const pods = podsOf(store, budget);
  const { minAvailable, maxUnavailable } = budget.spec;
  const byCount = maxUnavailable === undefined && typeof minAvailable !== 'string';
  const expectedPods = byCount ? pods.length : expectedOf(store, pods);
  const desiredHealthy =
    maxUnavailable === undefined
      ? scaled(minAvailable ?? 1, expectedPods)
      : Math.max(0, expectedPods - scaled(maxUnavailable, expectedPods));
  const currentHealthy = pods.filter((pod) => isReady(pod) && !isTerminating(pod)).length;
  return {
    disruptionsAllowed: expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    observedGeneration: budget.metadata.generation,
  };
}

/** A pod that is not ready may go without touching the budget, as far as its policy says so. */
function allows(budget: DisruptionBudget, status: BudgetStatus, pod: Pod): boolean {
  const { currentHealthy, desiredHealthy, disruptionsAllowed } = status;
  if (!isReady(pod)) {
    if (budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
    if (desiredHealthy > 0 && currentHealthy >= desiredHealthy) return true;
  }
  return disruptionsAllowed > 0;
}

function refusal(budget: DisruptionBudget, { desiredHealthy, currentHealthy }: BudgetStatus) {
  return `Cannot evict pod as it would violate the pod's disruption budget. The disruption budget ${budget.metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
}

function budgetsOf(store: ObjectStore, pod: Pod): DisruptionBudget[] {
  return store.list('PodDisruptionBudget').filter((budget) => covers(budget, pod));
}

function podsOf(store: ObjectStore, budget: DisruptionBudget): Pod[] {
  return store.list('Pod').filter((pod) => covers(budget, pod));
}

/** In policy/v1 an empty selector covers all pods and a missing one none. */
function covers({ spec }: DisruptionBudget, pod: Pod): boolean {
  return spec.selector !== undefined && matchesSelector(spec.selector, pod.metadata.labels);
}

/** How many pods their controllers want, each controller once. */
function expectedOf(store: ObjectStore, pods: readonly Pod[]): number {
  const owners = new Map<string, AnyObject>();
  for (const pod of pods) {
    const owner = scaleOf(store, pod);
    if (owner) owners.set(owner.metadata.uid, owner);
  }
  return [...owners.values()].reduce((sum, owner) => {
    const { replicas } = (Reflect.get(owner, 'spec') ?? {}) as { replicas?: number };
    return sum + (replicas ?? 1);
  }, 0);
}

/** The pod's controller; for a ReplicaSet of a Deployment, the Deployment. */
function scaleOf(store: ObjectStore, pod: Pod): AnyObject | undefined {
  const parent = (object: AnyObject) => {
    const owner = object.metadata.ownerReferences.find(({ controller }) => controller);
    return owner && store.get(owner.kind, owner.name);
  };
  const owner = parent(pod);
  return (owner && parent(owner)) ?? owner;
}

function scaled(value: number | string, of: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseFloat(value) / 100) * of);
}
