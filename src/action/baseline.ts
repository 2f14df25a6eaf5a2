import { existsSync } from 'node:fs';
import * as core from '@actions/core';
import { comparisonMarkdown } from '../report/compare/comparison-text.ts';
import { compareFolders } from '../run/evidence/compare-folders.ts';
import { addToSummary } from './summary.ts';

/** How much worse than the base a figure may be, as `compare` has it. */
const thresholdPercent = 20;

/**
 * Holds the run against its baseline, in the job's summary and as an annotation. A baseline that is not
 * there yet (the first night) is a warning, no red.
 * @returns false when the run is worse
 * @throws UsageError for a baseline that is no report, or asks something else
 */
export async function heldAgainst(baseline: string, reportDir: string): Promise<boolean> {
  if (!existsSync(baseline)) {
    core.warning(`there is no ${baseline} yet, so nothing was compared`, {
      title: 'redis-k8s-chaos: no baseline',
    });
    return true;
  }
  const comparison = compareFolders({ base: baseline, head: reportDir, thresholdPercent });
  const text = comparisonMarkdown(comparison);
  await addToSummary(text);
  if (!comparison.regressed) return true;
  const worse = [...comparison.figures, ...comparison.checks].filter(({ regressed }) => regressed);
  core.error(
    `worse than ${baseline} in ${worse.map(({ id }) => id).join(', ')}; the job summary has the figures`,
    {
      title: 'redis-k8s-chaos: worse than the baseline',
    },
  );
  return false;
}
