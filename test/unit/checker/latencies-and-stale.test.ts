import { describe, expect, test } from 'vitest';
import { binomialCdf, quantileEstimate } from '../../../src/checker/availability/binomial.ts';
import { latenciesOf } from '../../../src/checker/availability/latencies.ts';
import { staleReads } from '../../../src/checker/counter/stale.ts';
import { historyOf } from '../../../src/checker/history.ts';
import { request } from './small-story.ts';

describe('latencies', () => {
  const of = (...latencies: readonly number[]) =>
    latenciesOf(
      historyOf(
        latencies.map((us, index) => request({ id: `o${index}`, intendedUs: 0, endUs: us })),
      ),
    );
  test('are nearest-rank percentiles, also beyond 16 bits', () => {
    expect(of()).toEqual({ p50: null, p95: null, p99: null, max: null });
    expect(of(7)).toEqual({ p50: 7, p95: 7, p99: 7, max: 7 });
    expect(of(1, 2)).toMatchObject({ p50: 1, p95: 2 });
    const hundred = Array.from({ length: 100 }, (_, index) => (100 - index) * 1000);
    expect(of(...hundred)).toEqual({ p50: 50_000, p95: 95_000, p99: 99_000, max: 100_000 });
    expect(of(65_535, 65_536, 65_537, 131_072)).toEqual({
      p50: 65_536,
      p95: 131_072,
      p99: 131_072,
      max: 131_072,
    });
    expect(of(0, 0, 3)).toMatchObject({ p50: 0, max: 3 });
  });
  test('are of acknowledged requests only', () => {
    const rejected = request({ endUs: 9, outcome: 'rejected', value: null });
    expect(latenciesOf(historyOf([rejected])).max).toBeNull();
    expect(latenciesOf(historyOf([rejected, request({ id: 'b', endUs: 5 })])).max).toBe(5);
  });
});

describe('stale reads', () => {
  const stale = (
    ...entries: readonly (readonly [startUs: number, endUs: number, value: number])[]
  ) => {
    const history = historyOf(
      entries.map(([startUs, endUs, value], index) =>
        request({ id: `o${index}`, startUs, endUs, value }),
      ),
    );
    return staleReads(history, Uint32Array.from(entries.keys()));
  };
  test('name the highest before, the first of equal ones first', () => {
    const found = stale([0, 1, 5], [2, 3, 9], [4, 5, 4], [6, 7, 4], [8, 9, 9]);
    expect(found.count).toBe(3);
    expect(found.deepest(9, () => false)).toEqual([
      { operation: 2, earlier: 1 },
      { operation: 3, earlier: 1 },
      { operation: 4, earlier: 1 },
    ]);
    expect(found.deepest(1, () => false)).toEqual([{ operation: 2, earlier: 1 }]);
    expect(found.deepest(9, ({ operation }) => operation === 2)).toHaveLength(2);
  });
  test('are none while the earlier one may still be under way', () => {
    expect(stale([0, 2, 5], [2, 3, 4]).count).toBe(0);
    expect(stale([0, 1.9, 5], [2, 3, 4]).count).toBe(1);
    expect(stale([0, 1, 0], [2, 3, 0]).count).toBe(1);
    expect(stale().deepest(3, () => false)).toEqual([]);
  });
});

describe('the binomial distribution at its ends', () => {
  test('is certain or impossible', () => {
    expect([binomialCdf(3, 3, 0.5), binomialCdf(3, 3, 1), binomialCdf(4, 3, 1)]).toEqual([1, 1, 1]);
    expect([binomialCdf(0, 3, 0), binomialCdf(0, 3, 1), binomialCdf(-1, 0, 0)]).toEqual([1, 0, 0]);
    expect(binomialCdf(0, 2, 0.25)).toBeCloseTo(0.5625, 12);
    expect(binomialCdf(1, 2, 0.25)).toBeCloseTo(0.9375, 12);
  });
  test('bounds a quantile of few values on no side', () => {
    expect(quantileEstimate([7], 0.5, 0.95)).toEqual({ value: 7, low: null, high: null });
    expect(quantileEstimate([2, 1], 0, 0.95)).toEqual({ value: 1, low: null, high: 1 });
    expect(quantileEstimate([2, 1], 1, 0.95)).toMatchObject({ value: 2 });
  });
});
