import { InfrastructureError } from '../model/errors.ts';
import { livePods } from '../topology/state.ts';
import { deleteNeeds, deletePods } from './delete-pods.ts';
import type { Fault } from './fault.ts';
import { allTargets } from './targets.ts';

/**
 * Deletes the pod with ordinal 0, whatever its role: many start scripts treat it as the one that
 * bootstraps, and do it again when it comes back.
 */
export const podZero: Fault = {
  name: 'pod-zero',
  class: 'one-pod',
  ends: 'exit',
  losses: 'none',
  shownBy: 'uid-gone',
  needs: deleteNeeds,
  choose(choice) {
    const pods = livePods(choice.world);
    const zero = pods.find(({ name }) => name.endsWith('-0'));
    const target = allTargets(choice).find(({ uid }) => uid === zero?.uid);
    if (target) return [target];
    throw new InfrastructureError(
      zero
        ? `pod-zero: ${zero.name} does not say what it is; expected it to answer after forming`
        : `pod-zero: no Redis pod has ordinal 0, only ${pods.map(({ name }) => name).join(', ')}; only a StatefulSet numbers its pods`,
    );
  },
  inject: deletePods,
  predict: ({ promotion }, targets) =>
    targets.some(({ role }) => role === 'master') ? promotion : null,
};
