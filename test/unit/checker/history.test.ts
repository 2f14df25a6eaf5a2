import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ascendingOrder, firstFrom } from '../../../src/checker/counter/ascending.ts';
import { openLedgers } from '../../../src/checker/counter/ledgers.ts';
import { staleReads } from '../../../src/checker/counter/stale.ts';
import { describe as describeOperation, historyOf } from '../../../src/checker/history.ts';
import type { Operation } from '../../../src/model/operation.ts';

const operation = (change: Partial<Operation> = {}): Operation => ({
  id: 'a',
  key: 'hits',
  worker: 0,
  intendedUs: 0,
  startUs: 0,
  endUs: 1,
  outcome: 'ok',
  value: 1,
  error: null,
  node: null,
  ...change,
});

describe('ascendingOrder', () => {
  const times = fc.array(
    fc.oneof(fc.nat(20), fc.nat(2 ** 31), fc.maxSafeInteger(), fc.double({ noNaN: true })),
    { maxLength: 60 },
  );
  test('sorts as a stable comparison sort does', () => {
    fc.assert(
      fc.property(times, (values) => {
        const wanted = values
          .map((value, index) => ({ value, index }))
          .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : a.index - b.index))
          .map(({ index }) => index);
        const order = ascendingOrder(Float64Array.from(values));
        expect([...(order ?? values.map((_, index) => index))]).toEqual(wanted);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test('firstFrom finds what a walk finds', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9)), fc.integer({ min: -1, max: 10 }), (values, bound) => {
        const sorted = Float64Array.from(values).sort();
        const walk = (passes: (value: number) => boolean) => {
          const at = sorted.findIndex(passes);
          return at < 0 ? sorted.length : at;
        };
        expect(firstFrom(sorted, bound)).toBe(walk((value) => value >= bound));
        expect(firstFrom(sorted, bound, true)).toBe(walk((value) => value > bound));
      }),
      { numRuns: 500, seed: 2 },
    );
  });
});

