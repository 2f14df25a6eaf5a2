import * as core from '@actions/core';
import type { Plan } from '../model/plan.ts';
import type { Verdict } from '../model/verdict.ts';

/**
 * What `post` must know of `main`. It reaches `post` even if `main` is killed: the runner reads the
 * state file when the step has ended, however it ended. It is readable by later steps, so only names
 * and paths are in it.
 */
export interface ActionState {
  readonly runId: string;
  readonly journalDir: string;
  readonly keep: Plan['keep'];
  /** Null: `main` did not get that far. */
  readonly verdict: Verdict | null;
}

const keeps: readonly Plan['keep'][] = ['always', 'on-failure', 'never'];
const verdicts: readonly Verdict[] = ['pass', 'fail', 'inconclusive', 'error'];

/** Before anything is made. */
export function saveRun(run: Pick<ActionState, 'runId' | 'journalDir' | 'keep'>): void {
  core.saveState('runId', run.runId);
  core.saveState('journalDir', run.journalDir);
  core.saveState('keep', run.keep);
}

export function saveVerdict(verdict: Verdict): void {
  core.saveState('verdict', verdict);
}

/** Null when `main` ended before it made anything. */
export function readState(): ActionState | null {
  const runId = core.getState('runId');
  const journalDir = core.getState('journalDir');
  if (runId === '' || journalDir === '') return null;
  const keep = core.getState('keep');
  const verdict = core.getState('verdict');
  return {
    runId,
    journalDir,
    keep: keeps.find((name) => name === keep) ?? 'never',
    verdict: verdicts.find((name) => name === verdict) ?? null,
  };
}
