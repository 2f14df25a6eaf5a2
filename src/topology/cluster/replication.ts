import type { Violation } from '../state.ts';
import type { Expectation } from '../topology.ts';
import { listAddresses, mayBeUnseen, nameOf, type SeenPod, type Sight } from './sight.ts';
import { contains, formatRanges, parseRanges, rangesOf } from './slot-ranges.ts';

/**
 * REP: as many replicas in sync as before, every link up, and `master_host` the master's present
 * address. CLUSTER NODES is not enough: a replica may show its master's new address there and yet
 * dial the old one for ever (stock Redis, when a master and its replica go down together). A pod that
 * cannot be asked may be one of them, and in sync: that is unknown, not missing.
 */
export function replicationViolations(sight: Sight, expectation: Expectation): Violation[] {
  const found: Violation[] = [];
  for (const replica of sight.seen) {
    const trouble = replicaTrouble(sight, replica);
    if (trouble) found.push(violation(replica.pod.name, trouble));
  }
  const inSync = countInSync(sight);
  for (const { pod, id, myself } of sight.seen) {
    if (!id || !myself?.flags.includes('master')) continue;
    const slots = parseRanges(myself.slots);
    const first = slots[0]?.from;
    if (first === undefined) continue;
    const before =
      expectation.shards.find(({ name }) => contains(rangesOf(name), first))?.replicas ?? 0;
    if (before > 0 && (inSync.get(id) ?? 0) === 0 && sight.unseen.length === 0) {
      const text = `${nameOf(sight, id)} serves ${formatRanges(slots)} without a replica in sync (before the fault: ${before})`;
      found.push(violation(pod.name, text));
    }
  }
  const now = [...inSync.values()].reduce((sum, count) => sum + count, 0);
  const wanted = expectation.shards.reduce((sum, shard) => sum + shard.replicas, 0);
  if (now + sight.unseen.length < wanted) {
    found.push(violation(null, `${now} replicas in sync, ${wanted} before the fault`));
  }
  return found;
}

/** Replicas in sync by the node id of their master. */
export function countInSync(sight: Sight): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const replica of sight.seen) {
    const masterId = replica.myself?.masterId;
    if (!masterId || replica.server.replication.role !== 'slave') continue;
    if (replicaTrouble(sight, replica)) continue;
    counts.set(masterId, (counts.get(masterId) ?? 0) + 1);
  }
  return counts;
}

/** Why this pod is not a replica in sync with its master; null when it is, or is no replica. */
function replicaTrouble(sight: Sight, { pod, server, myself }: SeenPod): string | null {
  const { role, masterHost, masterPort, masterLink } = server.replication;
  const listed = myself?.flags.includes('slave') ?? false;
  if (role !== 'slave') {
    return listed ? `${pod.name} is a replica in CLUSTER NODES and a master in INFO` : null;
  }
  const masterId = myself?.masterId;
  if (!masterId) return `${pod.name} is a replica in INFO and has no master in CLUSTER NODES`;
  const master = sight.ownerOf.get(masterId);
  const dialled = `${masterHost}:${masterPort}`;
  if (!master && !mayBeUnseen(sight, dialled))
    return `${pod.name} follows ${nameOf(sight, masterId)}, which no live pod is`;
  const right = master && sight.addressesOf.get(master.name);
  if (master && !right?.has(dialled)) {
    return `${pod.name} dials ${dialled} for its master ${nameOf(sight, masterId)}, whose address is ${listAddresses(right)}`;
  }
  if (masterLink !== 'up') {
    return `${pod.name} has its link to ${nameOf(sight, masterId)} ${masterLink ?? 'in no known state'}`;
  }
  const seenMaster = sight.seen.find((candidate) => candidate.pod.uid === master?.uid);
  if (seenMaster && seenMaster.server.replication.role !== 'master') {
    return `${pod.name} follows ${nameOf(sight, masterId)}, which says that it is no master`;
  }
  return null;
}

function violation(pod: string | null, text: string): Violation {
  return { check: 'replication-restored', code: 'REP', pod, text };
}
