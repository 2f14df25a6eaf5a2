import { InfrastructureError } from '../model/errors.ts';
import { deleteNeeds, deletePods } from './delete-pods.ts';
import type { Fault } from './fault.ts';
import { aimedMaster, masterTargets } from './targets.ts';

/**
 * Deletes two masters, the slot's owner and the next. Of three that is the majority: nobody can vote,
 * so nothing is promoted, and the cluster must be whole again once they are back.
 */
export const twoMasters: Fault = {
  name: 'two-masters',
  class: 'majority',
  ends: 'exit',
  losses: 'none',
  shownBy: 'uid-gone',
  needs: deleteNeeds,
  choose(choice) {
    const first = aimedMaster(choice, 'two-masters');
    const masters = masterTargets(choice);
    const place = masters.findIndex(({ uid }) => uid === first.uid);
    const second = masters[(place + 1) % masters.length];
    if (masters.length > 3 || !second || second.uid === first.uid) {
      throw new InfrastructureError(
        `two-masters: the set-up has ${masters.length} masters; it takes the majority away only of two or three`,
      );
    }
    return [first, second];
  },
  inject: deletePods,
  predict: () => null,
};
