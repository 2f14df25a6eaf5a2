import { formatMs } from '../model/duration.ts';
import type { FailoverStatistics, OutageQuantile, Proportion } from '../model/report.ts';

/** What the fail-overs of a run prove together, for people. */
export function statisticsLines(statistics: FailoverStatistics): readonly string[] {
  const { confidence, failovers, red, lossy, outageMs } = statistics;
  const sure = `${Math.round(confidence * 100)} %`;
  const share = ({ count, of, upper }: Proportion) => {
    const undecided = of < failovers ? ` (${failovers - of} more undecided)` : '';
    return `${count} of ${of}${undecided}, so at most ${(upper * 100).toFixed(2)} % of all (${sure} sure)`;
  };
  return [
    `fail-overs with a red check: ${share(red)}`,
    `fail-overs that lost an acknowledged write: ${share(lossy)}`,
    `longest outage of a fail-over: median ${quantileText(outageMs.p50)}, 95th percentile ${quantileText(outageMs.p95)}, worst ${outageMs.max === null ? '–' : formatMs(outageMs.max)}`,
  ];
}

function quantileText(quantile: OutageQuantile | null): string {
  if (quantile === null) return '–';
  const { value, low, high } = quantile;
  const end = (ms: number | null) => (ms === null ? 'unknown' : formatMs(ms));
  return `${formatMs(value)} (${end(low)} to ${end(high)})`;
}
