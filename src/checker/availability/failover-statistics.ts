import type { FailoverStatistics, FailoverTrials, Proportion } from '../../model/report.ts';
import { quantileEstimate, upperBound } from './binomial.ts';

const confidence = 0.95;

/**
 * What the fail-overs of one run, or of several together, prove. Trials add up: the order in which they
 * come does not matter. Null for fewer than two fail-overs.
 */
export function failoverStatistics(trials: readonly FailoverTrials[]): FailoverStatistics | null {
  const failovers = sum(trials.map((trial) => trial.failovers));
  if (failovers < 2) return null;
  const outagesMs = trials.flatMap((trial) => trial.outagesMs);
  return {
    confidence,
    failovers,
    red: proportion(trials.map(({ red }) => red)),
    lossy: proportion(trials.map(({ lossy }) => lossy)),
    outageMs: {
      p50: quantileEstimate(outagesMs, 0.5, confidence),
      p95: quantileEstimate(outagesMs, 0.95, confidence),
      max: outagesMs.length === 0 ? null : Math.max(...outagesMs),
    },
  };
}

function proportion(parts: readonly FailoverTrials['red'][]): Proportion {
  const count = sum(parts.map((part) => part.count));
  const of = sum(parts.map((part) => part.of));
  return { count, of, upper: upperBound(count, of, confidence) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
