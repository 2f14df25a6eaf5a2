import { UsageError } from '../../model/errors.ts';
import { type Comparison, compareReports, incomparable } from '../../report/compare/compare.ts';
import { readStoredReport, reportsBelow } from './stored-reports.ts';

/**
 * The report in `head` held against that in `base`, or against all in a folder of them.
 * @throws UsageError for what is no report, or for two that do not ask the same.
 */
export function compareFolders({
  base,
  head,
  thresholdPercent,
}: {
  readonly base: string;
  readonly head: string;
  readonly thresholdPercent: number;
}): Comparison {
  const bases = reportsBelow(base);
  const report = readStoredReport(head);
  for (const other of bases) {
    const why = incomparable(other, report);
    if (why === null) continue;
    throw new UsageError(
      `${base} and ${head} do not ask the same: ${why} (run ${other.run.id}); compare runs of one plan`,
    );
  }
  return compareReports(bases, report, thresholdPercent);
}
