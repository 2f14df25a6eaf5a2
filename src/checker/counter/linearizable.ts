import { describe, type History, outcomeCodes } from '../history.ts';
import { checkBranch, checkFillers, type DeadBranch, type Gap } from './dead-branch.ts';
import { illegal, type Legality, legal } from './legality.ts';

/** One key's evidence for the counter model. Times are closed intervals on one clock. */
export interface CounterHistory {
  readonly key: string;
  /** The counter's value before the first ledger entry. */
  readonly base: number;
  readonly history: History;
  /** The key's operations, sorted by start. */
  readonly members: Uint32Array;
  /** In the order in which the final owner applied them; negative: of no operation of this key. */
  readonly ledger: Int32Array;
  /** The op id of a ledger entry. */
  idOf(entry: number): string;
  /**
   * Acknowledged operations that the ledger lacks, one group for each promotion or restart that may
   * have dropped them: each group must fit one dead branch.
   */
  readonly deadBranches: readonly DeadBranch[];
  /** So many increments at most are of nobody in the history: others may have hit the page. */
  readonly strangers?: number;
}

/**
 * Decides the counter model in O(n log n). The ledger fixes the order of the survivors, so there is
 * nothing to search: (a) the entry at place p must have been acknowledged with base + p + 1, and a
 * later entry may not have ended before an earlier one started; (c) each dead branch forks from a
 * prefix of the ledger, its acknowledged values fix its places, and the places between are filled by
 * operations whose fate is unknown. An operation without an acknowledgement may be applied at any
 * time after its start, so its interval has no end.
 */
export function checkCounter(counter: CounterHistory): Legality {
  const present = new Uint8Array(counter.history.size);
  const line = checkLine(counter, present);
  if (!line.legal) return line;
  const gaps: Gap[] = [];
  for (const dead of counter.deadBranches) {
    const branch = checkBranch(counter, dead);
    if (!branch.legality.legal) return branch.legality;
    gaps.push(...branch.gaps);
  }
  return gaps.length === 0 ? legal : checkFillers(counter, present, gaps);
}

/** (a): values by place, and real-time order along the ledger. Marks what is in the ledger. */
function checkLine(counter: CounterHistory, present: Uint8Array): Legality {
  const { history, ledger, base } = counter;
  const { outcome, value, startUs, endUs } = history;
  const foreign = new Set<number>();
  for (let place = 0; place < ledger.length; place++) {
    const entry = ledger[place] ?? 0;
    if (entry < 0 ? foreign.has(entry) : present[entry] === 1) {
      return illegal(`${counter.idOf(entry)} is in the ledger of ${counter.key} more than once`);
    }
    if (entry < 0) {
      foreign.add(entry);
      continue;
    }
    present[entry] = 1;
    if (outcome[entry] === outcomeCodes.rejected) {
      return illegal(
        `${describe(history, entry)}, and yet it is in the ledger at place ${place + 1}`,
      );
    }
    const right = base + place + 1;
    if (outcome[entry] === outcomeCodes.ok && value[entry] !== right) {
      return illegal(
        `${describe(history, entry)}, but its place in the ledger makes it ${right}`,
        `the counter was ${base} before, and ${place} increments came before it`,
      );
    }
  }
  // From the back: the earliest end of all later places against each start.
  let earliest = -1;
  let earliestUs = Number.POSITIVE_INFINITY;
  for (let place = ledger.length - 1; place >= 0; place--) {
    const entry = ledger[place] ?? 0;
    if (entry < 0) continue;
    if (earliestUs < (startUs[entry] ?? 0)) {
      return illegal(
        `${describe(history, entry)} comes before ${describe(history, earliest)} in the ledger`,
        `but the second had ended before the first started`,
      );
    }
    const us = endUs[entry] ?? 0;
    if (outcome[entry] === outcomeCodes.ok && us < earliestUs) {
      earliest = entry;
      earliestUs = us;
    }
  }
  return legal;
}
