import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Plan } from '../model/plan.ts';
import { systemClock } from '../platform/clock.ts';
import { keepYoungGenerationSmall } from '../platform/memory.ts';
import { refuseIncapable } from './fault/fault-needs.ts';
import { type RunResult, runPlan } from './run.ts';
import { chooseProvider, openProvider } from './setup/open-provider.ts';
import type { Progress } from './watch/progress.ts';

/** `r` and eight characters: a DNS label, so it fits names and label values. */
export function newRunId(): string {
  return `r${randomInt(36 ** 8)
    .toString(36)
    .padStart(8, '0')}`;
}

export interface LaunchOptions {
  readonly runId: string;
  /** Keeps the journal and the kubeconfigs of clusters made; must outlive the run. */
  readonly stateDir: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Where the journals of runs launched with this state folder are. */
export function journalDir(stateDir: string): string {
  return join(stateDir, 'journal');
}

/**
 * Runs a plan on the provider it means, with the system's clock.
 * @throws UsageError before anything is touched.
 */
export async function launch(plan: Plan, options: LaunchOptions): Promise<RunResult> {
  const { runId, stateDir, progress, signal } = options;
  keepYoungGenerationSmall();
  const theirs = plan.provider.name === 'kubeconfig';
  progress.say(`run ${runId}, seed ${plan.seed}`);
  const result = await runPlan({
    plan,
    runId,
    journalDir: journalDir(stateDir),
    clock: systemClock,
    progress,
    signal,
    where: {
      namespace: theirs ? `rkc-${runId}` : 'default',
      clusterScoped: theirs ? 'refuse' : 'allow',
    },
    // chosen only now: what is wrong with the plan or the manifests is said first
    openProvider: async (context) => {
      const name = await chooseProvider(plan, signal);
      progress.say(`provider ${name}`);
      refuseIncapable(plan, name);
      return openProvider(name, plan, { runId, stateDir }, context);
    },
  });
  progress.end();
  return result;
}
