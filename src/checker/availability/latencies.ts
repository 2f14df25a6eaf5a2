import type { OperationTotals } from '../../model/report.ts';
import { type History, outcomeCodes } from '../history.ts';

const half = 65_536;

/**
 * Of acknowledged requests, counted from when the schedule wanted them to start: a late start is
 * waiting too (no coordinated omission). Exact nearest-rank percentiles, found by counting the upper
 * and then the lower 16 bits, without a sorted copy of the column.
 */
export function latenciesOf(history: History): OperationTotals['latencyUs'] {
  const byUpper = countBy(history, (us) => us >>> 16);
  const total = byUpper.reduce((sum, count) => sum + count, 0);
  const at = (share: number) => {
    const rank = Math.ceil(share * total);
    return rank === 0 ? null : atRank(history, byUpper, rank);
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** The value of this rank, counted from 1. */
function atRank(history: History, byUpper: Float64Array, rank: number): number {
  const upper = placeOf(byUpper, rank);
  const byLower = countBy(history, (us) => (us >>> 16 === upper.at ? us % half : -1));
  return upper.at * half + placeOf(byLower, rank - upper.before).at;
}

/** Where the running sum reaches the rank, and what it was before that. */
function placeOf(counts: Float64Array, rank: number): { at: number; before: number } {
  let before = 0;
  for (const [at, count] of counts.entries()) {
    if (before + count >= rank) return { at, before };
    before += count;
  }
  throw new RangeError(`there is no rank ${rank} in ${before} values`);
}

function countBy(history: History, placeFor: (us: number) => number): Float64Array {
  const { size, outcome, latencyUs } = history;
  const counts = new Float64Array(half);
  for (let index = 0; index < size; index++) {
    if (outcome[index] !== outcomeCodes.ok) continue;
    const place = placeFor(latencyUs[index] ?? 0);
    if (place >= 0) counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}
