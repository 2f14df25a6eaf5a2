/**
 * P(X <= k) of a binomial distribution with n trials of probability p: the terms are added up, each in
 * logarithms, so nothing under- or overflows.
 */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n || p <= 0) return 1;
  if (p >= 1) return 0;
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let hits = 1; hits <= k; hits++) {
    logTerm += Math.log((n - hits + 1) / hits) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}

/**
 * The exact one-sided upper bound on a probability when it happened `hits` times in `trials`
 * (C. J. Clopper, E. S. Pearson: The use of confidence or fiducial limits, Biometrika 26, 1934): the p
 * at which so few hits would have had only a chance of 1 - confidence. 0 of 100 at 0.95: 0.0295.
 */
export function upperBound(hits: number, trials: number, confidence: number): number {
  if (trials === 0 || hits >= trials) return 1;
  let low = hits / trials;
  let high = 1;
  // The chance falls as p grows; 60 halvings are below the precision of a double.
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (binomialCdf(hits, trials, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** A sample's quantile, and between which of its values the true one lies. */
export interface QuantileEstimate {
  readonly value: number;
  /** Null: the sample is too small to bound it on that side. */
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Nearest-rank quantile with its distribution-free interval (H. A. David, H. N. Nagaraja: Order
 * Statistics, 3rd ed., 7.1): the number of values below the true quantile is binomial(n, share), so
 * the l-th and u-th values enclose it with P(l <= X < u). Null without a value.
 */
export function quantileEstimate(
  values: readonly number[],
  share: number,
  confidence: number,
): QuantileEstimate | null {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  const value = sorted[Math.max(1, Math.ceil(share * count)) - 1];
  if (value === undefined) return null;
  const tail = (1 - confidence) / 2;
  let lower = 0;
  while (lower < count && binomialCdf(lower, count, share) <= tail) lower++;
  let upper = 1;
  while (upper <= count && binomialCdf(upper - 1, count, share) < 1 - tail) upper++;
  return {
    value,
    low: lower === 0 ? null : (sorted[lower - 1] ?? null),
    high: sorted[upper - 1] ?? null,
  };
}
