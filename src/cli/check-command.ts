import { type Evaluation, evaluate } from '../checker/evaluate.ts';
import type { Evidence } from '../checker/run-story.ts';
import { describeError, UsageError } from '../model/errors.ts';
import type { Report } from '../model/report.ts';
import { exitCodes } from '../model/verdict.ts';
import { summaryText } from '../report/summary-text.ts';
import { changedEvidence } from '../run/evidence/evidence-files.ts';
import { readStoredReport } from '../run/evidence/stored-reports.ts';
import { withStoredDisk } from './stored-disk.ts';
import { readEvidence } from './stored-evidence.ts';

/**
 * `check REPORT_DIR`: the same pure code over the stored evidence; the same verdict and exit code.
 * Evidence that is not what the run wrote is judged as it stands, and said to differ.
 * @throws UsageError for what is no report of this version.
 */
export function checkCommand(invocation: {
  readonly reportDir: string;
  readonly json: boolean;
}): number {
  const { reportDir } = invocation;
  const report = judgeStored(reportDir);
  process.stdout.write(
    invocation.json ? `${JSON.stringify(report, null, 2)}\n` : summaryText(report, reportDir),
  );
  return exitCodes[report.verdict];
}

/** The stored report with everything that the evidence decides decided anew. */
export function judgeStored(reportDir: string): Report {
  const stored = readStoredReport(reportDir);
  const digests = stored.evidence ?? [];
  const written = new Set(digests.map(({ file }) => file));
  const evidence = readEvidence(reportDir, stored);
  const { events, mismatches } = withStoredDisk(reportDir, evidence.events, written);
  const { findings, ...decided } = decide(reportDir, { ...evidence, events });
  const changes =
    digests.length > 0
      ? changedEvidence(reportDir, { ...stored, evidence: digests })
      : ['report.json has no digests, so nobody can tell whether and where'];
  const remarks = [
    ...changes.map((line) => `the evidence was changed: ${line}`),
    ...mismatches.map((line) => `nodes/: ${line}`),
  ];
  return { ...stored, ...decided, checks: findings, reasons: [...decided.reasons, ...remarks] };
}

function decide(reportDir: string, evidence: Evidence): Evaluation {
  try {
    return evaluate(evidence);
  } catch (cause) {
    throw new UsageError(`cannot judge ${reportDir}: ${describeError(cause)}`, { cause });
  }
}
