import * as core from '@actions/core';
import type { FaultRecord } from '../model/fault.ts';
import type { Report } from '../model/report.ts';

/** Every output with what it says, in the order of action.yml. */
export const actionOutputs = {
  verdict: 'pass, fail, inconclusive or error',
  seed: 'the seed; the same seed makes the same choices',
  'report-dir': 'absolute path of the report folder',
  lost: 'acknowledged writes that are gone; blank when that could not be judged',
  'promotion-ms':
    "ms from the container's exit to the promotion, the longest of all faults; blank when nothing was promoted",
  'outage-ms':
    'longest time without an acknowledged write at the LoadBalancer, ms; blank without load',
  'summary-file': "absolute path of the job summary's text, report-dir/summary.md",
} as const;

export type ActionOutputs = Readonly<Record<keyof typeof actionOutputs, string>>;

/** Known before the run: whatever becomes of it, a later step can print the seed and look for files. */
export function earlyOutputs(seed: number, reportDir: string): Partial<ActionOutputs> {
  return { verdict: 'error', seed: String(seed), 'report-dir': reportDir };
}

/** Paths absolute, numbers whole, unknown ones blank. */
export function reportOutputs(
  report: Report,
  reportDir: string,
  summaryFile: string,
): ActionOutputs {
  return {
    verdict: report.verdict,
    seed: String(report.run.seed),
    'report-dir': reportDir,
    lost: numberText(knownLosses(report)),
    'promotion-ms': numberText(longestPromotionMs(report.faults)),
    'outage-ms': numberText(report.operations.longestOutageMs),
    'summary-file': summaryFile,
  };
}

/** A later value of the same name wins. */
export function setOutputs(outputs: Partial<ActionOutputs>): void {
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
}

/** Null where nobody looked: a run that ended early must not read as one that lost nothing. */
function knownLosses({ operations: { lost }, checks }: Report): number | null {
  const judged = checks.some(
    ({ id, verdict }) => id === 'counter-continuity' && verdict !== 'inconclusive',
  );
  return judged || lost > 0 ? lost : null;
}

/** Predictions count from the container's exit (docs/design/contract.md), so this does. */
function longestPromotionMs(faults: readonly FaultRecord[]): number | null {
  const durations = faults.flatMap(({ timeline: { stoppedMs, promotedMs } }) =>
    stoppedMs === null || promotedMs === null ? [] : [promotedMs - stoppedMs],
  );
  return durations.length === 0 ? null : Math.max(...durations);
}

function numberText(value: number | null): string {
  return value === null ? '' : String(Math.round(value));
}
