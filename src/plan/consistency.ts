import { type Origin, originError } from './plan-source.ts';
import type { PlanFieldId, PlanValues } from './plan-values.ts';

export type Origins = Readonly<Partial<Record<PlanFieldId, Origin>>>;

/**
 * Refuses what does not fit together, whichever of plan file and flags it comes from.
 * @throws UsageError that points to the one of the two that is easier to take back.
 */
export function checkConsistency(values: PlanValues, origins: Origins): void {
  const refuse = (id: PlanFieldId, message: string) => {
    throw originError(origins[id], message);
  };
  const own =
    values.manifests !== undefined ? 'manifests' : values.chart !== undefined ? 'chart' : null;

  if (values.manifests !== undefined && values.chart !== undefined) {
    refuse('chart', 'manifests and a chart exclude each other; give one of them');
  }
  if (values.values !== undefined && values.chart === undefined) {
    refuse('values', 'values belong to a chart, and no chart is given');
  }
  if (values.set !== undefined && values.chart === undefined) {
    refuse('set', 'it sets a value of a chart, and no chart is given');
  }
  if (own && values.nodeTimeoutMs !== undefined) {
    refuse(
      'nodeTimeoutMs',
      `it sets the node timeout of the shipped manifests; with your own ${own} it would change what is tested, so set it there`,
    );
  }
  checkFault(values, refuse);
  const holdOverridden = origins.hold?.kind === 'option' && origins.awayMs?.kind === 'file';
  if (values.hold === 'none' && values.awayMs !== undefined && !holdOverridden) {
    refuse('awayMs', 'with hold none nothing is kept down, so nothing stays away');
  }
  checkCluster(values, origins, refuse);
}

type Refuse = (id: PlanFieldId, message: string) => void;

function checkFault(values: PlanValues, refuse: Refuse): void {
  const { fault, assertOnly = false } = values;
  if (assertOnly && fault !== undefined && fault !== 'none') {
    refuse('fault', `assert-only changes nothing, so the fault can only be none, not ${fault}`);
  }
  if (fault === 'none' && !assertOnly) {
    refuse('fault', 'none goes with --assert-only; a run under load without a fault is noop');
  }
  if (assertOnly && (values.failovers ?? 1) > 1) {
    refuse('failovers', 'assert-only changes nothing, so there is nothing to fail over');
  }
  if (assertOnly && values.provider === 'kubeconfig' && values.nodeTimeoutMs !== undefined) {
    refuse('nodeTimeoutMs', 'assert-only applies nothing, so there is no node timeout to set');
  }
}

function checkCluster(values: PlanValues, origins: Origins, refuse: Refuse): void {
  const provider = values.provider ?? 'auto';
  const misplaced = (ids: readonly PlanFieldId[], owner: string) => {
    for (const id of ids) {
      if (values[id] === undefined) continue;
      // A flag may run a plan file elsewhere: what the file says of its own provider is then idle.
      const overridden = origins.provider?.kind === 'option' && origins[id]?.kind === 'file';
      if (!overridden) refuse(id, `it is for the ${owner} provider, not ${provider}`);
    }
  };
  if (provider !== 'kubeconfig') {
    misplaced(['kubeconfig', 'context', 'allowContext'], 'kubeconfig');
  } else if (values.allowContext === undefined) {
    refuse(
      'provider',
      'kubeconfig breaks things in a cluster of yours on purpose; say in which context it may: --allow-context NAME',
    );
  } else if (values.context !== undefined && values.context !== values.allowContext) {
    refuse('context', `${values.context} is not the allowed context ${values.allowContext}`);
  }
  if (provider === 'kubeconfig' && (values.nodes ?? 1) > 1) misplaced(['nodes'], 'kind');
  if (provider !== 'embedded' && provider !== 'auto') {
    misplaced(['notReadyAfterMs', 'evictAfterMs'], 'embedded');
  }
  if (provider === 'kind' || provider === 'auto') return;
  misplaced(['nodeImage', 'kindVersion', 'loadImages'], 'kind');
}
