import { presenceViolations, unseenViolation } from '../presence.ts';
import type { Violation, WorldState } from '../state.ts';
import type { Expectation } from '../topology.ts';
import { masterServiceViolations } from './endpoint.ts';
import { sentinelViolations } from './sentinels.ts';
import { namings } from './shards.ts';
import { hostText, look, masterOf, type SeenServer, type Sight } from './sight.ts';

/**
 * What holds of servers that replicate outside cluster mode, at one instant, over all live pods. Empty: all
 * green. As in cluster mode a check without a violation is proven only when everybody was asked.
 */
export function violations(world: WorldState, expectation: Expectation): Violation[] {
  const sight = look(world, expectation);
  return [
    ...presenceViolations(sight, expectation),
    ...absentSentinels(sight, expectation),
    ...masterViolations(sight, expectation),
    ...replicationViolations(sight, expectation),
    ...sentinelViolations(sight, expectation),
    ...masterServiceViolations(world, sight, expectation),
  ];
}

/** Every Sentinel of before is there and answers; one in a pod without data is no less missed. */
function absentSentinels(sight: Sight, { sentinels = [] }: Expectation): Violation[] {
  const found = sight.silent.map(({ called, pod, view }) =>
    unseenViolation(called, view, pod.ready),
  );
  const asked = sight.sentinels.length + sight.silent.length;
  if (asked < sentinels.length) {
    const there = new Set([...sight.sentinels, ...sight.silent].map(({ called }) => called));
    const [gone = ''] = sentinels.filter((name) => !there.has(name));
    const text = `the observer has no view of ${gone || 'a Sentinel'} yet: ${asked} Sentinels, ${sentinels.length} before`;
    found.push({ check: 'topology-converged', code: 'UNKNOWN', pod: gone || null, text });
  }
  return found;
}

/**
 * MASTER: as many masters as before. Two of one name at once are two owners; which writes that cost is the
 * history's to say. For as long as somebody cannot be asked he may be the missing one.
 */
function masterViolations(sight: Sight, { shards }: Expectation): Violation[] {
  const { masters, unseen } = sight;
  const wanted = Math.max(1, shards.length);
  const names = masters.map(({ pod }) => pod.name).join(' and ');
  if (masters.length > wanted) {
    const text = `${names} all say that they are masters, ${wanted} is what there was`;
    return [{ check: 'single-master', code: 'MASTER', pod: null, text, contradiction: true }];
  }
  if (masters.length < wanted && unseen.length === 0) {
    const text =
      masters.length === 0
        ? 'no server says that it is a master'
        : `only ${names} is a master, of ${wanted}`;
    return [{ check: 'single-master', code: 'MASTER', pod: null, text }];
  }
  return [];
}

/** REP: as many replicas in sync as before, each dialling a master that is one. */
function replicationViolations(sight: Sight, { shards }: Expectation): Violation[] {
  const found: Violation[] = [];
  const add = (pod: string | null, text: string) =>
    found.push({ check: 'replication-restored', code: 'REP', pod, text });
  const troubles = sight.replicas.map((replica) => ({
    replica,
    text: replicaTrouble(sight, replica),
  }));
  for (const { replica, text } of troubles) if (text !== null) add(replica.pod.name, text);
  const now = troubles.filter(({ text }) => text === null).length;
  const wanted = shards.reduce((sum, { replicas }) => sum + replicas, 0);
  if (now + sight.unseen.length < wanted) {
    add(null, `${now} replicas in sync, ${wanted} before the fault`);
  }
  return found;
}

/** The pods that most Sentinels name, one a name. */
function mostNamed(sight: Sight): ReadonlySet<string> {
  const first = new Map<string, string | null>();
  for (const { name, leadsTo } of namings(sight)) if (!first.has(name)) first.set(name, leadsTo);
  return new Set([...first.values()].filter((uid) => uid !== null));
}

/** Why a replica is not in sync with a master; null when it is. */
function replicaTrouble(sight: Sight, replica: SeenServer): string | null {
  const { masterHost, masterPort, masterLink } = replica.server.replication;
  const dialled = hostText({ ip: masterHost ?? '', port: masterPort ?? 0 });
  const { name } = replica.pod;
  const master = masterOf(sight, replica);
  if (master?.uid === replica.pod.uid) return `${name} follows itself, at ${dialled}`;
  if (masterLink !== 'up') {
    return `${name} has its link to ${master?.name ?? dialled} ${masterLink ?? 'in no known state'}`;
  }
  const seen = sight.seen.find(({ pod }) => pod.uid === master?.uid);
  if (seen && seen.server.replication.role !== 'master') {
    return `${name} follows ${seen.pod.name}, which says that it is no master`;
  }
  const named = mostNamed(sight);
  if (master !== null && named.size > 0 && !named.has(master.uid) && sight.masters.length > 1) {
    return `${name} follows ${master.name}, which is not the master that the Sentinels name`;
  }
  return null;
}
