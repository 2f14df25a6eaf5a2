import { type History, type OpIndex, outcomeCodes } from '../history.ts';

/** An acknowledged value that an operation which had ended before it started had already reached. */
export interface Stale {
  readonly operation: OpIndex;
  readonly earlier: OpIndex;
}

/** All of them counted; the deepest of each allowed kind are found again by `deepest`. */
export interface StaleReads {
  readonly count: number;
  /** The deepest first, at most `most`, of those that `excused` does not take out. */
  deepest(most: number, excused: (stale: Stale) => boolean): readonly Stale[];
}

/**
 * Compares each acknowledged value with the highest that was acknowledged before it started. The
 * members are sorted by start; those not yet ended wait in a heap, so it takes O(n log k) for k
 * requests in flight at a time.
 */
export function staleReads(history: History, members: Uint32Array): StaleReads {
  let count = 0;
  each(history, members, () => count++);
  return {
    count,
    deepest(most, excused) {
      if (count === 0) return [];
      const kept: Stale[] = [];
      const depth = ({ operation, earlier }: Stale) =>
        (history.value[earlier] ?? 0) - (history.value[operation] ?? 0);
      each(history, members, (stale) => {
        if (excused(stale)) return;
        const least = kept.at(-1);
        if (kept.length === most && least && depth(stale) <= depth(least)) return;
        // Behind its equals: what came first stays first.
        const place = kept.findIndex((other) => depth(other) < depth(stale));
        kept.splice(place < 0 ? kept.length : place, 0, stale);
        if (kept.length > most) kept.pop();
      });
      return kept;
    },
  };
}

function each(history: History, members: Uint32Array, found: (stale: Stale) => void): void {
  const { startUs, value, outcome } = history;
  const pending = endHeap(history);
  let highest: OpIndex | null = null;
  for (const operation of members) {
    if (outcome[operation] !== outcomeCodes.ok || Number.isNaN(value[operation])) continue;
    for (let next = pending.endedBefore(startUs[operation] ?? 0); next !== null; ) {
      if (highest === null || (value[next] ?? 0) > (value[highest] ?? 0)) highest = next;
      next = pending.endedBefore(startUs[operation] ?? 0);
    }
    if (highest !== null && (value[operation] ?? 0) <= (value[highest] ?? 0)) {
      found({ operation, earlier: highest });
    }
    pending.push(operation);
  }
}

/** A binary heap of operations, the earliest end on top. */
function endHeap({ endUs }: History) {
  const heap: OpIndex[] = [];
  const endOf = (place: number) => endUs[heap[place] ?? 0] ?? 0;
  const swap = (a: number, b: number) => {
    const kept = heap[a] ?? 0;
    heap[a] = heap[b] ?? 0;
    heap[b] = kept;
  };
  return {
    push(operation: OpIndex): void {
      let place = heap.push(operation) - 1;
      for (
        let up = (place - 1) >> 1;
        place > 0 && endOf(place) < endOf(up);
        up = (place - 1) >> 1
      ) {
        swap(place, up);
        place = up;
      }
    },
    /** Takes out one that had ended before this moment; null when there is none. */
    endedBefore(us: number): OpIndex | null {
      const top = heap[0];
      if (top === undefined || endOf(0) >= us) return null;
      const last = heap.pop() ?? 0;
      if (heap.length === 0) return top;
      heap[0] = last;
      for (let place = 0; ; ) {
        const left = 2 * place + 1;
        let least = place;
        if (left < heap.length && endOf(left) < endOf(least)) least = left;
        if (left + 1 < heap.length && endOf(left + 1) < endOf(least)) least = left + 1;
        if (least === place) return top;
        swap(place, least);
        place = least;
      }
    },
  };
}
