import type { Mutant } from './mutants.ts';

/** A test by its file and name. */
export interface TestName {
  readonly file: string;
  readonly name: string;
}

/** What the unmutated run found out. */
export interface Baseline {
  /** `costMs`: about how much work it is to load its file and run it. */
  readonly tests: readonly (TestName & { readonly costMs: number })[];
  /** For each mutant the tests (their numbers) that run its place, or may because loading does. */
  readonly covering: readonly (readonly number[])[];
}

/** `why` names the test and what it said. */
export interface Noticed {
  readonly fate: 'killed' | 'hung' | 'invalid';
  readonly why: string;
}

/** How a mutant fared. */
export type Fate = { readonly fate: 'survived' } | Noticed;

export type Request =
  | { readonly kind: 'baseline'; readonly mutants: readonly Mutant[] }
  | { readonly kind: 'try'; readonly mutant: Mutant; readonly tests: readonly TestName[] };

export type Answer =
  | { readonly kind: 'baseline'; readonly baseline: Baseline }
  | { readonly kind: 'fate'; readonly fate: Fate; readonly memoryMb: number }
  | { readonly kind: 'broken'; readonly message: string };
