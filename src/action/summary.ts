import * as core from '@actions/core';
import { readTextOrNull } from '../platform/files.ts';

/**
 * Puts the report's summary.md under the job; without one nothing. The runner drops a summary above
 * 1 MiB whole (actions/runner FileCommandManager.cs) and `core.summary` does not check: report/
 * keeps summary.md below it.
 */
export async function publishSummary(summaryFile: string): Promise<void> {
  const text = await readTextOrNull(summaryFile);
  if (text !== null) await addToSummary(text);
}

/** Without a runner that shows summaries nothing. */
export async function addToSummary(
  text: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  if (!env.GITHUB_STEP_SUMMARY) return;
  try {
    await core.summary.addRaw(text, true).write();
  } catch (error) {
    // the report folder has it too: no reason for another verdict
    core.warning(`the job summary could not be written: ${(error as Error).message}`);
  }
}
