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

/** What a test (or loading its file) made of a mutant. */
export interface Noticed {
  readonly fate: 'killed' | 'hung';
  /** The test's file. */
  readonly file: string;
  readonly why: string;
}

/** How a mutant fared; `invalid`: it is no TypeScript any more. */
export type Fate = Noticed | { readonly fate: 'survived' | 'invalid' };

export type Request =
  | { readonly kind: 'baseline'; readonly mutants: readonly Mutant[] }
  | { readonly kind: 'try'; readonly mutant: Mutant; readonly tests: readonly TestName[] };

export type Answer =
  | { readonly kind: 'baseline'; readonly baseline: Baseline }
  | { readonly kind: 'fate'; readonly fate: Fate; readonly memoryMb: number }
  | { readonly kind: 'broken'; readonly message: string };
