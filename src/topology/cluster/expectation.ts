import type { WorldState } from '../state.ts';
import { ownerText } from '../successor.ts';
import type { Expectation, Shard } from '../topology.ts';
import { countInSync } from './replication.ts';
import { look } from './sight.ts';
import { parseRanges, shardName } from './slot-ranges.ts';

/** Taken right before a fault, when the set-up is known to be green. */
export function expectationOf(world: WorldState): Expectation {
  const sight = look(world, null);
  const ids = new Map<string, string>();
  const owners = new Map<string, string>();
  for (const { pod, id } of sight.seen) {
    if (id) ids.set(pod.name, id);
    const owner = ownerText(pod);
    if (owner !== null) owners.set(pod.name, owner);
  }
  return { ids, owners, nodeCount: sight.live.length, shards: shardsOf(world) };
}

/** The shards as their masters say: only masters that own slots count. Sorted by first slot. */
export function shardsOf(world: WorldState): readonly Shard[] {
  const sight = look(world, null);
  const inSync = countInSync(sight);
  const shards: (Shard & { readonly first: number })[] = [];
  for (const { id, myself } of sight.seen) {
    if (!id || !myself?.flags.includes('master')) continue;
    const slots = parseRanges(myself.slots);
    if (slots.length === 0) continue;
    const replicas = sight.seen.filter((other) => other.myself?.masterId === id);
    shards.push({
      name: shardName(slots),
      first: slots[0]?.from ?? 0,
      masterId: id,
      replicas: inSync.get(id) ?? 0,
      members: [id, ...replicas.map((other) => other.id ?? '')].sort(),
    });
  }
  return shards.sort((a, b) => a.first - b.first).map(({ first: _, ...shard }) => shard);
}
