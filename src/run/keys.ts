import { keyForRange, keySlot } from '../redis/slot.ts';
import { slotMasters } from '../topology/cluster/owner.ts';
import type { WorldState } from '../topology/state.ts';

/** The keys of one run: the load's, the observer's probes and the frozen canaries, one a shard. */
export interface RunKeys {
  /** `hits` first where it is ours to count on. */
  readonly load: readonly string[];
  readonly probes: readonly { readonly key: string; readonly slot: number }[];
  readonly canaries: readonly string[];
  /** The slot whose master the faults aim at: that of `hits`, or of what a user's app counts under. */
  readonly faultSlot: number;
}

/**
 * Chooses keys so that every shard has one of each kind. Outside the shipped topologies all of ours
 * carry the run's prefix: a user's `hits` is never touched by our app.
 */
export function chooseKeys(
  world: WorldState,
  runId: string,
  shipped: boolean,
  app: { readonly own: boolean; readonly key: string },
): RunKeys {
  const shards = slotMasters(world).map((master) => master.ranges);
  const perShard = (prefix: string) => shards.map((ranges) => keyForRange(prefix, ranges));
  const load = perShard(`rkc:${runId}:`);
  return {
    load: app.own ? (shipped ? ['hits', ...load] : load) : [app.key],
    probes: perShard(`rkc:${runId}:probe:`).map((key) => ({ key, slot: keySlot(key) })),
    canaries: perShard(`rkc:${runId}:canary:`),
    faultSlot: keySlot(app.key),
  };
}
