import { deleteNeeds, deletePods } from './delete-pods.ts';
import type { Fault } from './fault.ts';
import { aimedMaster } from './targets.ts';

/** Deletes the pod of the master that owns the slot; held, until its replica is promoted. */
export const masterDelete: Fault = {
  name: 'master-delete',
  class: 'one-pod',
  ends: 'exit',
  losses: 'none',
  shownBy: 'uid-gone',
  needs: deleteNeeds,
  choose: (choice) => [aimedMaster(choice, 'master-delete')],
  inject: deletePods,
  predict: ({ promotion }) => promotion,
};
