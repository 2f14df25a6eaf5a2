import type { Violation } from '../state.ts';
import type { Expectation } from '../topology.ts';
import { type Naming, namings } from './shards.ts';
import { hostText, type Sight } from './sight.ts';

/** What the Sentinels say of the masters, and whom else they list. */
export function sentinelViolations(sight: Sight, expectation: Expectation): Violation[] {
  if (sight.sentinels.length === 0) return [];
  return [...agreement(sight, expectation), ...ghosts(sight, expectation)];
}

/**
 * AGREE: every Sentinel names the same live pod for a master's name, with no flag but `master`, and that pod
 * says itself that it is one. A Sentinel that knows too few others for its quorum could not act.
 */
function agreement(sight: Sight, { shards }: Expectation): Violation[] {
  const found: Violation[] = [];
  const add = (pod: string | null, text: string) =>
    found.push({ check: 'sentinels-agree', code: 'AGREE', pod, text });
  const byName = Map.groupBy(namings(sight), ({ name }) => name);
  for (const [name, all] of byName) {
    if (all.length > 1) {
      const sides = all.map(
        ({ who, by }) => `${by.map(({ called }) => called).join(', ')}: ${who}`,
      );
      add(null, `the Sentinels do not agree on the master of ${name}: ${sides.join('; ')}`);
    }
    const [first] = all;
    if (first) for (const text of namedTroubles(sight, first)) add(first.who, text);
    const silent = sight.sentinels.filter(
      ({ says }) => !says.masters.some((one) => one.name === name),
    );
    for (const { called } of silent) add(called, `${called} knows no master ${name}`);
    for (const { called, entry } of all.flatMap(({ by }) => by)) {
      const odd = entry.flags.filter((flag) => flag !== 'master');
      if (odd.length > 0) add(called, `${called} flags the master of ${name} ${odd.join(', ')}`);
      const reachable = entry.sentinels.filter(
        ({ flags }) => !flags.some((flag) => /down/.test(flag)),
      );
      if (reachable.length + 1 < entry.quorum) {
        add(
          called,
          `${called} reaches ${reachable.length} other Sentinels, and its quorum is ${entry.quorum}`,
        );
      }
    }
  }
  for (const { name } of shards) {
    if (!byName.has(name)) add(null, `no Sentinel knows a master ${name}`);
  }
  for (const { called, says } of sight.sentinels) {
    if (says.tilt)
      add(
        called,
        `${called} is in TILT mode: its clock jumped or it stood still, and it acts on nothing`,
      );
  }
  return found;
}

function namedTroubles(sight: Sight, { name, who, leadsTo }: Naming): readonly string[] {
  if (leadsTo === null) return [`the master of ${name} is at ${who}, which leads to no live pod`];
  const seen = sight.seen.find(({ pod }) => pod.uid === leadsTo);
  return seen && seen.server.replication.role !== 'master'
    ? [`${who} is named the master of ${name} and says that it is a replica`]
    : [];
}

/**
 * GHOST: each Sentinel knows as many other Sentinels and replicas as there are, each at a place that leads to
 * a live pod. One too many counts for the majority of an election, for ever (docs/design/sentinel.md): the next failover
 * may not be elected.
 */
function ghosts(sight: Sight, { shards, sentinels = [] }: Expectation): Violation[] {
  const found: Violation[] = [];
  const others = Math.max(sentinels.length, sight.sentinels.length + sight.silent.length) - 1;
  for (const { called, says } of sight.sentinels) {
    const add = (text: string) =>
      found.push({ check: 'no-ghosts', code: 'GHOST', pod: called, text });
    for (const master of says.masters) {
      const shard = shards.find(({ name }) => name === master.name);
      const wanted = shard === undefined ? null : shard.members.length - 1;
      if (master.sentinels.length !== others) {
        add(
          `${called} knows ${master.sentinels.length} other Sentinels of ${master.name}, there are ${others}`,
        );
      }
      if (wanted !== null && master.replicas.length !== wanted) {
        const astray = master.replicas.filter((replica) => sight.leadsTo(replica) === null);
        const where =
          astray.length > 0
            ? `, among them ${astray.map(hostText).join(', ')}, which leads to no live pod`
            : '';
        add(
          `${called} knows ${master.replicas.length} replicas of ${master.name}, there are ${wanted}${where}`,
        );
      }
    }
  }
  return found;
}
