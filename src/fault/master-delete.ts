import { predictPromotion } from '../rules/prediction.ts';
import { deleteNeeds, deletePods } from './delete-pods.ts';
import type { Fault } from './fault.ts';
import { masterOfSlot } from './targets.ts';

/** Deletes the pod of the master that owns the slot; held, until its replica is promoted. */
export const masterDelete: Fault = {
  name: 'master-delete',
  class: 'one-pod',
  shownBy: 'uid-gone',
  needs: deleteNeeds,
  choose: ({ world, slot }) => [masterOfSlot(world, slot, 'master-delete')],
  inject: deletePods,
  predict: (settings) => predictPromotion(settings.nodeTimeoutMs),
};
