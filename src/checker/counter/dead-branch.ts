import { describe, type History, type OpIndex, outcomeCodes } from '../history.ts';
import { illegal, type Legality, legal } from './legality.ts';
import type { CounterHistory } from './linearizable.ts';

/** What one server acknowledged and the final counter lacks. */
export interface DeadBranch {
  readonly lost: readonly OpIndex[];
  /**
   * The place after the last entry of the ledger that the same server acknowledged before it went: what
   * it acknowledged is one counter, so nothing is missing before what is kept. 0: none is kept.
   */
  readonly kept: number;
}

/** Places of a dead branch that nobody acknowledged (0: none right before `next`), all filled by requests started by `boundUs`. */
export interface Gap {
  readonly boundUs: number;
  readonly count: number;
  /** The acknowledged operation right after it. */
  readonly next: OpIndex;
}

interface Placed {
  readonly index: OpIndex;
  /** Its place in the line, from 0, as its value names it. */
  readonly place: number;
}

/**
 * (c) of the counter model: a prefix of the ledger, which holds at least all that the same server
 * acknowledged and that is kept, then the lost ones at the places their values name.
 * The places between are left as gaps, to be filled by `checkFillers`.
 */
export function checkBranch(
  { history, base, ledger }: CounterHistory,
  { lost, kept }: DeadBranch,
): { readonly legality: Legality; readonly gaps: readonly Gap[] } {
  const placed = lost
    .map((index) => ({ index, place: (history.value[index] ?? Number.NaN) - base - 1 }))
    .sort((a, b) => a.place - b.place);
  const result = (...words: string[]) => ({ legality: illegal(...words), gaps: [] });
  const impossible = placed.find(({ place }) => !(place >= 0));
  if (impossible) {
    return result(`${describe(history, impossible.index)}, but the counter was ${base} before`);
  }
  for (const [at, { index, place }] of placed.entries()) {
    const next = placed[at + 1];
    if (next?.place !== place) continue;
    return result(
      `${describe(history, index)} and ${describe(history, next.index)} got the same number`,
      'both are missing from the final counter, and one fork of it gives a number once',
    );
  }
  const contradiction = outOfOrder(history, placed);
  if (contradiction) return result(...contradiction);
  const bounds = earliestFromTheBack(history, placed);
  const longest = longestPrefix(history, ledger, bounds[0] ?? Number.POSITIVE_INFINITY);
  const first = placed[0];
  if (first && (first.place < kept || longest < kept)) {
    const last = ledger[kept - 1] ?? 0;
    return result(
      `${describe(history, first.index)} and is missing, and ${describe(history, last)} from the same server and is kept`,
      'what one server acknowledged is one counter, and a fork of it loses its end only',
    );
  }
  return { legality: legal, gaps: gapsOf(placed, bounds, longest) };
}

/** How many of the ledger's first entries had all started before the dead branch's earliest end. */
function longestPrefix(history: History, ledger: Int32Array, earliestEndUs: number): number {
  const tooLate = ledger.findIndex(
    (entry) => entry >= 0 && (history.startUs[entry] ?? 0) > earliestEndUs,
  );
  return tooLate < 0 ? ledger.length : tooLate;
}

/** The longest prefix that real time allows needs the fewest fillers, and every shorter one more. */
function gapsOf(
  placed: readonly Placed[],
  bounds: readonly number[],
  longest: number,
): readonly Gap[] {
  let next = Math.min(placed[0]?.place ?? 0, longest);
  const gaps: Gap[] = [];
  for (const [at, { index, place }] of placed.entries()) {
    const boundUs = bounds[at] ?? 0;
    gaps.push({ boundUs, count: place - next, next: index });
    next = place + 1;
  }
  return gaps;
}

/**
 * Every gap needs its own operations of unknown fate, started before the earliest end of all later
 * acknowledged places of its branch. With one bound a place and open ends, taking the earliest starts
 * for the tightest bounds is optimal, over all branches at once: a request is applied at most once.
 */
export function checkFillers(
  { history, members, strangers = 0 }: CounterHistory,
  present: Uint8Array,
  gaps: readonly Gap[],
): Legality {
  // The members are sorted by start, and so are these.
  const spare = members.filter(
    (index) => history.outcome[index] === outcomeCodes.indeterminate && present[index] === 0,
  );
  let used = 0;
  let left = strangers;
  for (const { boundUs, count, next } of [...gaps].sort((a, b) => a.boundUs - b.boundUs)) {
    let open = count;
    while (
      open > 0 &&
      (history.startUs[spare[used] ?? -1] ?? Number.POSITIVE_INFINITY) <= boundUs
    ) {
      used++;
      open--;
    }
    // what no request of ours may have taken was somebody else's, as far as there were others
    left -= open;
    if (left >= 0) continue;
    return illegal(
      `${describe(history, next)}, but ${count} of the numbers right before it went to nobody`,
      `of ${spare.length} requests of unknown fate not enough had started in time to have taken them`,
    );
  }
  return legal;
}

/** For each operation the earliest end of itself and all later ones. */
function earliestFromTheBack(history: History, line: readonly Placed[]): readonly number[] {
  const bounds = line.map(({ index }) => history.endUs[index] ?? 0);
  for (let at = bounds.length - 2; at >= 0; at--) {
    bounds[at] = Math.min(bounds[at] ?? 0, bounds[at + 1] ?? 0);
  }
  return bounds;
}

/** Two of a line whose later one had ended before the earlier one started; null when there are none. */
function outOfOrder(history: History, line: readonly Placed[]): readonly string[] | null {
  let earliest = -1;
  let earliestUs = Number.POSITIVE_INFINITY;
  for (const { index } of [...line].reverse()) {
    if (earliestUs < (history.startUs[index] ?? 0)) {
      return [
        `${describe(history, index)}, and ${describe(history, earliest)}`,
        'the greater number was acknowledged before the smaller one was asked for',
      ];
    }
    const endUs = history.endUs[index] ?? 0;
    if (endUs < earliestUs) {
      earliest = index;
      earliestUs = endUs;
    }
  }
  return null;
}
