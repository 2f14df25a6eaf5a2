import { deleteNeeds, deletePods } from './delete-pods.ts';
import type { Fault } from './fault.ts';
import { masterOfSlot, replicasOf } from './targets.ts';

/**
 * Deletes the master that owns the slot and all its replicas: nobody is left to take over. Stock
 * Redis leaves the replica dialling its master's old address afterwards (redis-on-kubernetes,
 * section 3), and with `cluster-require-full-coverage yes` every other shard stops too.
 */
export const shardDelete: Fault = {
  name: 'shard-delete',
  class: 'shard',
  shownBy: 'uid-gone',
  needs: deleteNeeds,
  choose({ world, slot }) {
    const master = masterOfSlot(world, slot, 'shard-delete');
    return [master, ...replicasOf(world, master.nodeId)];
  },
  inject: deletePods,
  predict: () => null,
};
