import type { NodeView } from '../model/view.ts';
import { singleOwner } from './single-owner.ts';

/** Who serves a slot, by what the servers say of themselves. */
export interface SlotOwner {
  /** Where it really answers: the address it was asked at, not the one it announces. */
  readonly address: string;
  readonly mode: 'cluster' | 'single';
}

/**
 * The reachable master that claims the slot; of several the one with the highest config epoch, as
 * Redis Cluster settles it. Outside cluster mode every master claims everything: see singleOwner.
 * @param views in the order in which they last changed
 * @param master the Sentinels' name of it; null: they are to know only one
 */
export function slotOwner(
  views: readonly NodeView[],
  slot: number,
  master: string | null = null,
): SlotOwner | null {
  let owner: SlotOwner | null = null;
  let highest = Number.NEGATIVE_INFINITY;
  let isCluster = false;
  for (const { status, server, address } of views) {
    if (status !== 'ok' || !server?.clusterEnabled) continue;
    isCluster = true;
    if (server.replication.role !== 'master') continue;
    const self = server.nodes.find((node) => node.flags.includes('myself'));
    if (!self?.flags.includes('master') || !self.slots.some((range) => covers(range, slot))) {
      continue;
    }
    if (self.epoch <= highest) continue;
    highest = self.epoch;
    owner = { address, mode: 'cluster' };
  }
  if (isCluster) return owner;
  const single = singleOwner(views, master);
  return single === null ? null : { address: single, mode: 'single' };
}

/** `0-5460` or `7`; slots on the move (`[93-<-ID]`) are listed with the ranges too while owned. */
function covers(range: string, slot: number): boolean {
  const [from, to = from] = range.split('-').map(Number);
  return from !== undefined && to !== undefined && from <= slot && slot <= to;
}
