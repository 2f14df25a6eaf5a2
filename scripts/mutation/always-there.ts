/**
 * Columns are indexed by what they were made of, so the value is there; the compiler does not know that,
 * and `?? 0` tells it. Which number stands there makes no difference. By file: why the value is there,
 * and each line with its places (1: the line's first 0).
 */
export const alwaysThere: Readonly<Record<string, Lines>> = {
  accounting: {
    why: '`index` counts the history’s operations and `code` its keys, so the columns have both',
    lines: [
      ['const code = key[index] ?? 0;', 1],
      ['counts[code] = (counts[code] ?? 0) + 1;', 1],
      ['const lists = keys.map((_, code) => new Uint32Array(counts[code] ?? 0));', 1],
      ['const place = counts[code] ?? 0;', 1],
      ['times[entry] = Math.min(2, (times[entry] ?? 0) + 1);', 1],
      ['const found = times[ids.repeated > 0 ? ids.find(ids.idOf(index)) : index] ?? 0;', 2],
    ],
  },
  ascending: {
    why: 'every index is one of `values` or a digit below the number of places; of no values `null` is returned whatever `least` is',
    lines: [
      ['let least = values[0] ?? 0;', 2],
      ['if (!whole) return order.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));', 1, 2],
      [
        'const digitOf = (index: number) => Math.floor(((values[index] ?? 0) - least) / unit) % digit;',
        1,
      ],
      ['places[at] = (places[at] ?? 0) + 1;', 1],
      ['const count = places[at] ?? 0;', 1],
      ['const place = places[at] ?? 0;', 1],
    ],
  },
  continuity: {
    why: 'both are places of operations in the history',
    lines: [['(history.value[earlier] ?? 0) - (history.value[operation] ?? 0);', 1, 2]],
  },
  'dead-branch': {
    why: 'places, bounds and columns are all indexed by what they were made of; without a lost one there is nothing to place',
    lines: [
      ['(entry) => entry >= 0 && (history.startUs[entry] ?? 0) > earliestEndUs,', 2],
      ['let next = Math.min(placed[0]?.place ?? 0, longest);', 2],
      ['const boundUs = bounds[at] ?? 0;', 1],
      ['if (last !== undefined && (history.startUs[last] ?? 0) <= boundUs) continue;', 1],
      ['const bounds = line.map(({ index }) => history.endUs[index] ?? 0);', 1],
      ['bounds[at] = Math.min(bounds[at] ?? 0, bounds[at + 1] ?? 0);', 1, 2],
      ['if (earliestUs < (history.startUs[index] ?? 0)) {', 1],
      ['const endUs = history.endUs[index] ?? 0;', 1],
    ],
  },
  'failover-statistics': {
    why: 'a lost write is an operation of the history',
    lines: [['const endUs = history.endUs[index] ?? 0;', 1]],
  },
  gaps: {
    why: '`heads` has a number for every key',
    lines: [
      ['const us = ends[key]?.[heads[key] ?? 0] ?? Number.POSITIVE_INFINITY;', 1],
      ['heads[next] = (heads[next] ?? 0) + 1;', 1],
    ],
  },
  history: {
    why: '`order` and `index` name operations of the history, which has each column for each',
    lines: [
      ['for (const index of order) result[to++] = column[index] ?? 0;', 1],
      ['const from = ((history.startUs[index] ?? 0) / 1e6).toFixed(3);', 1],
      ['const to = ((history.endUs[index] ?? 0) / 1e6).toFixed(3);', 1],
      ["const outcome = outcomeNames[history.outcome[index] ?? 0] ?? 'ok';", 1],
      ['const error = history.errors[history.error[index] ?? 0];', 1],
    ],
  },
  latencies: {
    why: '`index` counts the operations, and `place` is below the number of counts',
    lines: [
      ['const place = placeFor(latencyUs[index] ?? 0);', 1],
      ['if (place >= 0) counts[place] = (counts[place] ?? 0) + 1;', 2],
    ],
  },
  linearizable: {
    why: '`place` counts the ledger, and an entry that is not negative is an operation',
    lines: [
      ['const entry = ledger[place] ?? 0;', 1],
      ['if (earliestUs < (startUs[entry] ?? 0)) {', 1],
      ['const us = endUs[entry] ?? 0;', 1],
    ],
  },
  load: {
    why: '`index` counts the history’s operations',
    lines: [['const error = history.errors[history.error[index] ?? 0];', 1]],
  },
  'load-counts': {
    why: '`index` counts the history’s operations',
    lines: [
      ['if (isVictim[history.key[index] ?? 0]) victims++;', 1],
      ['if (outcome[index] === outcomeCodes.ok && (endUs[index] ?? 0) <= toUs) count++;', 1],
    ],
  },
  'loss-window': {
    why: 'a lost write is an operation of the history',
    lines: [
      ["const node = history.nodes[history.node[index] ?? 0]?.split('@')[0];", 1],
      ['(history.endUs[index] ?? 0) >= window.fromUs - clockErrorUs &&', 1],
      ['(history.startUs[index] ?? 0) <= window.toUs + clockErrorUs', 1],
    ],
  },
  'op-ids': {
    why: 'four words for each id, and a place is masked to the table’s size',
    lines: [
      ['result[to++] = words[from] ?? 0;', 1],
      ['result[to++] = words[from + 1] ?? 0;', 1],
      ['result[to++] = words[from + 2] ?? 0;', 1],
      ['result[to++] = words[from + 3] ?? 0;', 1],
      ['for (let entry = places[place] ?? 0; entry !== 0; entry = places[place] ?? 0) {', 1, 3],
      ['const first = words[at] ?? 0;', 1],
      ['const second = words[at + 1] ?? 0;', 1],
      ['const place = probe(first, second, words[at + 2] ?? 0, words[at + 3] ?? 0);', 1, 2],
      ["? (texts[words[at + 1] ?? 0] ?? '')", 1],
      [
        'const place = probe(wanted[0] ?? 0, wanted[1] ?? 0, wanted[2] ?? 0, wanted[3] ?? 0);',
        2,
        3,
        4,
        5,
      ],
      ['return (places[place] ?? 0) - 1;', 1],
      ['into[at >> 2] = (into[at >> 2] ?? 0) | (code << ((at & 3) * 8));', 1],
    ],
  },
  'recovery-mode': {
    why: 'a lost write is an operation of the history',
    lines: [['const before = (index: OpIndex) => (endUs[index] ?? 0) <= fault.beginUs;', 1]],
  },
  'run-story': {
    why: '`index` counts the history’s operations',
    lines: [['if (counts(index)) times[at++] = endUs[index] ?? 0;', 1]],
  },
  stale: {
    why: 'the heap holds operations of the history, and is asked only for places that it has',
    lines: [
      ['(history.value[earlier] ?? 0) - (history.value[operation] ?? 0);', 1, 2],
      ['for (let next = pending.endedBefore(startUs[operation] ?? 0); next !== null; ) {', 1],
      ['if (highest === null || (value[next] ?? 0) > (value[highest] ?? 0)) highest = next;', 1, 2],
      ['next = pending.endedBefore(startUs[operation] ?? 0);', 1],
      ['if (highest !== null && (value[operation] ?? 0) <= (value[highest] ?? 0)) {', 1, 2],
      ['const endOf = (place: number) => endUs[heap[place] ?? 0] ?? 0;', 1, 2],
      ['const kept = heap[a] ?? 0;', 1],
      ['heap[a] = heap[b] ?? 0;', 1],
      ['const last = heap.pop() ?? 0;', 1],
    ],
  },
};

interface Lines {
  readonly why: string;
  readonly lines: readonly (readonly [code: string, ...places: number[]])[];
}
