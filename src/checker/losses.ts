import type { KeyAccount } from './accounting.ts';
import type { OpIndex } from './history.ts';
import { clockErrorUs, inWindow, type LossWindow } from './loss-window.ts';
import type { RunStory } from './run-story.ts';
import { type Storage, storageOf } from './storage.ts';

/** A bound on the clocks' error over this makes what depends on it undecided, µs (contract.md). */
const maxClockErrorUs = 5000;

/** Every lost acknowledged operation, told apart by whether a fault's window allows it. */
export interface Losses {
  readonly windows: readonly LossWindow[];
  readonly allowed: ReadonlySet<OpIndex>;
  readonly forbidden: readonly OpIndex[];
  /** The allowed ones of one key, a group for each fault: each must fit one dead branch. */
  groupsOf(account: KeyAccount): readonly (readonly OpIndex[])[];
  /** Whether what is missing may have gone with its storage. */
  readonly storage: Storage;
  /** Why the windows cannot be told from the clocks; null when they can, or nothing depends on it. */
  readonly clockTrouble: string | null;
}

/** Sorts what was lost into the windows of the faults. */
export function lossesOf(
  story: RunStory,
  accounts: readonly KeyAccount[],
  windows: readonly LossWindow[],
): Losses {
  const errorUs = clockErrorUs(story);
  const windowOf = new Map<OpIndex, LossWindow>();
  const forbidden: OpIndex[] = [];
  for (const { lost } of accounts) {
    for (const index of lost) {
      const window = windows.find((candidate) =>
        inWindow(candidate, story.history, index, errorUs ?? 0),
      );
      if (window) windowOf.set(index, window);
      else forbidden.push(index);
    }
  }
  const known = errorUs !== null && errorUs <= maxClockErrorUs;
  const trouble =
    errorUs === null
      ? 'the observer’s clock was never compared with ours, so the window of loss is not known'
      : `the clocks may differ by ${errorUs / 1000} ms, over the 5 ms that the window of loss allows`;
  return {
    windows,
    allowed: new Set(windowOf.keys()),
    forbidden,
    groupsOf: ({ lost }) =>
      windows
        .map((window) => lost.filter((index) => windowOf.get(index) === window))
        .filter((group) => group.length > 0),
    storage: storageOf(story),
    clockTrouble: windowOf.size > 0 && !known ? trouble : null,
  };
}
