import type { HoldMode } from '../model/fault.ts';
import type { Capability } from '../provider/provider.ts';
import type { Hold, Strike } from './fault.ts';

const releaseTimeoutMs = 10_000;

/** What every delete needs of a provider. */
export const deleteNeeds = (hold: HoldMode): readonly Capability[] =>
  hold === 'auto' ? ['hold'] : [];

/**
 * Deletes the targets in order, held when asked for. All or none stays held: when one of them cannot
 * be deleted the earlier ones are let go.
 */
export async function deletePods(strike: Strike): Promise<readonly Hold[]> {
  const { provider, targets, hold, graceSeconds, signal } = strike;
  const holds: Hold[] = [];
  try {
    for (const target of targets) {
      const held = await provider.deletePod(
        { name: target.pod, uid: target.uid },
        { graceSeconds, hold: hold === 'auto' },
        signal,
      );
      if (!held) continue;
      holds.push({
        what: `pod ${held.pod}`,
        release: (until) => provider.release(held, until),
      });
    }
    return holds;
  } catch (error) {
    const until = AbortSignal.timeout(releaseTimeoutMs);
    // What cannot be released now is in the journal; the provider's end tries again.
    await Promise.allSettled(holds.map((held) => held.release(until)));
    throw error;
  }
}
