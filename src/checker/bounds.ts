import type { KeyAccount } from './accounting.ts';
import { ofKind, type RunStory } from './run-story.ts';

/**
 * Our own app keeps a ledger; a user's has only a page with a number in it, and then the accounting
 * is by bounds instead of by request.
 */
export function usesLedger(story: RunStory): boolean {
  if (story.events.some(({ kind }) => kind === 'ledger')) return true;
  return ofKind(story.events, 'app').at(-1)?.own ?? story.plan.load.pattern === null;
}

/**
 * What bounds alone prove: every acknowledged request adds one, an unknown one adds one or none, and
 * a rejected one adds none.
 */
export function boundsProblems(accounts: readonly KeyAccount[]): {
  readonly continuity: readonly { readonly key: string; readonly text: string }[];
  readonly duplicates: readonly string[];
} {
  const continuity: { key: string; text: string }[] = [];
  const duplicates: string[] = [];
  for (const { key, counts, initial, final } of accounts) {
    if (initial === null || final === null) continue;
    const { ok, indeterminate: unknown } = counts;
    const grown = final - initial;
    if (grown < ok) {
      const text = `${key} grew by ${grown}, and ${ok} increments were acknowledged`;
      continuity.push({ key, text });
    }
    if (grown > ok + unknown) {
      duplicates.push(
        `${key} grew by ${grown}, more than the ${ok} acknowledged and ${unknown} unknown requests explain`,
      );
    }
  }
  return { continuity, duplicates };
}
