import type { TextEdit } from './text-edits.ts';

/** Nothing is written to the claim of manifests/standalone.yaml. */
export const nothingPersisted = (): readonly TextEdit[] => [
  { from: 'appendonly yes', to: 'appendonly no' },
];
