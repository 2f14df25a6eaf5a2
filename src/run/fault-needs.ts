import { findFault } from '../fault/catalogue.ts';
import { UsageError } from '../model/errors.ts';
import { type Plan, type ProviderName, providerNames } from '../model/plan.ts';
import { capabilitiesOf } from '../provider/capabilities.ts';

/**
 * Refuses a fault that the provider cannot do, before anything is made.
 * @throws UsageError naming what is missing and where it can be done.
 */
export function refuseIncapable(plan: Plan, provider: ProviderName): void {
  const { name, hold } = plan.faults;
  const needs = findFault(name)?.needs(hold) ?? [];
  const lacking = needs.filter((need) => !capabilitiesOf[provider].has(need));
  if (lacking.length === 0) {
    if (needs.includes('node-stop') && plan.provider.nodes < 2) {
      throw new UsageError(
        `fault ${name} needs a worker to lose, and there is one node; --nodes 7 has a worker for each of six pods`,
      );
    }
    return;
  }
  const able = providerNames.filter((other) =>
    needs.every((need) => capabilitiesOf[other].has(need)),
  );
  throw new UsageError(
    `fault ${name} needs ${lacking.join(' and ')}, which the ${provider} provider does not have; ${able.length > 0 ? `run it with --provider ${able.join(' or ')}` : 'no provider of this version has it'}`,
  );
}
