/** Number of hash slots of a Redis Cluster (cluster-spec: CRC16 mod 16384). */
export const slotCount = 16384;

/** An inclusive range of slots. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Ranges from the words of a CLUSTER NODES line (`0-5460`, `7`). Migrating and importing ones
 * (`[93-<-ID]`) are left out: they name no owner.
 */
export function parseRanges(words: readonly string[]): readonly Range[] {
  return words
    .map((word) => /^(\d+)(?:-(\d+))?$/.exec(word))
    .filter((match) => match !== null)
    .map((match) => ({ from: Number(match[1]), to: Number(match[2] ?? match[1]) }))
    .sort((a, b) => a.from - b.from);
}

/** `0-5460, 7`; `no slots` for none. */
export function formatRanges(ranges: readonly Range[]): string {
  if (ranges.length === 0) return 'no slots';
  return ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}

export function contains(ranges: readonly Range[], slot: number): boolean {
  return ranges.some(({ from, to }) => from <= slot && slot <= to);
}

export function overlap(a: readonly Range[], b: readonly Range[]): readonly Range[] {
  const common: Range[] = [];
  for (const left of a) {
    for (const right of b) {
      const from = Math.max(left.from, right.from);
      const to = Math.min(left.to, right.to);
      if (from <= to) common.push({ from, to });
    }
  }
  return common;
}

/** The slots of 0..16383 that no range covers. */
export function uncovered(ranges: readonly Range[]): readonly Range[] {
  const holes: Range[] = [];
  let next = 0;
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    if (from > next) holes.push({ from: next, to: from - 1 });
    next = Math.max(next, to + 1);
  }
  if (next < slotCount) holes.push({ from: next, to: slotCount - 1 });
  return holes;
}

/** A shard goes by its slots, as CLUSTER NODES prints them: `0-5460`, `0-5460 7`. */
export function shardName(ranges: readonly Range[]): string {
  return ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(' ');
}

const known = new Map<string, readonly Range[]>();

/** The slots of a shard by its name; parsed once, because every request may ask. */
export function rangesOf(shard: string): readonly Range[] {
  const ranges = known.get(shard) ?? parseRanges(shard.split(' '));
  known.set(shard, ranges);
  return ranges;
}

export function sizeOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}
