import { type Evaluation, evaluate } from '../checker/evaluate.ts';
import { describeError, UsageError } from '../model/errors.ts';
import type { Report } from '../model/report.ts';
import { exitCodes } from '../model/verdict.ts';
import { summaryText } from '../report/summary-text.ts';
import { changedEvidence } from '../run/evidence-files.ts';
import { readEvidence, readStoredReport } from './stored-evidence.ts';

/**
 * `check REPORT_DIR`: the same pure code over the stored evidence; the same verdict and exit code.
 * Evidence that is not what the run wrote decides nothing, neither for the set-up nor against it: the
 * verdict is `error` then, whatever it was.
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
  const changed = digests.length > 0 ? changedEvidence(reportDir, digests) : [];
  if (changed.length > 0) {
    const reasons = changed.map((line) => `the evidence was changed: ${line}`);
    return { ...stored, verdict: 'error', reasons, checks: [] };
  }
  const { findings, ...decided } = evaluateStored(reportDir, stored);
  const report: Report = { ...stored, ...decided, checks: findings };
  if (digests.length > 0 || report.verdict !== 'pass') return report;
  const reason = 'the report has no digests, so nobody can tell whether its evidence was changed';
  return { ...report, verdict: 'inconclusive', reasons: [reason, ...report.reasons] };
}

function evaluateStored(reportDir: string, stored: Report): Evaluation {
  const evidence = readEvidence(reportDir, stored);
  try {
    return evaluate(evidence);
  } catch (cause) {
    throw new UsageError(`cannot judge ${reportDir}: ${describeError(cause)}`, { cause });
  }
}
