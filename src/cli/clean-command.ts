import { exitCodes } from '../model/verdict.ts';
import { stateDir } from '../platform/state-dir.ts';
import { journalDir } from '../run/launch.ts';
import { findJournals } from '../run/undo/journal.ts';
import { undoJournal } from '../run/undo/undo-journal.ts';

/**
 * `clean`: carries out what the journals of dead runs still hold, newest first. Idempotent: what is
 * gone already counts as done. What cannot be undone now stays in the journal; exit 3.
 */
export async function cleanCommand(
  output: { readonly json: boolean; readonly quiet: boolean },
  signal: AbortSignal,
): Promise<number> {
  const say = (text: string) => {
    if (!output.quiet && !output.json) process.stdout.write(`${text}\n`);
  };
  let undone = 0;
  const failures: string[] = [];
  for (const journal of findJournals(journalDir(stateDir()))) {
    if (journal.ownerAlive) {
      say(`run ${journal.runId} is still going on; left alone`);
      continue;
    }
    const outcome = await undoJournal(journal, signal);
    undone += outcome.undone.length;
    for (const { kind } of outcome.undone) say(`run ${journal.runId}: undid ${kind}`);
    for (const { undo, reason } of outcome.failed) {
      failures.push(`run ${journal.runId}: ${undo.kind}: ${reason}`);
    }
  }
  for (const failure of failures) process.stderr.write(`redis-k8s-chaos: cannot undo ${failure}\n`);
  if (undone === 0 && failures.length === 0) say('nothing to clean');
  if (output.json) process.stdout.write(`${JSON.stringify({ undone, failures })}\n`);
  return failures.length > 0 ? exitCodes.error : exitCodes.pass;
}
