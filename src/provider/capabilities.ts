import type { ProviderName } from '../model/plan.ts';
import type { Capability } from './provider.ts';

/** What each provider can do beyond the port's plain calls: known before one is opened. */
export const capabilitiesOf: Readonly<Record<ProviderName, ReadonlySet<Capability>>> = {
  embedded: new Set<Capability>(['hold', 'claim-delete', 'process-signal', 'node-power']),
  kind: new Set<Capability>(['hold', 'claim-delete']),
  // Not `claim-delete`: somebody's data is never ours to delete.
  kubeconfig: new Set<Capability>(['hold']),
};
