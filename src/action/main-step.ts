import { join, resolve } from 'node:path';
import * as core from '@actions/core';
import { describeError, UsageError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import type { Report } from '../model/report.ts';
import { systemClock } from '../platform/clock.ts';
import { stateDir } from '../platform/state-dir.ts';
import { summaryText } from '../report/summary-text.ts';
import { journalDir, launch, newRunId } from '../run/launch.ts';
import { isInterrupted } from '../run/run.ts';
import { planFrom } from '../run/setup/plan-from.ts';
import { annotate, annotateUsageError, annotationsOf } from './annotations.ts';
import { heldAgainst } from './baseline.ts';
import { defaultProvider } from './input-table.ts';
import { type ActionInputs, readInputs } from './inputs.ts';
import { earlyOutputs, reportOutputs, setOutputs } from './outputs.ts';
import { saveRun, saveVerdict } from './state.ts';
import { logText, openStepLog } from './step-log.ts';
import { addToSummary, publishSummary } from './summary.ts';

/** The Action's main step: from inputs to verdict. Sets outputs, summary and annotations itself. */
export async function mainStep(signal: AbortSignal): Promise<'success' | 'failure'> {
  try {
    const inputs = readInputs();
    const plan = await planFrom(inputs.planPath, inputs.source, defaultProvider);
    return await run(plan, inputs, signal);
  } catch (error) {
    setOutputs({ verdict: 'error' });
    if (error instanceof UsageError) {
      annotateUsageError(error);
      await addToSummary(`### redis-k8s-chaos: not run\n\n${inFence(error.message)}\n`);
    } else if (isInterrupted(error)) {
      core.error(`${describeError(error)}, after healing`, {
        title: 'redis-k8s-chaos: interrupted',
      });
    } else {
      core.error(describeError(error), { title: 'redis-k8s-chaos: error' });
    }
    return 'failure';
  }
}

async function run(
  plan: Plan,
  { failOnInconclusive, baseline }: Pick<ActionInputs, 'failOnInconclusive' | 'baseline'>,
  signal: AbortSignal,
): Promise<'success' | 'failure'> {
  const startUs = systemClock.nowUs();
  const runId = newRunId();
  const keptIn = actionStateDir();
  const reportDir = resolve(plan.reportDir);
  saveRun({ runId, journalDir: journalDir(keptIn), keep: plan.keep });
  setOutputs(earlyOutputs(plan.seed, reportDir));
  maskPassword(plan);

  const progress = openStepLog(() => (systemClock.nowUs() - startUs) / 1000);
  try {
    const { report, failure } = await launch(plan, { runId, stateDir: keptIn, progress, signal });
    progress.end();
    const verdict = failure === null ? report.verdict : 'error';
    if (!isInterrupted(failure)) saveVerdict(verdict);
    const summaryFile = join(reportDir, 'summary.md');
    setOutputs({ ...reportOutputs(report, reportDir, summaryFile), verdict });
    logText(summaryText(report, plan.reportDir));
    await publishSummary(summaryFile);
    annotate(annotationsOf(report.checks));
    if (failure !== null) throw failure;
    const concluded = conclude(report, failOnInconclusive);
    const held = baseline === null || (await heldAgainst(baseline, reportDir));
    return held ? concluded : 'failure';
  } finally {
    progress.end();
  }
}

/** One line that says why; the checks have annotations of their own. */
function conclude(report: Report, failOnInconclusive: boolean): 'success' | 'failure' {
  const { verdict, run: of } = report;
  if (verdict === 'pass') return 'success';
  const line = `${report.reasons[0] ?? 'the report has the details'} (seed ${of.seed})`;
  const title = `redis-k8s-chaos: ${verdict}`;
  if (verdict === 'inconclusive' && !failOnInconclusive) {
    core.warning(line, { title });
    return 'success';
  }
  core.error(line, { title });
  return 'failure';
}

/**
 * Journal and kubeconfigs live in the job's own temporary folder: `post` of this job finishes what
 * they hold, and the runner empties it afterwards.
 */
function actionStateDir(env: NodeJS.ProcessEnv = process.env): string {
  const temp = env.RUNNER_TEMP;
  return temp ? join(temp, 'redis-k8s-chaos') : stateDir(env);
}

/** A password from the environment need not be a GitHub secret, so it is masked here. */
function maskPassword({ setup }: Plan, env: NodeJS.ProcessEnv = process.env): void {
  for (const auth of [setup.auth, setup.sentinelAuth]) {
    const password = auth?.kind === 'env' ? env[auth.variable] : undefined;
    if (password) core.setSecret(password);
  }
}

function inFence(text: string): string {
  return `\`\`\`\`text\n${text}\n\`\`\`\``;
}
