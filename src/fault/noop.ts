import type { Fault } from './fault.ts';

/** Does nothing: a run with it must be green, or the harness itself is what breaks things. */
export const noop: Fault = {
  name: 'noop',
  class: 'one-pod',
  ends: 'never',
  losses: 'none',
  harmless: true,
  shownBy: 'uid-gone',
  needs: () => [],
  choose: () => [],
  inject: async () => [],
  predict: () => null,
};
