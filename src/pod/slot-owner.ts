import type { NodeView } from '../model/view.ts';

/** Who serves a slot, by what the servers say of themselves. */
export interface SlotOwner {
  /** Where it really answers: the address it was asked at, not the one it announces. */
  readonly address: string;
  readonly mode: 'cluster' | 'single';
}

/**
 * The reachable master that claims the slot; of several the one with the highest config epoch, as
 * Redis Cluster settles it. Outside cluster mode every master claims everything, and the last one to
 * change (the last of `views`) is taken.
 */
export function slotOwner(views: readonly NodeView[], slot: number): SlotOwner | null {
  let owner: SlotOwner | null = null;
  let highest = Number.NEGATIVE_INFINITY;
  for (const { status, server, address } of views) {
    if (status !== 'ok' || server === null || server.replication.role !== 'master') continue;
    if (!server.clusterEnabled) {
      owner = { address, mode: 'single' };
      continue;
    }
    const self = server.nodes.find((node) => node.flags.includes('myself'));
    if (!self?.flags.includes('master') || !self.slots.some((range) => covers(range, slot))) {
      continue;
    }
    if (self.epoch <= highest) continue;
    highest = self.epoch;
    owner = { address, mode: 'cluster' };
  }
  return owner;
}

/** `0-5460` or `7`; slots on the move (`[93-<-ID]`) are listed with the ranges too while owned. */
function covers(range: string, slot: number): boolean {
  const [from, to = from] = range.split('-').map(Number);
  return from !== undefined && to !== undefined && from <= slot && slot <= to;
}
