import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { builtFaults } from '../../fault/catalogue.ts';
import { UsageError } from '../../model/errors.ts';
import type { Plan } from '../../model/plan.ts';
import { parsePlan } from '../../plan/parse.ts';
import type { PlanSource } from '../../plan/plan-source.ts';
import { resolvePlan } from '../../plan/resolve.ts';

/** Plan file and flags (or inputs) to one plan. @throws UsageError with position. */
export async function planFrom(
  planPath: string | null,
  flags: PlanSource,
  provider: 'auto' | 'kind',
): Promise<Plan> {
  const text = planPath === null ? null : await readPlanFile(planPath);
  const file = text === null || planPath === null ? null : parsePlan(text, planPath);
  return resolvePlan(file, flags, {
    seed: randomInt(2 ** 32),
    provider,
    built: {
      topologies: new Set(['cluster', 'cluster-auth', 'standalone', 'sentinel']),
      faults: new Set(builtFaults),
    },
  });
}

async function readPlanFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read the plan ${path}: ${(cause as Error).message}`, { cause });
  }
}
