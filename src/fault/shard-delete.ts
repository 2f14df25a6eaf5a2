import { deleteNeeds, deletePods } from './delete-pods.ts';
import type { Fault } from './fault.ts';
import { aimedMaster, replicasOf } from './targets.ts';

/**
 * Deletes the master that owns the slot and all its replicas: nobody is left to take over. Stock
 * Redis leaves the replica dialling its master's old address afterwards, and with `cluster-require-full-coverage yes` every other shard stops too.
 */
export const shardDelete: Fault = {
  name: 'shard-delete',
  class: 'shard',
  ends: 'exit',
  losses: 'none',
  shownBy: 'uid-gone',
  needs: deleteNeeds,
  choose(choice) {
    const master = aimedMaster(choice, 'shard-delete');
    return [master, ...replicasOf(choice, master)];
  },
  inject: deletePods,
  predict: () => null,
};
