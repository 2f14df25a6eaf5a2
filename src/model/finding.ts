import type { CheckVerdict } from './verdict.ts';

/** The checks of docs/design/contract.md, in the order a report lists them. */
export const checkIds = [
  'topology-formed',
  'fault-landed',
  'load-sufficient',
  'promotion',
  'ip-rewrite',
  'identity-kept',
  'topology-converged',
  'slots-covered',
  'replication-restored',
  'one-owner',
  'counter-continuity',
  'no-duplicates',
  'linearizable',
  'outage-within-budget',
  'data-kept',
  'auth-enforced',
  'single-master',
  'sentinels-agree',
  'no-ghosts',
  'endpoint-follows-master',
  'metrics',
] as const;

export type CheckId = (typeof checkIds)[number];

/**
 * Two owners or two values for a key, a duplicate, a history that is not one counter, an acknowledged
 * write lost outside its window: no claim excuses that. `possible`: it is one unless the storage went
 * with the fault, and the evidence does not tell.
 */
export type Contradiction = 'sure' | 'possible';

/** What one check found. `evidence` are short lines a person can verify, newest or worst first. */
export interface Finding {
  readonly id: CheckId;
  readonly verdict: CheckVerdict;
  readonly expected: string;
  readonly observed: string;
  readonly evidence: readonly string[];
  /** The fault it speaks of; left out for checks of the whole run. */
  readonly faultId?: string;
  /** For a red one: the known signature it matches, in one sentence a newcomer understands. */
  readonly why?: string;
  /** Worth knowing although the check holds; it becomes one of the report's reasons. */
  readonly note?: string;
  /** Set where a red is found that is more than unavailability. */
  readonly contradiction?: Contradiction;
  /**
   * Set where it is undecided because the set-up, asked, did not answer: that is unavailability, too. What
   * nobody asked is no answer of the set-up.
   */
  readonly unanswered?: boolean;
  /** A red that the plan's claims do not cover: reported, but not what decides the verdict. */
  readonly expectedRed?: boolean;
}
