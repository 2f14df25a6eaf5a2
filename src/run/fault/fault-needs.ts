import { findFault } from '../../fault/catalogue.ts';
import { UsageError } from '../../model/errors.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import { type Plan, type ProviderName, providerNames } from '../../model/plan.ts';
import { capabilitiesOf } from '../../provider/capabilities.ts';

/**
 * Refuses to hold pods that nobody keeps down, before anything is made: a ReplicaSet makes another as
 * soon as one is terminating, held or not (kube-controller-manager, replica_set.go counts active pods).
 * @throws UsageError that says how to do without a hold.
 */
export function refuseUnholdable(plan: Plan, servers: readonly KubeObject[]): void {
  const { name, hold } = plan.faults;
  const needs = findFault(name)?.needs(hold) ?? [];
  if (!needs.includes('hold') || servers.some(({ kind }) => kind === 'StatefulSet')) return;
  const [first] = servers;
  const more = servers.length > 1 ? ` and ${servers.length - 1} more` : '';
  throw new UsageError(
    `fault ${name} keeps a pod down, which only a StatefulSet waits for; those of ${first?.kind} ${first?.metadata.name}${more} are replaced as soon as they are being deleted: use --hold none`,
  );
}

/**
 * Refuses a fault that the provider cannot do, before anything is made.
 * @throws UsageError naming what is missing and where it can be done.
 */
export function refuseIncapable(plan: Plan, provider: ProviderName): void {
  const { name, hold } = plan.faults;
  const needs = findFault(name)?.needs(hold) ?? [];
  const lacking = needs.filter((need) => !capabilitiesOf[provider].has(need));
  if (lacking.length === 0) {
    if (needs.includes('node-power') && plan.provider.nodes < 2) {
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
