import { describeError } from '../../model/errors.ts';
import type { Undo } from '../../provider/provider.ts';
import { type FoundJournal, strikeOut } from './journal.ts';
import { carryOut } from './undo.ts';

export interface UndoOutcome {
  /** Done, or already gone. */
  readonly undone: readonly Undo[];
  /** Left standing because `stands` said so; nothing will delete it later. */
  readonly kept: readonly Undo[];
  /** Still in the journal. */
  readonly failed: readonly { readonly undo: Undo; readonly reason: string }[];
}

/**
 * Carries out what a dead run's journal holds, newest first, and strikes it out. One that fails does
 * not keep the others from their turn. Idempotent.
 * @throws the signal's reason when aborted; what was done until then is struck out.
 */
export async function undoJournal(
  journal: FoundJournal,
  signal: AbortSignal,
  stands: (undo: Undo) => boolean = () => false,
): Promise<UndoOutcome> {
  const settled = new Set<string>();
  const undone: Undo[] = [];
  const kept: Undo[] = [];
  const failed: { undo: Undo; reason: string }[] = [];
  try {
    for (const { id, undo } of journal.pending) {
      if (stands(undo)) {
        kept.push(undo);
        settled.add(id);
        continue;
      }
      try {
        await carryOut(undo, signal);
        undone.push(undo);
        settled.add(id);
      } catch (error) {
        signal.throwIfAborted();
        failed.push({ undo, reason: describeError(error) });
      }
    }
  } finally {
    strikeOut(journal, settled);
  }
  return { undone, kept, failed };
}
