import type { SnapshotEvent } from '../../model/event.ts';
import { type FaultTarget, masteredShard } from '../../model/fault.ts';
import type { NodeView } from '../../model/view.ts';
import { keyForRange, keySlot, slotCount } from '../../redis/slot.ts';
import {
  defaultNodeTimeoutMs,
  failedElectionMs,
  leastHoldMs,
  predictPromotion,
  recoveryDeadlineMs,
  stableMs,
} from '../../rules/prediction.ts';
import { livePods, type WorldState } from '../state.ts';
import type { Formed, Looked, Settings, Timing, Topology } from '../topology.ts';
import { foreignAddresses } from './announced.ts';
import { clusterChecks } from './checks.ts';
import { disksUnread, withAddressNote, withDisk, withHostNameNote } from './disk.ts';
import { expectationOf, shardsOf } from './expectation.ts';
import { violations } from './invariants.ts';
import {
  clusterTargets,
  isNode,
  nodeIdOf,
  ownerOfMaster,
  ownLine,
  slotMasters,
  slotOwner,
} from './owner.ts';
import { contains, formatRanges, overlap, parseRanges, rangesOf, sizeOf } from './slot-ranges.ts';

/** Redis Cluster: shards are ranges of hash slots, and the servers elect among themselves. */
export const clusterTopology: Topology = {
  names: ['cluster', 'cluster-auth'],
  called: 'cluster',
  failovers: 1,
  checks: clusterChecks,
  standing: ['ip-rewrite', 'topology-converged', 'slots-covered', 'replication-restored'],

  recognise: (world) =>
    [...world.views.values()].some(({ server }) => server?.clusterEnabled === true),
  formed,
  hasReplicas: (world) =>
    [...world.views.values()].some(({ server }) =>
      server?.nodes.some(({ masterId }) => masterId !== null),
    ),
  lacking,
  expect: expectationOf,
  violations,
  shards: shardsOf,

  keyFor: (prefix, shard) => keyForRange(prefix, rangesOf(shard)),
  covers: (shard, key, slot = keySlot(key)) => contains(rangesOf(shard), slot),
  served(world, shard) {
    const all = slotMasters(world).flatMap(({ ranges }) => ranges);
    return sizeOf(overlap(rangesOf(shard), all)) >= sizeOf(rangesOf(shard));
  },
  ownerOf: (world, key) => slotOwner(world, keySlot(key)),
  owners: (world) => slotMasters(world).map(ownerOfMaster),
  targets: clusterTargets,

  identityOf: nodeIdOf,
  isTarget: isNode,
  claim({ server }, target) {
    const shard = masteredShard(target);
    const own = server ? ownLine(server) : null;
    if (shard === null || !own?.flags.includes('master') || server?.replication.role !== 'master')
      return null;
    const common = overlap(parseRanges(own.slots), rangesOf(shard));
    return common.length > 0 ? formatRanges(common) : null;
  },
  roleText({ server }) {
    const slots = server ? (ownLine(server)?.slots ?? []) : [];
    return `${server?.replication.role ?? 'unknown'}${slots.length > 0 ? ` of ${slots.join(' ')}` : ''}`;
  },
  contradiction,
  moment({ server }, { nodeId }) {
    const line = server?.nodes.find(({ id }) => id === nodeId);
    if (!line || server?.myId === nodeId) return null;
    if (line.flags.includes('fail')) return 'failed';
    return line.flags.includes('fail?') ? 'suspected' : null;
  },
  electionEpoch: ({ server }) => server?.currentEpoch ?? null,
  storage,

  announced: {
    addresses: foreignAddresses,
    ask: ['CLUSTER', 'MYID'],
    identity: (reply) => (typeof reply === 'string' ? reply : null),
  },
  snapshot: {
    asks: [{ file: 'cluster-nodes.txt', argv: ['CLUSTER', 'NODES'] }],
    disk: { setting: 'cluster-config-file', name: 'nodes.conf' },
  },

  seeds: (world) =>
    livePods(world).map(({ name, uid }) => ({
      name,
      address: world.views.get(uid)?.address ?? null,
    })),
  told: (events, _world, uids) => {
    const said = events.filter(
      (event): event is SnapshotEvent & { readonly atUs: number } =>
        event.kind === 'snapshot' && event.nodeTimeoutMs !== null,
    );
    const asked = uids?.length ? said.filter(({ uid }) => uids.includes(uid)) : said;
    const silenceMs = asked.at(uids === undefined ? 0 : -1)?.nodeTimeoutMs ?? null;
    return silenceMs === null ? null : { silenceMs, known: true };
  },
  timing,
  defaults: { silenceMs: defaultNodeTimeoutMs, known: false },

  refine: (finding, looked, snapshots) =>
    finding.id === 'ip-rewrite'
      ? withDisk(looked, snapshots, withHostNameNote(looked, withAddressNote(looked, finding)))
      : finding,
  unread: (id, looked, snapshots) => (id === 'ip-rewrite' ? disksUnread(looked, snapshots) : []),
};

