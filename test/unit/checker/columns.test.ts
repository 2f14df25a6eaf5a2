import { describe, expect, test } from 'vitest';
import { ascendingOrder, firstFrom } from '../../../src/checker/counter/ascending.ts';
import { openLedgers } from '../../../src/checker/counter/ledgers.ts';
import { collectOpIds } from '../../../src/checker/counter/op-ids.ts';
import {
  buildHistory,
  describe as describeOperation,
  historyOf,
  isAcknowledged,
} from '../../../src/checker/history.ts';
import type { Operation } from '../../../src/model/operation.ts';
import { request } from './small-story.ts';

/** The columns' edges that random histories of a few entries do not come by. */
describe('ascendingOrder', () => {
  const order = (...values: readonly number[]) => {
    const found = ascendingOrder(Float64Array.from(values));
    return found && [...found];
  };
  test('is none where nothing is to be done', () => {
    expect(order()).toBeNull();
    expect(order(5)).toBeNull();
    expect(order(-3, -3, 7)).toBeNull();
  });
  test('sorts what needs one, two and four passes, negative ones, too', () => {
    expect(order(3, 1, 2, 1)).toEqual([1, 3, 2, 0]);
    expect(order(65_536, 65_535, 0, 65_537)).toEqual([2, 1, 0, 3]);
    expect(order(5, -65_537, 2 ** 40, -1)).toEqual([1, 3, 0, 2]);
    expect(order(2 ** 52, 1, 2 ** 48 + 1, 2 ** 48)).toEqual([1, 3, 2, 0]);
    expect(order(10 + 65_536, 10)).toEqual([1, 0]);
  });
  test('sorts fractions and what is beyond whole numbers', () => {
    expect(order(1.5, 0.5, 1.25)).toEqual([1, 2, 0]);
    expect(order(2 ** 60, -(2 ** 60), 0)).toEqual([1, 2, 0]);
    expect(order(0.5, 0.25, 0.75, 0.25)).toEqual([1, 3, 0, 2]);
  });
  test('the first from a bound on, or above it', () => {
    const values = Float64Array.from([1, 3, 3, 5]);
    expect([0, 1, 2, 3, 5, 6].map((bound) => firstFrom(values, bound))).toEqual([0, 0, 1, 1, 3, 4]);
    expect([0, 1, 3, 5].map((bound) => firstFrom(values, bound, true))).toEqual([0, 1, 3, 4]);
    expect(firstFrom(new Float64Array(0), 1)).toBe(0);
  });
});

describe('the history', () => {
  test('has whole latencies from when a request was due, between none and 71 minutes', () => {
    const late = (change: Partial<Operation>) => historyOf([request(change)]).latencyUs[0];
    expect(late({ intendedUs: 0, startUs: 5, endUs: 10.4 })).toBe(10);
    expect(late({ intendedUs: 0, startUs: 5, endUs: 10.6 })).toBe(11);
    expect(late({ intendedUs: 20, startUs: 5, endUs: 10 })).toBe(0);
    expect(late({ intendedUs: 0, endUs: 2 ** 32 + 5 })).toBe(2 ** 32 - 1);
    expect(late({ intendedUs: 0, endUs: 2 ** 32 - 2 })).toBe(2 ** 32 - 2);
  });
  test('grows past what was expected, and shrinks to what came', () => {
    const builder = buildHistory(20);
    for (let index = 0; index < 45; index++) {
      builder.add(request({ id: `o${index}`, startUs: index, key: `k${index % 3}` }));
    }
    const history = builder.finish();
    expect(history.size).toBe(45);
    expect(history.startUs).toHaveLength(45);
    expect(history.keys).toEqual(['k0', 'k1', 'k2']);
    expect(history.ids.idOf(44)).toBe('o44');
    expect(history.ids.find('o44')).toBe(44);
    expect(historyOf([]).startUs).toHaveLength(0);
  });
  test('tells an operation by its time, and by its answer or its error', () => {
    const history = historyOf([
      request({ id: 'a', startUs: 1_234_567, endUs: 2_345_678, value: 17 }),
      request({ id: 'b', startUs: 3e6, outcome: 'rejected', value: null, error: 'CLUSTERDOWN' }),
      request({ id: 'c', startUs: 4e6, outcome: 'indeterminate', value: null, error: null }),
    ]);
    expect([0, 1, 2].map((index) => describeOperation(history, index))).toEqual([
      'a (1.235-2.346 s) got 17',
      'b (3.000-3.000 s) was rejected (CLUSTERDOWN)',
      'c (4.000-4.000 s) was indeterminate',
    ]);
    expect([0, 1, 2].map((index) => isAcknowledged(history, index))).toEqual([true, false, false]);
  });
  test('names exactly as many keys as it can tell apart', () => {
    const operations = Array.from({ length: 65_536 }, (_, index) => request({ key: `k${index}` }));
    expect(historyOf(operations).keys).toHaveLength(65_536);
  });
});

