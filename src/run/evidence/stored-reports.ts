import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, UsageError } from '../../model/errors.ts';
import type { Report } from '../../model/report.ts';

/** @throws UsageError when there is no report that this version can read. */
export function readStoredReport(reportDir: string): Report {
  const path = join(reportDir, 'report.json');
  let report: Report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch (cause) {
    throw new UsageError(`cannot read ${path}: ${describeError(cause)}`, { cause });
  }
  const isReport = report?.schemaVersion === 1 && report.plan && report.environment && report.run;
  if (!isReport) throw new UsageError(`${path} is not a report that this version can check`);
  return report;
}

/** How deep below the folder that was named a report may lie, as artifacts of a matrix are unpacked. */
const maxDepth = 3;

/**
 * The reports in a folder: itself a report, or a folder of them (a baseline, the artifacts of a matrix).
 * By path, so that the order in which they were made does not matter.
 * @throws UsageError when there is none.
 */
export function reportsBelow(folder: string): readonly [Report, ...Report[]] {
  const [first, ...rest] = foldersBelow(folder, 0).map((path) => readStoredReport(path));
  if (!first) {
    throw new UsageError(`${folder} holds no report.json, neither itself nor in a folder below it`);
  }
  return [first, ...rest];
}

function foldersBelow(folder: string, depth: number): string[] {
  if (!existsSync(folder)) throw new UsageError(`there is no folder ${folder}`);
  if (existsSync(join(folder, 'report.json'))) return [folder];
  if (depth >= maxDepth) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => foldersBelow(join(folder, name), depth + 1));
}
