import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../src/model/operation.ts';
import { decide } from './small-history.ts';
import { request } from './small-story.ts';

/** The words of the smallest contradiction; times in seconds. */
const op = (id: string, startS: number, endS: number, value: number | null): Operation =>
  request({
    id,
    startUs: startS * 1e6,
    endUs: endS * 1e6,
    value,
    ...(value === null ? { outcome: 'indeterminate', error: 'timeout' } : {}),
  });
const rejected = (id: string, startS: number, endS: number): Operation => ({
  ...op(id, startS, endS, null),
  outcome: 'rejected',
  error: null,
});
const words = (
  operations: readonly Operation[],
  ledger: readonly string[],
  deadBranches: readonly (readonly Operation[])[] = [],
  base = 0,
): readonly string[] => {
  const result = decide({ key: 'hits', base, ledger, operations, deadBranches });
  return result.legal ? [] : result.counterexample;
};

describe('the ledger’s line', () => {
  test('an entry stands in it once, whoever left it', () => {
    expect(words([op('a', 0, 1, 1)], ['a', 'a'])).toEqual([
      'a is in the ledger of hits more than once',
    ]);
    expect(words([], ['x', 'y', 'x'])).toEqual(['x is in the ledger of hits more than once']);
    expect(words([op('a', 0, 1, 2)], ['x', 'a'])).toEqual([]);
  });
  test('what was rejected is not in it', () => {
    expect(words([op('a', 0, 1, 1), rejected('r', 2, 3)], ['a', 'r'])).toEqual([
      'r (2.000-3.000 s) was rejected, and yet it is in the ledger at place 2',
    ]);
  });
  test('every number is its place after what was there before', () => {
    const operations = [op('a', 0, 1, 6), op('b', 2, 3, 8)];
    expect(words(operations, ['a', 'b'], [], 5)).toEqual([
      'b (2.000-3.000 s) got 8, but its place in the ledger makes it 7',
      'the counter was 5 before, and 1 increments came before it',
    ]);
    expect(words(operations.slice(0, 1), ['a'], [], 5)).toEqual([]);
  });
  test('nobody is after who started later than it ended', () => {
    expect(words([op('a', 4, 5, 1), op('b', 0, 3.9, 2)], ['a', 'b'])).toEqual([
      'a (4.000-5.000 s) got 1 comes before b (0.000-3.900 s) got 2 in the ledger',
      'but the second had ended before the first started',
    ]);
    expect(words([op('a', 4, 5, 1), op('b', 0, 4, 2)], ['a', 'b'])).toEqual([]);
    // one of unknown fate has no end, and the earliest of several ends is what counts
    expect(words([op('a', 4, 5, 1), op('x', 0, 1, null)], ['a', 'x'])).toEqual([]);
    const three = [op('a', 4, 5, 1), op('b', 0, 3, 2), op('c', 0, 9, 3)];
    expect(words(three, ['a', 'b', 'c'])[0]).toContain('a (4.000-5.000 s) got 1 comes before b');
    expect(words([...three.slice(0, 1), op('c', 0, 9, 3)], ['a', 'x', 'c'])).toEqual([]);
  });
});