function formed(world: WorldState): Formed {
  const pods = livePods(world);
  const knows = (uid: string) => world.views.get(uid)?.server?.nodes.length ?? 0;
  const served = sizeOf(slotMasters(world).flatMap(({ ranges }) => ranges));
  const counts = pods.map(({ name, uid }) => `${name} knows ${knows(uid)}`).join(', ');
  return {
    done: served === slotCount && pods.every(({ uid }) => knows(uid) === pods.length),
    seen: `${served} slots served; ${counts}`,
  };
}

function lacking(world: WorldState): readonly string[] {
  const { ids, shards } = expectationOf(world);
  if (shards.length === 0) return ['no master owns any slot'];
  const names = new Map([...ids].map(([pod, id]) => [id, pod]));
  return shards
    .filter(({ replicas }) => replicas === 0)
    .map(
      ({ masterId, name }) =>
        `${names.get(masterId) ?? masterId} serves ${formatRanges(rangesOf(name))} and has no replica in sync`,
    );
}

function contradiction({ pod, server }: NodeView, target: FaultTarget): string | null {
  if (!server) return null;
  const { role } = server.replication;
  if (role !== target.role) return `${pod} says ${role}, the fault aimed at a ${target.role}`;
  const own = parseRanges(ownLine(server)?.slots ?? []);
  const shard = masteredShard(target);
  const aimed = shard === null ? [] : rangesOf(shard);
  if (role === 'master' && own.length > 0 && overlap(own, aimed).length === 0) {
    return `${pod} serves ${formatRanges(own)}, the fault aimed at ${formatRanges(aimed)}`;
  }
  return server.myId !== null && server.myId !== target.nodeId
    ? `${pod} is node ${server.myId}, the fault aimed at ${target.nodeId}`
    : null;
}

/**
 * nodes.conf lies in the same directory (`dir` of redis.conf) as the append-only file and the snapshot, so
 * a node that kept its id kept that directory, and the data where it persists any.
 */
function storage(
  { after }: Looked,
  { pod, nodeId }: FaultTarget,
  before: SnapshotEvent | null,
): 'yes' | 'no' | 'unknown' {
  const ids = [...after.views.values()].flatMap((view) =>
    view.pod === pod && view.server?.myId ? [view.server.myId] : [],
  );
  if (nodeId === null || !ids.includes(nodeId)) return ids.length > 0 ? 'no' : 'unknown';
  const persists = before?.persists ?? null;
  return persists === null ? 'unknown' : persists ? 'yes' : 'no';
}

function timing({ silenceMs }: Settings): Timing {
  return {
    silenceMs,
    promotion: predictPromotion(silenceMs),
    failedElectionMs: failedElectionMs(silenceMs),
    leastHoldMs: leastHoldMs(silenceMs),
    recoveryMs: recoveryDeadlineMs(silenceMs),
    stableMs: stableMs(silenceMs),
  };
}
