import type { SnapshotEvent } from '../../model/event.ts';
import { type FaultTarget, masteredShard } from '../../model/fault.ts';
import type { NodeView } from '../../model/view.ts';
import { keyOfMaster, masterNameOf } from '../../redis/master-name.ts';
import type { WorldState } from '../state.ts';
import type { Formed, Looked, Topology } from '../topology.ts';
import { replicationChecks, singleChecks } from './checks.ts';
import { violations } from './invariants.ts';
import { expectationOf, ownersOf, seedsOf, shardsOf, targetsOf } from './shards.ts';
import { foreignAddresses, look } from './sight.ts';
import {
  sentinelDefaults,
  sentinelTiming,
  singleDefaults,
  singleTiming,
  toldBySentinels,
} from './timing.ts';

/** What holds of every set-up outside cluster mode: one shard holds every key, and one server takes its writes. */
const replication = {
  hasReplicas: (world: WorldState) => look(world, null).replicas.length > 0,
  expect: expectationOf,
  violations,
  shards: shardsOf,

  keyFor: keyOfMaster,
  // a key that is not ours may be anywhere
  covers: (shard: string, key: string) => (masterNameOf(key) ?? shard) === shard,
  served: (world: WorldState, shard: string) => shardsOf(world).some(({ name }) => name === shard),
  ownerOf: (world: WorldState, key: string) => ownersOf(world, masterNameOf(key))[0] ?? null,
  owners: (world: WorldState) => ownersOf(world),
  targets: targetsOf,

  // a server outside cluster mode has no id of its own that lasts: the pod's name does (StatefulSet)
  identityOf: ({ pod, server }: NodeView) => (server === null ? null : pod),
  isTarget: ({ pod }: NodeView, target: FaultTarget) => pod === target.pod,
  claim: ({ pod, server }: NodeView, target: FaultTarget) =>
    server?.replication.role === 'master' && (target.members?.includes(pod) ?? true)
      ? masteredShard(target)
      : null,
  roleText: ({ server }: NodeView) => server?.replication.role ?? 'unknown',
  contradiction,
  moment,
  electionEpoch: () => null,
  storage,

  announced: {
    addresses: (world: WorldState) => foreignAddresses(world),
    ask: ['INFO', 'server'],
    identity: (reply: unknown) => /^run_id:(\w+)/m.exec(String(reply))?.[1] ?? null,
  },
  snapshot: { asks: [{ file: 'replication.txt', argv: ['INFO', 'replication'] }], disk: null },
  seeds: seedsOf,
  refine: <T>(finding: T) => finding,
  unread: () => [],
} satisfies Partial<Topology>;

/**
 * One master, with replicas or without, and nobody who puts one in its place: it is down for as long as its pod
 * is, its data must come back with it, and its replicas must find it again.
 */
export const standaloneTopology: Topology = {
  ...replication,
  names: ['standalone'],
  called: 'single server',
  failovers: 1,
  checks: singleChecks,
  standing: singleChecks.map(({ id }) => id),
  recognise: (world) =>
    world.sentinels.size === 0 &&
    outsideClusterMode(world) &&
    look(world, null).masters.length === 1,
  formed(world) {
    const { masters } = look(world, null);
    const names = masters.map(({ pod }) => pod.name).join(', ');
    return { done: masters.length === 1, seen: `masters: ${names || 'none'}` };
  },
  lacking: (world) => (shardsOf(world).length > 0 ? [] : ['no server says that it is a master']),
  told: () => singleDefaults,
  defaults: singleDefaults,
  timing: singleTiming,
};

/** A master, its replicas, and Sentinels that put one of them in its place. */
export const sentinelTopology: Topology = {
  ...replication,
  names: ['sentinel', 'sentinel-proxy'],
  called: 'Sentinel set-up',
  // the second is the one that fails in the field: what the first left behind counts in its election
  failovers: 3,
  checks: replicationChecks,
  standing: replicationChecks.map(({ id }) => id),
  recognise: (world) => world.sentinels.size > 0,
  formed: watched,
  lacking(world) {
    const shards = shardsOf(world);
    if (shards.length === 0) return ['no server says that it is a master'];
    return shards
      .filter(({ replicas }) => replicas === 0)
      .map(({ name, masterId }) => `${masterId}, the master of ${name}, has no replica in sync`);
  },
  told: (events, world) => toldBySentinels(events, world),
  defaults: sentinelDefaults,
  timing: sentinelTiming,
};

function outsideClusterMode(world: WorldState): boolean {
  const servers = [...world.views.values()].flatMap(({ server }) => server ?? []);
  return servers.length > 0 && servers.every(({ clusterEnabled }) => !clusterEnabled);
}

/** Formed: one master with replicas in sync, and every Sentinel watches it and knows the others. */
function watched(world: WorldState): Formed {
  const expectation = expectationOf(world);
  const wrong = violations(world, expectation).filter(({ check }) =>
    ['single-master', 'sentinels-agree', 'replication-restored'].includes(check),
  );
  const sentinels = expectation.sentinels?.length ?? 0;
  const done = sentinels > 0 && expectation.shards.length > 0 && wrong.length === 0;
  const seen = `${sentinels} Sentinels, masters: ${expectation.shards.map(({ masterId }) => masterId).join(', ') || 'none'}`;
  return { done, seen: wrong[0] === undefined ? seen : `${seen}; ${wrong[0].text}` };
}

function contradiction({ pod, server }: NodeView, target: FaultTarget): string | null {
  if (!server) return null;
  const { role } = server.replication;
  if (role !== target.role) return `${pod} says ${role}, the fault aimed at a ${target.role}`;
  return target.runId !== undefined && server.runId !== target.runId
    ? `${pod} is another process (run_id ${server.runId.slice(0, 8)}) than the fault aimed at (${target.runId.slice(0, 8)})`
    : null;
}

/** +sdown and +odown of the target as a Sentinel's flags show them. */
function moment({ sentinel }: NodeView, target: FaultTarget): 'suspected' | 'failed' | null {
  const flags = (sentinel?.masters ?? [])
    .flatMap((master) => [master, ...master.replicas])
    .filter(({ ip }) => ip === target.ip || ip.split('.')[0] === target.pod)
    .flatMap((entry) => entry.flags);
  if (flags.includes('o_down')) return 'failed';
  return flags.includes('s_down') ? 'suspected' : null;
}

/** Without persistence nothing comes back; with it, whether the volume is the same one is not on record. */
function storage(
  _: Looked,
  __: FaultTarget,
  before: SnapshotEvent | null,
): 'yes' | 'no' | 'unknown' {
  return before?.persists === false ? 'no' : 'unknown';
}
