import { InfrastructureError } from '../model/errors.ts';
import { deleteNeeds, deletePods } from './delete-pods.ts';
import type { Fault } from './fault.ts';
import { aimedMaster } from './targets.ts';

/**
 * Deletes the slot's master together with its volume, as when a disk is lost. The pod comes back as a
 * new, empty node that nobody knows: its replica must take over, and the data must still be there.
 */
export const deleteWithClaim: Fault = {
  name: 'delete-with-claim',
  class: 'one-pod',
  ends: 'exit',
  losses: 'none',
  takesClaim: true,
  byDesign: [
    'ip-rewrite',
    'identity-kept',
    'topology-converged',
    'slots-covered', // the new node alone says that it knows no owner of any slot
    'replication-restored',
    'one-owner',
  ],
  shownBy: 'uid-gone',
  needs: (hold) => [...deleteNeeds(hold), 'claim-delete'],
  choose: (choice) => [aimedMaster(choice, 'delete-with-claim')],
  async inject(strike) {
    const { provider, targets, signal } = strike;
    for (const { pod: name, uid } of targets) {
      // First the claim, which waits for its pod to go: the other way round the next pod may get it.
      const claims = (await provider.deleteClaims?.({ name, uid }, signal)) ?? [];
      if (claims.length > 0) continue;
      throw new InfrastructureError(
        `delete-with-claim: pod ${name} has no PersistentVolumeClaim to delete; a plain master-delete does the same to it`,
      );
    }
    return deletePods(strike);
  },
  predict: ({ promotion }) => promotion,
};
