import { ofKind, type RunStory } from '../run-story.ts';
import type { KeyAccount } from './accounting.ts';
import { strangersOf } from './strangers.ts';

/**
 * Our own app keeps a ledger; a user's has only a page with a number in it, and then the accounting
 * is by bounds instead of by request.
 */
export function usesLedger(story: RunStory): boolean {
  if (story.events.some(({ kind }) => kind === 'ledger')) return true;
  return ofKind(story.events, 'app').at(-1)?.own ?? story.plan.load.pattern === null;
}

/** What bounds alone prove, one line each. */
export interface BoundsProblems {
  readonly continuity: readonly { readonly key: string; readonly text: string }[];
  readonly duplicates: readonly string[];
  /** Others hit the page too, and what is more than the load explains may be theirs. */
  readonly strangers: readonly string[];
  /** More than the load explains, and nobody looked who else hits the page. */
  readonly unknown: readonly string[];
}

/**
 * What bounds alone prove: every acknowledged request adds one, an unknown one adds one or none, and
 * a rejected one adds none. What others add who hit the page (a probe of the kubelet, a crawler) is
 * nobody's doubling.
 */
export function boundsProblems(story: RunStory, accounts: readonly KeyAccount[]): BoundsProblems {
  const continuity: { key: string; text: string }[] = [];
  const duplicates: string[] = [];
  const strangers: string[] = [];
  const unexplained: string[] = [];
  for (const { key, counts, initial, final } of accounts) {
    if (initial === null || final === null) continue;
    const { ok, indeterminate: unknown } = counts;
    const grown = final - initial;
    if (grown < ok) {
      const text = `${key} grew by ${grown}, and ${ok} increments were acknowledged`;
      continuity.push({ key, text });
    }
    const others = strangersOf(story, key);
    const more = grown - ok - unknown;
    if (more <= 0 && others !== null && others.most > 0) {
      strangers.push(
        `${key} is also incremented by others (${others.text}), up to ${others.most} times meanwhile`,
      );
    }
    if (more > 0) {
      const text = `${key} grew by ${grown}, more than the ${ok} acknowledged and ${unknown} unknown requests explain`;
      if (others === null) unexplained.push(`${text}; nobody looked who else hits the page`);
      else if (more > others.most) duplicates.push(text);
      else strangers.push(`${key} grew by ${more} more than the load explains: ${others.text}`);
    }
  }
  return { continuity, duplicates, strangers, unknown: unexplained };
}
