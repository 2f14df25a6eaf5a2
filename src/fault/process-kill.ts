import { InfrastructureError } from '../model/errors.ts';
import type { Fault } from './fault.ts';
import { aimedMaster } from './targets.ts';

/**
 * SIGKILL for the slot's master, as the out-of-memory killer does it: no farewell to its replica. The
 * kubelet starts the container again in the same pod, at the same address; nothing can be held.
 */
export const processKill: Fault = {
  name: 'process-kill',
  class: 'one-pod',
  ends: 'exit',
  losses: 'sudden-death',
  shownBy: 'new-run-id',
  needs: () => ['process-signal'],
  choose: (choice) => [aimedMaster(choice, 'process-kill')],
  async inject({ provider, targets, containerOf, signal }) {
    for (const target of targets) {
      if (!provider.signalProcess) {
        throw new InfrastructureError(`process-kill: ${provider.name} cannot signal a process`);
      }
      const pod = { name: target.pod, uid: target.uid };
      await provider.signalProcess(pod, containerOf(target), 'SIGKILL', signal);
    }
    return [];
  },
  predict: ({ promotion }) => promotion,
};
