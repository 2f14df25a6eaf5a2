import { describe, type History, isAcknowledged, type OpIndex } from '../history.ts';
import type { RunStory } from '../run-story.ts';
import { type Storage, storageOf } from '../structure/storage.ts';
import type { KeyAccount } from './accounting.ts';
import type { DeadBranch } from './dead-branch.ts';
import { acknowledgedBy, clockErrorUs, inWindow, type LossWindow } from './loss-window.ts';

/** A bound on the clocks' error over this makes what depends on it undecided, µs (docs/design/contract.md). */
const maxClockErrorUs = 5000;

/** Every lost acknowledged operation, told apart by whether a fault's window allows it. */
export interface Losses {
  readonly windows: readonly LossWindow[];
  readonly allowed: ReadonlySet<OpIndex>;
  readonly forbidden: readonly OpIndex[];
  /** Which replica had a forbidden one all the same; null where it was in no window. */
  copiedBy(index: OpIndex): string | null;
  /** The allowed ones of one key, a group for each window: each must fit one dead branch. */
  branchesOf(account: KeyAccount): readonly DeadBranch[];
  /** Lost in a window, but nobody looked at how far the replicas were: one line each. */
  readonly unlooked: readonly string[];
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
  const copies = new Map<OpIndex, string>();
  const unlooked: string[] = [];
  for (const { lost } of accounts) {
    for (const index of lost) {
      const window = windows.find((candidate) =>
        inWindow(candidate, story.history, index, errorUs ?? 0),
      );
      const copied = window?.copiedAt((story.history.endUs[index] ?? 0) + (errorUs ?? 0));
      if (copied?.copied === 'yes') copies.set(index, copied.by);
      if (copied?.copied === 'unknown') {
        unlooked.push(
          `${describe(story.history, index)} and is missing; how far its replicas were then was not recorded`,
        );
      }
      if (window && !copies.has(index)) windowOf.set(index, window);
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
    copiedBy: (index) => copies.get(index) ?? null,
    branchesOf: (account) =>
      windows
        .map((window) => ({
          lost: account.lost.filter((index) => windowOf.get(index) === window),
          kept: lastKept(story.history, account, window),
        }))
        .filter(({ lost }) => lost.length > 0),
    unlooked,
    storage: storageOf(story),
    clockTrouble: windowOf.size > 0 && !known ? trouble : null,
  };
}

/** The place after the last entry of a ledger that a window's victim itself acknowledged before its end. */
function lastKept(history: History, { ledger }: KeyAccount, { node, toUs }: LossWindow): number {
  const isKept = (entry: number) =>
    isAcknowledged(history, entry) &&
    acknowledgedBy(history, entry) === node &&
    (history.endUs[entry] ?? toUs) <= toUs;
  return 1 + (ledger?.entries.findLastIndex(isKept) ?? -1);
}
