import type { FaultTarget } from '../../model/fault.ts';
import type { PodState } from '../../model/pod.ts';
import type { ClusterNode, NodeView, ServerView } from '../../model/view.ts';
import { livePods, type WorldState } from '../state.ts';
import { contains, parseRanges, type Range } from './slot-ranges.ts';

/** A reachable master: its pod, what it says, and the slots it claims for itself. */
export interface Master {
  readonly pod: PodState;
  readonly view: NodeView;
  readonly server: ServerView;
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
      return ranges.length === 0 ? [] : [{ pod, view, server, node, ranges }];
    })
    .sort((a, b) => (a.ranges[0]?.from ?? 0) - (b.ranges[0]?.from ?? 0));
}

/** Who claims a slot; of several the one with the highest epoch, whose claim wins in gossip. */
export function slotMaster(world: WorldState, slot: number): Master | null {
  const owners = slotMasters(world).filter(({ ranges }) => contains(ranges, slot));
  return owners.reduce<Master | null>(
    (best, owner) => (best === null || owner.node.epoch > best.node.epoch ? owner : best),
    null,
  );
}

/** The owner of a slot as a fault's target; null when nobody reachable claims it. */
export function ownerOfSlot(world: WorldState, slot: number): FaultTarget | null {
  const owner = slotMaster(world, slot);
  if (owner === null) return null;
  return {
    pod: owner.pod.name,
    uid: owner.pod.uid,
    nodeId: owner.node.id,
    ip: owner.pod.ips[0] ?? '',
    role: 'master',
    slots: owner.node.slots,
  };
}
