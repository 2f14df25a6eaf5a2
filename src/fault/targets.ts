import { InfrastructureError } from '../model/errors.ts';
import type { FaultName, FaultTarget } from '../model/fault.ts';
import type { PodState } from '../model/pod.ts';
import { ownerOfSlot, ownLine, slotMasters } from '../topology/cluster/owner.ts';
import { livePods, type WorldState } from '../topology/state.ts';

/** A pod as a fault's target, in the role it has by its own word; null when it cannot be asked. */
export function targetOf(world: WorldState, pod: PodState): FaultTarget | null {
  const server = world.views.get(pod.uid)?.server ?? null;
  const line = server ? ownLine(server) : null;
  if (!server || !line) return null;
  const { role } = server.replication;
  return {
    pod: pod.name,
    uid: pod.uid,
    nodeId: line.id,
    ip: pod.ips[0] ?? '',
    role,
    slots: role === 'master' ? line.slots : [],
  };
}

/** Every Redis pod that can be asked, by name. */
export function allTargets(world: WorldState): readonly FaultTarget[] {
  return livePods(world).flatMap((pod) => targetOf(world, pod) ?? []);
}

/** The replicas that say that they follow this node, by pod name. */
export function replicasOf(world: WorldState, masterId: string): readonly FaultTarget[] {
  return livePods(world).flatMap((pod) => {
    const server = world.views.get(pod.uid)?.server ?? null;
    if (server?.replication.role !== 'slave' || ownLine(server)?.masterId !== masterId) return [];
    return targetOf(world, pod) ?? [];
  });
}

/** Masters that own slots, in order of their first slot. */
export function masterTargets(world: WorldState): readonly FaultTarget[] {
  return slotMasters(world).flatMap(({ pod }) => targetOf(world, pod) ?? []);
}

/** @throws InfrastructureError when nobody reachable owns the slot. */
export function masterOfSlot(world: WorldState, slot: number, fault: FaultName): FaultTarget {
  const owner = ownerOfSlot(world, slot);
  if (owner !== null) return owner;
  throw new InfrastructureError(
    `${fault}: no reachable master claims slot ${slot}; expected one after forming`,
  );
}