describe('a dead branch', () => {
  const a = op('a', 0, 1, 1);
  test('begins above what the counter was before', () => {
    const low = op('l', 2, 3, 5);
    expect(words([low], [], [[low]], 5)).toEqual([
      'l (2.000-3.000 s) got 5, but the counter was 5 before',
    ]);
    expect(words([op('l', 2, 3, 6)], [], [[op('l', 2, 3, 6)]], 5)).toEqual([]);
    const silent = op('u', 2, 3, null);
    expect(words([silent], [], [[silent]])).toHaveLength(1);
  });
  test('gives each number once', () => {
    const [one, two] = [op('l', 2, 3, 2), op('m', 2, 4, 2)];
    expect(words([a, one, two], ['a'], [[one, two]])).toEqual([
      'l (2.000-3.000 s) got 2 and m (2.000-4.000 s) got 2 got the same number',
      'both are missing from the final counter, and one fork of it gives a number once',
    ]);
  });
  test('runs in real time, the nearest contradiction named', () => {
    const [late, soon] = [op('l', 5, 6, 2), op('m', 2, 4, 3)];
    expect(words([a, late, soon], ['a'], [[late, soon]])).toEqual([
      'l (5.000-6.000 s) got 2, and m (2.000-4.000 s) got 3',
      'the greater number was acknowledged before the smaller one was asked for',
    ]);
    const touching = op('m', 2, 5, 3);
    expect(words([a, late, touching], ['a'], [[late, touching]])).toEqual([]);
    const far = op('n', 2, 9, 4);
    expect(words([a, late, soon, far], ['a'], [[far, soon, late]])[0]).toContain(', and m (');
  });
  test('forks after a prefix that real time allows, its holes filled by unknown requests', () => {
    const lost = op('l', 2, 3, 3);
    const filler = (startS: number) => op('x', startS, 9, null);
    const told = [
      'l (2.000-3.000 s) got 3, but 1 of the numbers right before it went to nobody',
      'of 0 requests of unknown fate not enough had started in time to have taken them',
    ];
    expect(words([a, lost], ['a'], [[lost]])).toEqual(told);
    expect(words([a, lost, filler(3)], ['a'], [[lost]])).toEqual([]);
    expect(words([a, lost, filler(3.1)], ['a'], [[lost]])[1]).toContain('of 1 requests');
    // the unknown one that is in the ledger is spent
    expect(words([a, lost, op('x', 0, 9, null)], ['a', 'x'], [[lost]])).toEqual([]);
    const second = op('b', 4, 5, 2);
    expect(words([a, lost, second], ['a', 'b'], [[lost]])).toEqual(told);
    const overlapping = op('b', 3, 5, 2);
    expect(words([a, lost, overlapping], ['a', 'b'], [[lost]])).toEqual([]);
  });
  test('two branches share no filler, and the tighter one is served first', () => {
    const early = op('l', 2, 3, 3);
    const later = op('m', 2, 6, 3);
    const x = op('x', 1, 9, null);
    const y = (startS: number) => op('y', startS, 9, null);
    expect(words([a, early, later, x], ['a'], [[later], [early]])[0]).toContain(
      'm (2.000-6.000 s)',
    );
    expect(words([a, early, later, x, y(6)], ['a'], [[later], [early]])).toEqual([]);
    expect(words([a, early, later, x, y(6.1)], ['a'], [[later], [early]])).toHaveLength(2);
    // one hole of two numbers takes two, and a hole between two lost ones one
    const wide = op('w', 2, 3, 4);
    expect(words([a, wide, x], ['a'], [[wide]])[0]).toContain('2 of the numbers right before it');
    const pair = [op('p', 2, 3, 2), op('q', 2, 3, 4)];
    expect(words([a, ...pair], ['a'], [pair])[0]).toContain('q (2.000-3.000 s) got 4, but 1 of');
    expect(words([a, ...pair, x], ['a'], [pair])).toEqual([]);
  });
  test('a hole must be filled before the earliest end of all that follows it', () => {
    const [first, last] = [op('p', 2, 9, 3), op('q', 2, 4, 4)];
    const filler = (startS: number) => op('x', startS, 10, null);
    expect(words([a, first, last, filler(4)], ['a'], [[first, last]])).toEqual([]);
    expect(words([a, first, last, filler(5)], ['a'], [[first, last]])).toHaveLength(2);
  });
  test('a contradiction in a later branch is found, too', () => {
    const good = op('g', 2, 3, 2);
    const bad = op('l', 2, 3, 0);
    expect(words([a, good, bad], ['a'], [[good], [bad]])).toEqual([
      'l (2.000-3.000 s) got 0, but the counter was 0 before',
    ]);
  });
});
