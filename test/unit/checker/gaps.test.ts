import { describe, expect, test } from 'vitest';
import { eachGap } from '../../../src/checker/availability/gaps.ts';

describe('the times between acknowledged writes', () => {
  const gaps = (ends: readonly number[][], fromUs: number, toUs: number, startUs = 0) => {
    const found: [number, number][] = [];
    const columns = ends.map((times) => Float64Array.from(times));
    eachGap(columns, { fromUs, toUs, startUs }, (previousUs, endUs) =>
      found.push([previousUs, endUs]),
    );
    return found;
  };

  test.each<[name: string, ends: number[][], fromUs: number, toUs: number, wanted: number[][]]>([
    ['no key at all', [], 0, 9, []],
    ['a key without any', [[]], 0, 9, []],
    [
      'the first begins at the start',
      [[4, 6]],
      1,
      9,
      [
        [0, 4],
        [4, 6],
      ],
    ],
    ['a span begins after its first moment', [[4, 6]], 4, 9, [[4, 6]]],
    [
      'and ends with its last',
      [[4, 6, 7]],
      1,
      6,
      [
        [0, 4],
        [4, 6],
      ],
    ],
    ['one that ends after the span is not in it', [[4, 8]], 1, 7, [[0, 4]]],
    [
      'several keys are one line',
      [[2, 8], [5]],
      0,
      9,
      [
        [0, 2],
        [2, 5],
        [5, 8],
      ],
    ],
    [
      'the last before the span is the latest of all keys',
      [
        [2, 8],
        [3, 7],
      ],
      3,
      9,
      [
        [3, 7],
        [7, 8],
      ],
    ],
    [
      'two at one moment',
      [[5], [5]],
      0,
      9,
      [
        [0, 5],
        [5, 5],
      ],
    ],
  ])('%s', (_, ends, fromUs, toUs, wanted) => {
    expect(gaps(ends, fromUs, toUs)).toEqual(wanted);
  });

  test('nothing begins before the start', () => {
    expect(gaps([[4, 6]], 1, 9, 3)).toEqual([
      [3, 4],
      [4, 6],
    ]);
  });
});
