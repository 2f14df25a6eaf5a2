import type { FaultTarget } from '../../model/fault.ts';
import type { PodState } from '../../model/pod.ts';
import type { ClusterNode, NodeView, ServerView } from '../../model/view.ts';
import { livePods, type WorldState } from '../state.ts';
import type { Owner } from '../topology.ts';
import { contains, parseRanges, type Range, shardName } from './slot-ranges.ts';

/** A reachable master: its pod, what it says, and the slots it claims for itself. */
interface Master {
  readonly pod: PodState;
  readonly view: NodeView;
  readonly node: ClusterNode;
  readonly ranges: readonly Range[];
}

/** The `myself` line of a server's own CLUSTER NODES; null outside cluster mode. */
export function ownLine(server: ServerView): ClusterNode | null {
  return server.nodes.find((node) => node.flags.includes('myself')) ?? null;
}

/** Masters that say so themselves and own slots, in order of their first slot. */
export function slotMasters(world: WorldState): readonly Master[] {
  return livePods(world)
    .flatMap((pod): Master[] => {
      const view = world.views.get(pod.uid);
      const server = view?.server ?? null;
      const node = server ? ownLine(server) : null;
      if (!view || !server || !node || server.replication.role !== 'master') return [];
      const ranges = parseRanges(node.slots);
      return ranges.length === 0 ? [] : [{ pod, view, node, ranges }];
    })
    .sort((a, b) => (a.ranges[0]?.from ?? 0) - (b.ranges[0]?.from ?? 0));
}

export function ownerOfMaster({ pod, view, node }: Master): Owner {
  const { address } = view;
  return { pod, view, address, node: `${node.id}@${address}`, id: node.id };
}

/** Who claims a slot; of several the one with the highest epoch, whose claim wins in gossip. */
export function slotOwner(world: WorldState, slot: number): Owner | null {
  const masters = slotMasters(world).filter(({ ranges }) => contains(ranges, slot));
  const best = masters.reduce<Master | null>(
    (first, master) => (first === null || master.node.epoch > first.node.epoch ? master : first),
    null,
  );
  return best === null ? null : ownerOfMaster(best);
}

/** Every pod that can be asked as a fault's target, in the role it has by its own word; by pod name. */
export function clusterTargets(world: WorldState): readonly FaultTarget[] {
  const shards = new Map(
    slotMasters(world).map(({ node, ranges }) => [node.id, shardName(ranges)]),
  );
  return livePods(world).flatMap((pod) => {
    const server = world.views.get(pod.uid)?.server ?? null;
    const line = server ? ownLine(server) : null;
    if (!server || !line) return [];
    const { role } = server.replication;
    const master = role === 'master';
    return {
      pod: pod.name,
      uid: pod.uid,
      shard: shards.get(master ? line.id : (line.masterId ?? '')) ?? null,
      nodeId: line.id,
      ip: pod.ips[0] ?? '',
      role,
      slots: master ? line.slots : [],
    };
  });
}

/** Its node id by its own word; null when it does not say. */
export function nodeIdOf({ server }: NodeView): string | null {
  return server?.myId ?? null;
}

/** Whether a view is of the node that a fault aimed at. */
export function isNode({ server }: NodeView, { nodeId }: FaultTarget): boolean {
  return nodeId !== null && server?.myId === nodeId;
}
