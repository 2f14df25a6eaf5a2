import type { Nature } from './fault.ts';

/** Faults of docs/design/contract.md that no version does yet, and whose losses the oracle can judge already. */
export const toCome: readonly Nature[] = [
  { name: 'partition', class: 'one-pod', ends: 'never', losses: 'cut-off' },
  { name: 'bus-partition', class: 'one-pod', ends: 'never', losses: 'cut-off' },
  { name: 'process-pause', class: 'one-pod', ends: 'never', losses: 'paused' },
];
