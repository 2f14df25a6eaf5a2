import { failoverStatistics } from '../../checker/availability/failover-statistics.ts';
import type { FailoverStatistics, OperationTotals, Report } from '../../model/report.ts';
import type { Verdict } from '../../model/verdict.ts';
import { worst } from '../compare/compare.ts';

/** The reports of a matrix folded to one: merged.json of `merge`. */
export interface MergedReport {
  readonly schemaVersion: 1;
  readonly verdict: Verdict;
  /** Of the runs that did not pass, one line each and reason, worst first. */
  readonly reasons: readonly string[];
  readonly runs: readonly MergedRun[];
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Sums over all runs. */
  readonly operations: Pick<
    OperationTotals,
    'attempted' | 'ok' | 'rejected' | 'indeterminate' | 'lost' | 'phantom' | 'duplicate' | 'stale'
  >;
  /** Over the fail-overs of all runs; null for fewer than two. */
  readonly statistics: FailoverStatistics | null;
}

/** One run in a line. */
export interface MergedRun {
  readonly id: string;
  readonly seed: number;
  readonly startedAt: string;
  readonly verdict: Verdict;
  readonly provider: string;
  readonly redis: string;
  readonly fault: string;
  readonly longestOutageMs: number | null;
  readonly lost: number;
  readonly reason: string | null;
}

/** By what a reader looks for first: what went wrong, then by set-up and seed. */
const rank: Readonly<Record<Verdict, number>> = { error: 0, fail: 1, inconclusive: 2, pass: 3 };

/**
 * Folds reports in any order to the same value. The same run given twice counts once: artifacts of a
 * matrix are easily unpacked into two folders.
 */
export function mergeReports(reports: readonly Report[]): MergedReport {
  const distinct = [...new Map(reports.map((report) => [report.run.id, report])).values()];
  const sorted = distinct.sort(
    (a, b) =>
      rank[a.verdict] - rank[b.verdict] ||
      a.environment.redis.localeCompare(b.environment.redis, 'en', { numeric: true }) ||
      a.run.seed - b.run.seed ||
      a.run.id.localeCompare(b.run.id),
  );
  const sum = (of: keyof MergedReport['operations']) =>
    sorted.reduce((total, { operations }) => total + operations[of], 0);
  const count = (verdict: Verdict) => sorted.filter((report) => report.verdict === verdict).length;
  return {
    schemaVersion: 1,
    verdict: worst(sorted.map(({ verdict }) => verdict)),
    reasons: sorted
      .filter(({ verdict }) => verdict !== 'pass')
      .flatMap(({ run, verdict, reasons }) =>
        reasons.map((reason) => `${verdict}, seed ${run.seed} (${run.id}): ${reason}`),
      ),
    runs: sorted.map(runOf),
    counts: {
      pass: count('pass'),
      fail: count('fail'),
      inconclusive: count('inconclusive'),
      error: count('error'),
    },
    operations: {
      attempted: sum('attempted'),
      ok: sum('ok'),
      rejected: sum('rejected'),
      indeterminate: sum('indeterminate'),
      lost: sum('lost'),
      phantom: sum('phantom'),
      duplicate: sum('duplicate'),
      stale: sum('stale'),
    },
    // a report of an older version has no trials: its fail-overs are not counted, and its verdict is
    statistics: failoverStatistics(sorted.flatMap(({ trials }) => trials ?? [])),
  };
}

function runOf({ run, verdict, environment, plan, operations, reasons }: Report): MergedRun {
  return {
    id: run.id,
    seed: run.seed,
    startedAt: run.startedAt,
    verdict,
    provider: environment.provider,
    redis: environment.redis,
    fault: plan.faults.name,
    longestOutageMs: operations.longestOutageMs,
    lost: operations.lost,
    reason: reasons[0] ?? null,
  };
}
