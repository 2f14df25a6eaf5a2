import { deleteNeeds, deletePods } from './delete-pods.ts';
import type { Fault } from './fault.ts';
import { aimedMaster, allTargets } from './targets.ts';

/**
 * Deletes every Redis pod: each comes back with a new address and only stale ones for its peers, so a
 * start script that rewrites its own line alone never heals it (redis#15136).
 */
export const allDelete: Fault = {
  name: 'all-delete',
  class: 'all',
  ends: 'exit',
  losses: 'none',
  shownBy: 'uid-gone',
  needs: deleteNeeds,
  choose(choice) {
    const first = aimedMaster(choice, 'all-delete');
    return [first, ...allTargets(choice).filter(({ uid }) => uid !== first.uid)];
  },
  inject: deletePods,
  predict: () => null,
};
