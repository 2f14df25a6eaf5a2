import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  binomialCdf,
  quantileEstimate,
  upperBound,
} from '../../../src/checker/availability/binomial.ts';

describe('the exact binomial bound', () => {
  // Clopper and Pearson's limits; R: binom.test(k, n, alternative = "less")$conf.int[2].
  test.each([
    [0, 100, 0.95, 0.029513],
    [0, 1, 0.95, 0.95],
    [1, 10, 0.95, 0.394163],
    [5, 10, 0.95, 0.777559],
    [10, 10, 0.95, 1],
    [0, 0, 0.95, 1],
  ])('%i of %i at %f is %f', (hits, trials, confidence, bound) => {
    expect(upperBound(hits, trials, confidence)).toBeCloseTo(bound, 5);
  });

  test('is where so few hits would have had a chance of 1 - confidence', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(199), (trials, number) => {
        const hits = number % trials;
        const bound = upperBound(hits, trials, 0.95);
        expect(binomialCdf(hits, trials, bound)).toBeCloseTo(0.05, 6);
        expect(bound).toBeGreaterThan(hits / trials);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test('the distribution adds up to what counting all outcomes gives', () => {
    for (const [k, share] of [0.125, 0.5, 0.875, 1].entries()) {
      expect(binomialCdf(k, 3, 0.5)).toBeCloseTo(share, 12);
    }
    expect(binomialCdf(-1, 3, 0.5)).toBe(0);
    expect(binomialCdf(2, 3, 1)).toBe(0);
    expect(binomialCdf(0, 3, 0)).toBe(1);
    expect(binomialCdf(5000, 10_000, 0.5)).toBeCloseTo(0.504, 3);
  });
});

describe('a quantile and its interval', () => {
  const oneTo = (count: number) => Array.from({ length: count }, (_, index) => count - index);
  // Tables of order statistics: the median of 10 lies between the 2nd and the 9th with 97.9 %, of
  // 100 between the 40th and the 61st.
  test.each([
    [10, 0.5, { value: 5, low: 2, high: 9 }],
    [100, 0.5, { value: 50, low: 40, high: 61 }],
    [100, 0.95, { value: 95, low: 90, high: 100 }],
    [5, 0.5, { value: 3, low: null, high: null }],
    [20, 0.95, { value: 19, low: 17, high: null }],
  ])('of %i values at %f', (count, share, wanted) => {
    expect(quantileEstimate(oneTo(count), share, 0.95)).toEqual(wanted);
  });
  test('there is none without a value', () => {
    expect(quantileEstimate([], 0.5, 0.95)).toBeNull();
  });
});
