import { describeError } from '../../model/errors.ts';
import { ledgerKey } from '../../redis/ledger-key.ts';
import type { ObservedStage } from '../stage.ts';
import type { RunKeys } from './keys.ts';

/** What the run wrote into the servers: all of it carries the run's id. A user's app's key is not ours. */
export function keysOfRun(keys: RunKeys, runId: string): readonly string[] {
  const own = `rkc:${runId}:`;
  const load = keys.load.filter((key) => key.startsWith(own));
  // the probes last: one that was under way when they were stopped may have written once more
  return [...load, ...load.map(ledgerKey), ...keys.canaries, ...keys.probes];
}

/**
 * Deletes our keys from a user's set-up once they were read; the shipped ones go as a whole. One that
 * cannot be deleted is a note: the evidence is complete without it.
 */
export async function removeOwnKeys(stage: ObservedStage, keys: RunKeys): Promise<void> {
  const { observer, recorder, setup, runId } = stage;
  if (setup.shipped || stage.signal.aborted) return;
  const left: string[] = [];
  const all = keysOfRun(keys, runId);
  try {
    await observer.setProbes([]);
    for (const key of all) {
      const owner = stage.topology.ownerOf(recorder.world, key);
      // UNLINK frees a long ledger beside the commands, not before them (Redis 4.0)
      const answer = owner ? await observer.ask(owner.address, ['UNLINK', key]) : null;
      if (!answer?.ok) left.push(`${key} (${answer?.error.message ?? 'nobody owns it'})`);
    }
  } catch (error) {
    left.push(describeError(error));
  }
  const text =
    left.length === 0
      ? `our ${all.length} keys rkc:${runId}:… were deleted`
      : `not all of our keys rkc:${runId}:… could be deleted: ${left.join(', ')}`;
  recorder.record({ kind: 'note', text });
}
