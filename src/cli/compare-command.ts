import { exitCodes } from '../model/verdict.ts';
import type { Comparison } from '../report/compare/compare.ts';
import { comparisonMarkdown, comparisonText } from '../report/compare/comparison-text.ts';
import { compareFolders } from '../run/evidence/compare-folders.ts';

/**
 * `compare BASE HEAD`: exit 1 when HEAD is worse than BASE (a report, or a folder of several), 0 when it
 * is not. A HEAD that was not decided is no answer: its own exit code then.
 * @throws UsageError for what is no report, or for two that do not ask the same.
 */
export function compareCommand(invocation: {
  readonly base: string;
  readonly head: string;
  readonly thresholdPercent: number;
  readonly markdown: boolean;
  readonly json: boolean;
}): number {
  const { json, markdown } = invocation;
  const comparison = compareFolders(invocation);
  const text = json
    ? `${JSON.stringify(comparison, null, 2)}\n`
    : markdown
      ? comparisonMarkdown(comparison)
      : comparisonText(comparison);
  process.stdout.write(text);
  return comparisonExitCode(comparison);
}

function comparisonExitCode({ regressed, head }: Comparison): number {
  if (regressed) return exitCodes.fail;
  return head === 'inconclusive' || head === 'error' ? exitCodes[head] : exitCodes.pass;
}