describe('op ids', () => {
  const collect = (...ids: readonly string[]) => {
    const collector = collectOpIds(1);
    for (const id of ids) collector.add(id);
    return collector.finish(null);
  };
  test('of one letter in each place are told apart', () => {
    const ids = Array.from({ length: 16 }, (_, place) => `${'a'.repeat(place)}b`.padEnd(16, 'a'));
    const found = collect(...ids);
    expect(ids.map((id) => found.find(id))).toEqual(ids.map((_, index) => index));
    expect(ids.map((_, index) => found.idOf(index))).toEqual(ids);
    expect(found.find('a'.repeat(16))).toBe(-1);
    expect(found.repeated).toBe(0);
  });
  test('are found in thousands', () => {
    const ids = Array.from({ length: 3000 }, (_, index) => index.toString(36));
    const found = collect(...ids, ...ids.slice(0, 7));
    expect(ids.filter((id, index) => found.find(id) !== index)).toEqual([]);
    expect(found.repeated).toBe(7);
    expect(Array.from({ length: 500 }, (_, index) => found.find(`x${index}`))).not.toContain(0);
  });
  test('that are kept as text are found, repeated and foreign ones, too', () => {
    const long = 'x'.repeat(17);
    const found = collect('~', '\u007f', long, 'é', long, '');
    expect(['~', '\u007f', long, 'é', ''].map((id) => found.find(id))).toEqual([0, 1, 2, 3, 5]);
    expect([0, 1, 2, 3, 4, 5].map((index) => found.idOf(index))).toEqual([
      '~',
      '\u007f',
      long,
      'é',
      long,
      '',
    ]);
    expect(found.repeated).toBe(1);
    expect([found.find('y'.repeat(17)), found.find('z')]).toEqual([-1, -1]);
  });
});

describe('ledgers', () => {
  const history = historyOf([request({ id: 'a' }), request({ id: 'b', startUs: 2, key: 'k0' })]);
  test('grow, and keep each reading apart', () => {
    const ledgers = openLedgers(history);
    const slice = (key: string, offset: number, entries: readonly string[], last: boolean) =>
      ledgers.add({ kind: 'ledger', key, owner: 'x', offset, entries, last });
    const many = Array.from({ length: 40 }, (_, index) => `f${index}`);
    slice('hits', 0, ['a', ...many], false);
    slice('k0', 0, ['b', 'a', 'f0'], true);
    slice('hits', 41, ['f0', 'b'], true);
    const entries = [...(ledgers.entriesOf('hits') ?? [])];
    expect(entries.map(ledgers.idOf)).toEqual(['a', ...many, 'f0', 'b']);
    expect(entries[0]).toBe(0);
    expect(entries[41]).toBe(entries[1]);
    expect(entries.at(-1)).toBeLessThan(0);
    const others = [...(ledgers.entriesOf('k0') ?? [])];
    expect(others.map(ledgers.idOf)).toEqual(['b', 'a', 'f0']);
    expect(others[0]).toBe(1);
    expect(others[2]).toBe(entries[1]);
    expect(ledgers.idOf(-99)).toBe('');
  });
});
