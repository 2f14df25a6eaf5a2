import type { WorldState } from '../../topology/state.ts';
import type { Topology } from '../../topology/topology.ts';

/** The keys of one run: the load's, the observer's probes and the frozen canaries, one a shard. */
export interface RunKeys {
  /** `hits` first where it is ours to count on. */
  readonly load: readonly string[];
  readonly probes: readonly string[];
  readonly canaries: readonly string[];
  /** The key whose master the faults aim at: `hits`, or what a user's app counts under. */
  readonly aim: string;
}

/**
 * Chooses keys so that every shard has one of each kind. Outside the shipped topologies all of ours
 * carry the run's prefix: a user's `hits` is never touched by our app.
 */
export function chooseKeys(
  { topology, world }: { readonly topology: Topology; readonly world: WorldState },
  runId: string,
  shipped: boolean,
  app: { readonly own: boolean; readonly key: string },
): RunKeys {
  const shards = topology.shards(world);
  const perShard = (prefix: string) => shards.map(({ name }) => topology.keyFor(prefix, name));
  const load = perShard(`rkc:${runId}:`);
  return {
    load: app.own ? (shipped ? ['hits', ...load] : load) : [app.key],
    probes: perShard(`rkc:${runId}:probe:`),
    canaries: perShard(`rkc:${runId}:canary:`),
    aim: app.key,
  };
}
