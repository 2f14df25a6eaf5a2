import type { Mutant } from './mutants.ts';

/** Why no test notices a mutant; `equivalent`: it does the same, so nothing could. */
export interface Explanation {
  readonly why: string;
  readonly equivalent: boolean;
}

/** Survivors that somebody has looked into. */
export function explanationOf(_mutant: Mutant): Explanation | null {
  return null;
}
