import type { Machines } from '../machines.ts';
import { reconcileEndpoints } from '../network/endpoints.ts';
import type { ObjectStore } from '../store/store.ts';
import { bindClaims, collectGarbage } from './deletion.ts';
import { reconcileDeployment } from './deployment.ts';
import { reconcileBudget } from './disruption.ts';
import { reconcileJob } from './job.ts';
import { reconcileNode } from './node-lifecycle.ts';
import { reconcileReplicaSet } from './replica-set.ts';
import { reconcileStatefulSet } from './stateful-set.ts';

export interface ControlLoopOptions {
  readonly machines: Machines;
  readonly nowMs: () => number;
  /** Five characters that no pod has in its name yet. */
  readonly newSuffix: () => string;
}

/** Every controller looks at the whole store once. Calling it again without a change does nothing. */
export function reconcileOnce(store: ObjectStore, options: ControlLoopOptions): void {
  const nowMs = options.nowMs();
  for (const node of store.list('Node')) reconcileNode(store, node, options.machines);
  for (const set of store.list('StatefulSet')) reconcileStatefulSet(store, set, nowMs);
  for (const deployment of store.list('Deployment')) reconcileDeployment(store, deployment);
  for (const set of store.list('ReplicaSet')) {
    reconcileReplicaSet(store, set, nowMs, options.newSuffix);
  }
  for (const job of store.list('Job')) reconcileJob(store, job, nowMs, options.newSuffix);
  for (const budget of store.list('PodDisruptionBudget')) reconcileBudget(store, budget);
  bindClaims(store);
  collectGarbage(store);
  for (const service of store.list('Service')) {
    reconcileEndpoints(store, service);
  }
}

/** What depends on time alone (minReadySeconds, a Job's back-off) is looked at this often. */
const tickMs = 500;

/** Runs a pass after every change of the store, and now and then; returns what stops it. */
export function startControlLoop(store: ObjectStore, options: ControlLoopOptions): () => void {
  let planned = false;
  const plan = () => {
    if (planned) return;
    planned = true;
    setImmediate(() => {
      planned = false;
      reconcileOnce(store, options);
    });
  };
  const unsubscribe = store.subscribe((object) => {
    if (object.kind !== 'Event') plan();
  });
  const timer = setInterval(plan, tickMs);
  plan();
  return () => {
    unsubscribe();
    clearInterval(timer);
  };
}
