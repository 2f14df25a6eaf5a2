import { InterruptedError, WriteError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import { exitCodes } from '../model/verdict.ts';
import { systemClock } from '../platform/clock.ts';
import { stateDir } from '../platform/state-dir.ts';
import { summaryText } from '../report/summary-text.ts';
import { launch, newRunId } from '../run/launch.ts';
import { openProgress } from './progress.ts';

export interface RunOutput {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** `run`: exit code of docs/design/contract.md. */
export async function runCommand(
  plan: Plan,
  output: RunOutput,
  signal: AbortSignal,
): Promise<number> {
  const startUs = systemClock.nowUs();
  const progress = openProgress({
    stream: process.stderr,
    quiet: output.quiet,
    elapsedMs: () => (systemClock.nowUs() - startUs) / 1000,
  });
  const result = await launch(plan, {
    runId: newRunId(),
    stateDir: stateDir(),
    progress,
    signal,
  });
  if (output.json) process.stdout.write(`${JSON.stringify(result.report, null, 2)}\n`);
  else process.stdout.write(summaryText(result.report, plan.reportDir));
  if (result.failure instanceof WriteError) {
    process.stderr.write(`redis-k8s-chaos: ${result.failure.message}\n`);
  }
  if (result.failure instanceof InterruptedError) return exitCodes.interrupted;
  return exitCodes[result.report.verdict];
}
