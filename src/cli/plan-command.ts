import type { Plan } from '../model/plan.ts';
import { formatPlan } from '../plan/format.ts';
import type { PlanSource } from '../plan/plan-source.ts';
import { planFrom } from '../run/setup/plan-from.ts';
import { prepareSetup } from '../run/setup/prepare.ts';

export interface PlanInvocation {
  readonly planPath: string | null;
  readonly flags: PlanSource;
  readonly json: boolean;
}

/** `plan`: what a run would do, as a plan file with the seed, and what it would apply. Touches nothing. */
export async function planCommand(invocation: PlanInvocation): Promise<number> {
  const plan: Plan = await planFrom(invocation.planPath, invocation.flags, 'auto');
  const setup = await prepareSetup(plan, 'r0', { namespace: 'default', clusterScoped: 'allow' });
  const objects = setup.objects.map((object) => `${object.kind}/${object.metadata.name}`);
  if (invocation.json) {
    process.stdout.write(`${JSON.stringify({ plan, objects }, null, 2)}\n`);
    return 0;
  }
  const lines = [
    formatPlan(plan).trimEnd(),
    '# would apply:',
    ...objects.map((name) => `#   ${name}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
