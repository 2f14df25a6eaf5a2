import * as core from '@actions/core';
import { systemClock } from '../platform/clock.ts';
import { type Look, waitFor } from '../platform/wait.ts';
import type { Undo } from '../provider/provider.ts';
import { type FoundJournal, findJournals } from '../run/undo/journal.ts';
import { undoJournal } from '../run/undo/undo-journal.ts';
import { type ActionState, readState } from './state.ts';

/** `main` has ended when the runner starts `post`; a killed one may still be going down. */
const ownerTimeoutMs = 15_000;

/** What `keep` leaves standing: nothing of embedded, which lives in the run, and never a hold. */
const keepable: ReadonlySet<string> = new Set(['kind-cluster', 'kubeconfig-run']);

/**
 * The Action's post step: carries out what this run's journal still holds. Usually nothing, since
 * `main` cleans up after itself; everything when it was killed. What is gone already is no failure.
 */
export async function postStep(signal: AbortSignal): Promise<'success' | 'failure'> {
  const state = readState();
  if (state === null) return nothing('main made nothing');
  if (findRun(state) === null) return nothing(`run ${state.runId} cleaned up after itself`);
  const journal = await ownerGone(state, signal);
  if (journal === null) return nothing(`run ${state.runId} cleaned up after itself`);

  const keeps = isKept(state);
  const outcome = await undoJournal(journal, signal, (undo) => keeps && keepable.has(undo.kind));
  for (const undo of outcome.undone) core.info(`undid ${nameOf(undo)}`);
  for (const undo of outcome.kept) core.info(`kept, as asked: ${nameOf(undo)}`);
  for (const { undo, reason } of outcome.failed) {
    core.error(`cannot undo ${nameOf(undo)}: ${reason}`, {
      title: `redis-k8s-chaos: left behind by run ${state.runId}`,
    });
  }
  return outcome.failed.length > 0 ? 'failure' : 'success';
}

/** `on-failure` speaks of a verdict: a run that was killed has none, and is cleaned up. */
export function isKept({ keep, verdict }: Pick<ActionState, 'keep' | 'verdict'>): boolean {
  if (keep === 'always') return true;
  return keep === 'on-failure' && verdict !== null && verdict !== 'pass';
}

function findRun({ journalDir, runId }: ActionState): FoundJournal | null {
  return findJournals(journalDir).find((journal) => journal.runId === runId) ?? null;
}

/** The journal once nobody writes to it any more; null when its owner removed it. */
function ownerGone(state: ActionState, signal: AbortSignal): Promise<FoundJournal | null> {
  return waitFor(
    {
      what: `the main step of run ${state.runId} to end`,
      timeoutMs: ownerTimeoutMs,
      everyMs: 100,
      signal,
      clock: systemClock,
    },
    (): Look<FoundJournal | null> => {
      const journal = findRun(state);
      return journal?.ownerAlive
        ? { done: false, seen: 'it is still running' }
        : { done: true, value: journal };
    },
  );
}

function nothing(why: string): 'success' {
  core.info(`nothing to undo: ${why}`);
  return 'success';
}

/** Kind and name; an undo may hold more than a log should have. */
function nameOf(undo: Undo): string {
  const name = undo.name ?? undo.pod ?? undo.namespace;
  return typeof name === 'string' ? `${undo.kind} ${name}` : undo.kind;
}
