import { firstFrom } from '../counter/ascending.ts';

/**
 * The times between one acknowledged write and the next, over several keys together, each key's ends
 * ascending. `visit` gets every gap that ends in (fromUs, toUs]; before the first write of all the gap
 * begins at `startUs`. Nothing is merged in memory: it walks all keys side by side.
 */
export function eachGap(
  ends: readonly Float64Array[],
  { fromUs, toUs, startUs }: { fromUs: number; toUs: number; startUs: number },
  visit: (previousUs: number, endUs: number) => void,
): void {
  const heads = ends.map((times) => firstFrom(times, fromUs, true));
  let previousUs = startUs;
  for (const [key, head] of heads.entries()) {
    previousUs = Math.max(previousUs, ends[key]?.[head - 1] ?? startUs);
  }
  for (;;) {
    let nextUs = Number.POSITIVE_INFINITY;
    let next = -1;
    for (let key = 0; key < heads.length; key++) {
      const us = ends[key]?.[heads[key] ?? 0] ?? Number.POSITIVE_INFINITY;
      if (us < nextUs) {
        nextUs = us;
        next = key;
      }
    }
    if (next < 0 || nextUs > toUs) return;
    heads[next] = (heads[next] ?? 0) + 1;
    visit(previousUs, nextUs);
    previousUs = nextUs;
  }
}
