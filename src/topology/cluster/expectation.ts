import type { WorldState } from '../state.ts';
import { countInSync } from './replication.ts';
import { look } from './sight.ts';
import { parseRanges, type Range } from './slot-ranges.ts';
import { ownerText } from './successor.ts';

/** One shard as it was before the fault. */
export interface ExpectedShard {
  readonly masterId: string;
  readonly slots: readonly Range[];
  /** Replicas in sync. */
  readonly replicas: number;
  /** Node ids of the master and all its replicas, sorted. */
  readonly members: readonly string[];
}

/** What a set-up was before the fault, and must be again after it. */
export interface Expectation {
  /** Node id by pod name. */
  readonly ids: ReadonlyMap<string, string>;
  /** Controller by pod name; a pod with another name may stand for one that its controller lost. */
  readonly owners?: ReadonlyMap<string, string>;
  readonly nodeCount: number;
  readonly shards: readonly ExpectedShard[];
}

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
export function shardsOf(world: WorldState): readonly ExpectedShard[] {
  const sight = look(world, null);
  const inSync = countInSync(sight);
  const shards: ExpectedShard[] = [];
  for (const { id, myself } of sight.seen) {
    if (!id || !myself?.flags.includes('master')) continue;
    const slots = parseRanges(myself.slots);
    if (slots.length === 0) continue;
    const replicas = sight.seen.filter((other) => other.myself?.masterId === id);
    shards.push({
      masterId: id,
      slots,
      replicas: inSync.get(id) ?? 0,
      members: [id, ...replicas.map((other) => other.id ?? '')].sort(),
    });
  }
  return shards.sort((a, b) => (a.slots[0]?.from ?? 0) - (b.slots[0]?.from ?? 0));
}
