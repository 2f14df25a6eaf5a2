import { InfrastructureError } from '../model/errors.ts';
import { deleteNeeds, deletePods } from './delete-pods.ts';
import type { Fault } from './fault.ts';
import { aimedMaster, replicasOf } from './targets.ts';

/**
 * Deletes one replica of the master that owns the slot. Nothing is promoted and nobody should notice;
 * held, it is down for long enough to be flagged as failed.
 */
export const replicaDelete: Fault = {
  name: 'replica-delete',
  class: 'one-pod',
  ends: 'exit',
  losses: 'none',
  shownBy: 'uid-gone',
  needs: deleteNeeds,
  choose(choice) {
    const master = aimedMaster(choice, 'replica-delete');
    const [replica] = replicasOf(choice, master);
    if (replica) return [replica];
    throw new InfrastructureError(
      `replica-delete: no reachable pod is a replica of ${master.pod}, the master of ${choice.key}; expected one after forming`,
    );
  },
  inject: deletePods,
  predict: () => null,
};
