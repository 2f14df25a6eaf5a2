import { resolve, sep } from 'node:path';
import { describeError, UsageError } from '../model/errors.ts';
import { exitCodes } from '../model/verdict.ts';
import { type MergedReport, mergeReports } from '../report/merge/merge.ts';
import { countsText, mergedMarkdown } from '../report/merge/merged-markdown.ts';
import { mergedPage } from '../report/merge/merged-page.ts';
import { statisticsLines } from '../report/statistics-lines.ts';
import { openReportFolder } from '../run/evidence/report-folder.ts';
import { reportsBelow } from '../run/evidence/stored-reports.ts';

/**
 * `merge REPORT_DIR…`: the reports of a matrix folded to one verdict, one page and one set of statistics,
 * in `reportDir`; the worst verdict decides the exit code.
 * @throws UsageError for a folder without a report, or a `reportDir` that holds somebody else's files.
 */
export function mergeCommand(invocation: {
  readonly reportDirs: readonly string[];
  readonly reportDir: string;
  readonly json: boolean;
}): number {
  const { reportDirs, reportDir, json } = invocation;
  refuseInputs(reportDirs, reportDir);
  const merged = mergeReports(reportDirs.flatMap((folder) => reportsBelow(folder)));
  const written = writeMerged(merged, reportDir);
  process.stdout.write(
    json ? `${JSON.stringify(merged, null, 2)}\n` : mergedText(merged, reportDir),
  );
  if (written === null) return exitCodes[merged.verdict];
  process.stderr.write(`redis-k8s-chaos: ${written}\n`);
  return exitCodes.error;
}

/** The folder of the merged report is emptied first: none of what is merged may lie in it. */
function refuseInputs(reportDirs: readonly string[], reportDir: string): void {
  const target = resolve(reportDir);
  for (const folder of reportDirs) {
    const path = resolve(folder);
    if (path !== target && !path.startsWith(`${target}${sep}`)) continue;
    throw new UsageError(
      `--report-dir ${reportDir} holds ${folder}, which is to be merged; name another folder`,
    );
  }
}

/** @returns why it could not be written; null when it was */
function writeMerged(merged: MergedReport, reportDir: string): string | null {
  const folder = openReportFolder(reportDir);
  try {
    folder.write('merged.json', `${JSON.stringify(merged, null, 2)}\n`);
    folder.write('summary.md', mergedMarkdown(merged));
    folder.write('report.html', mergedPage(merged));
    return null;
  } catch (error) {
    return describeError(error);
  }
}

function mergedText(merged: MergedReport, reportDir: string): string {
  const { verdict, reasons, statistics } = merged;
  const lines = [
    `${verdict.toUpperCase()}  ${countsText(merged)}`,
    ...reasons.slice(0, 20).map((reason) => `  ${reason}`),
    ...(statistics === null ? [] : statisticsLines(statistics).map((line) => `  ${line}`)),
    '',
    `report: ${reportDir}/report.html, merged.json, summary.md`,
  ];
  return `${lines.join('\n')}\n`;
}
