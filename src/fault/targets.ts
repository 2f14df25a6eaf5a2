import { InfrastructureError } from '../model/errors.ts';
import { type FaultName, type FaultTarget, masteredShard } from '../model/fault.ts';
import type { Choice } from './fault.ts';

/** Every data server that can be asked, by pod name. */
export function allTargets({ topology, world }: Choice): readonly FaultTarget[] {
  return topology.targets(world);
}

/** Masters that own something, in the order of their shards. */
export function masterTargets({ topology, world }: Choice): readonly FaultTarget[] {
  const targets = topology.targets(world);
  return topology
    .owners(world)
    .flatMap(({ pod }) => targets.find(({ uid }) => uid === pod.uid) ?? []);
}

/** The replicas that say that they follow this master, by pod name. */
export function replicasOf(choice: Choice, master: FaultTarget): readonly FaultTarget[] {
  const shard = masteredShard(master);
  return shard === null
    ? []
    : allTargets(choice).filter((target) => target.role === 'slave' && target.shard === shard);
}

/**
 * The master of the key that the fault aims at.
 * @throws InfrastructureError when nobody reachable owns it.
 */
export function aimedMaster(choice: Choice, fault: FaultName): FaultTarget {
  const owner = choice.topology.ownerOf(choice.world, choice.key);
  const target = allTargets(choice).find(({ uid }) => uid === owner?.pod.uid);
  if (target) return target;
  throw new InfrastructureError(
    `${fault}: no reachable master owns the key ${choice.key}; expected one after forming`,
  );
}
