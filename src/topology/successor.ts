import type { FaultTarget } from '../model/fault.ts';
import type { PodState } from '../model/pod.ts';
import { livePods, type WorldState } from './state.ts';
import type { Topology } from './topology.ts';

/** The pods of before a fault, as far as a later pod can be told to stand for one of them. */
export interface Known {
  /** Identity by pod name. */
  readonly ids: ReadonlyMap<string, string>;
  /** `KIND/NAME` of its controller by pod name. */
  readonly owners?: ReadonlyMap<string, string>;
}

/**
 * Which pod of before each live pod stands for, by their names. A StatefulSet gives its pods their names
 * again; a ReplicaSet does not, and there the server's own id tells (it is on the claim), or else the
 * controller that made another in place of one that is gone.
 */
export function predecessors(
  live: readonly PodState[],
  idOf: (pod: PodState) => string | null,
  { ids, owners }: Known,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const missing = new Set(ids.keys());
  const take = (pod: PodState, name: string | undefined) => {
    if (name === undefined) return;
    found.set(pod.name, name);
    missing.delete(name);
  };
  const others = () => live.filter((pod) => !found.has(pod.name));
  for (const pod of live) if (missing.has(pod.name)) take(pod, pod.name);
  for (const pod of others()) {
    const id = idOf(pod);
    take(
      pod,
      [...missing].find((name) => id !== null && ids.get(name) === id),
    );
  }
  for (const pod of others()) {
    const owner = ownerText(pod);
    take(
      pod,
      [...missing].find((name) => owner !== null && owners?.get(name) === owner),
    );
  }
  return found;
}

/** `ReplicaSet/web-6d4`; null for a pod of nobody's. */
export function ownerText({ owner }: PodState): string | null {
  return owner === null ? null : `${owner.kind}/${owner.name}`;
}

/**
 * The live pod that stands for a fault's target now: of its name, with its identity, or made by the controller
 * of one that is gone; null without one.
 */
export function successorOf(
  topology: Pick<Topology, 'isTarget' | 'identityOf'>,
  world: WorldState,
  target: FaultTarget,
  before: Known,
): PodState | null {
  const live = livePods(world);
  const isIt = ({ uid }: PodState) => {
    const view = world.views.get(uid);
    return view !== undefined && topology.isTarget(view, target);
  };
  const idOf = ({ uid }: PodState) => {
    const view = world.views.get(uid);
    return view === undefined ? null : topology.identityOf(view);
  };
  const standsFor = predecessors(live, idOf, before);
  return (
    live.find(({ name }) => name === target.pod) ??
    live.find(isIt) ??
    live.find(({ name }) => standsFor.get(name) === target.pod) ??
    null
  );
}