describe('the history in columns', () => {
  test('finds every op id again, also long, empty, repeated and foreign ones', () => {
    const ids = fc.array(
      fc.oneof(
        fc.string({ maxLength: 20 }),
        fc.string({ unit: 'grapheme', maxLength: 10 }),
        fc.constantFrom('', 'a', 'a\0', '0123456789abcdef', '0123456789abcdefg', '\u007f', 'é'),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(ids, fc.array(fc.nat(5), { minLength: 40 }), (names, starts) => {
        const operations = names.map((id, index) =>
          operation({ id, startUs: starts[index] ?? 0, endUs: 9 }),
        );
        const sorted = operations.toSorted((a, b) => a.startUs - b.startUs);
        const { ids: found, size } = historyOf(operations);
        expect(size).toBe(operations.length);
        expect(sorted.map((_, index) => found.idOf(index))).toEqual(sorted.map(({ id }) => id));
        for (const { id } of sorted) {
          expect(found.find(id)).toBe(sorted.findIndex((other) => other.id === id));
        }
        expect(found.repeated).toBe(names.length - new Set(names).size);
        expect(found.find('nobody has this')).toBe(-1);
      }),
      { numRuns: 500, seed: 3 },
    );
  });

  test('keeps every column beside its operation when it sorts and grows', () => {
    const operations = Array.from({ length: 3000 }, (_, index) =>
      operation({
        id: `o${index}`,
        key: `k${index % 7}`,
        startUs: 3000 - index,
        intendedUs: 2990 - index,
        endUs: 4000 + index,
        outcome: (['ok', 'rejected', 'indeterminate'] as const)[index % 3] ?? 'ok',
        value: index % 3 === 0 ? index : null,
        error: index % 3 === 0 ? null : `e${index % 5}`,
        node: index % 2 === 0 ? null : `n${index % 4}@x`,
      }),
    );
    const history = historyOf(operations);
    for (const [index, { id, ...wanted }] of operations.toReversed().entries()) {
      expect(history.ids.idOf(index)).toBe(id);
      expect({
        startUs: history.startUs[index],
        endUs: history.endUs[index],
        value: Number.isNaN(history.value[index]) ? null : history.value[index],
        key: history.keys[history.key[index] ?? 0],
        node: history.nodes[history.node[index] ?? 0],
        error: history.errors[history.error[index] ?? 0],
        outcome: (['ok', 'rejected', 'indeterminate'] as const)[history.outcome[index] ?? 0],
        latencyUs: history.latencyUs[index],
      }).toEqual({
        startUs: wanted.startUs,
        endUs: wanted.endUs,
        value: wanted.value,
        key: wanted.key,
        node: wanted.node,
        error: wanted.error,
        outcome: wanted.outcome,
        latencyUs: wanted.endUs - wanted.intendedUs,
      });
    }
    expect(describeOperation(history, 0)).toBe('o2999 (0.000-0.007 s) was indeterminate (e4)');
  });

  test('refuses more names than it can tell apart', () => {
    const operations = Array.from({ length: 65_537 }, (_, index) =>
      operation({ key: `k${index}` }),
    );
    expect(() => historyOf(operations)).toThrow(/65536 keys/);
  });
});

describe('the ledgers', () => {
  const slice = (offset: number, entries: readonly string[], last: boolean, owner = 'n@x') =>
    ({ kind: 'ledger', key: 'hits', owner, offset, entries, last }) as const;
  const history = historyOf([operation({ id: 'a' }), operation({ id: 'b', key: 'other' })]);
  const read = (...slices: ReturnType<typeof slice>[]) => {
    const ledgers = openLedgers(history);
    for (const event of slices) ledgers.add(event);
    const entries = ledgers.entriesOf('hits');
    return entries && [...entries].map((entry) => (entry < 0 ? '?' : '') + ledgers.idOf(entry));
  };
  test('an entry of another key or of nobody is foreign', () => {
    expect(read(slice(0, ['a', 'b', 'c', 'c'], true))).toEqual(['a', '?b', '?c', '?c']);
  });
  test('slices join; a hole, another owner or a missing end leave nothing', () => {
    expect(read(slice(0, ['a'], false), slice(1, ['c'], true))).toEqual(['a', '?c']);
    expect(read(slice(0, ['a'], false), slice(2, ['c'], true))).toBeNull();
    expect(read(slice(0, ['a'], false), slice(1, ['c'], true, 'm@x'))).toBeNull();
    expect(read(slice(0, ['a'], false))).toBeNull();
    expect(read(slice(1, ['a'], true))).toBeNull();
    expect(read()).toBeNull();
  });
  test('the last reading counts, and what follows its end does not', () => {
    expect(read(slice(0, ['c', 'c'], true), slice(0, ['a'], true))).toEqual(['a']);
    expect(read(slice(0, ['a'], true), slice(1, ['c'], true))).toEqual(['a']);
    expect(read(slice(0, [], true))).toEqual([]);
  });
});

test('stale reads are those that a comparison of all pairs finds, the deepest first', () => {
  const entry = fc.record({ start: fc.nat(20), length: fc.nat(10), value: fc.nat(8) });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 25 }), fc.nat(4), (entries, most) => {
      const history = historyOf(
        entries.map(({ start, length, value }, index) =>
          operation({
            id: `o${index}`,
            startUs: start,
            endUs: start + length,
            outcome: value === 0 ? 'indeterminate' : 'ok',
            value: value === 0 ? null : value,
          }),
        ),
      );
      const all = Array.from({ length: history.size }, (_, index) => index);
      const numberOf = (index: number) => history.value[index] ?? Number.NaN;
      const depths = all.flatMap((operation) => {
        const before = all.filter(
          (other) => (history.endUs[other] ?? 0) < (history.startUs[operation] ?? 0),
        );
        const highest = Math.max(...before.map(numberOf).filter((value) => !Number.isNaN(value)));
        return numberOf(operation) <= highest ? [highest - numberOf(operation)] : [];
      });
      const stale = staleReads(history, Uint32Array.from(all));
      expect(stale.count).toBe(depths.length);
      const told = stale.deepest(most, () => false);
      expect(told.map((drop) => numberOf(drop.earlier) - numberOf(drop.operation))).toEqual(
        depths.sort((a, b) => b - a).slice(0, most),
      );
      expect(stale.deepest(most, () => true)).toEqual([]);
    }),
    { numRuns: 500, seed: 4 },
  );
});
