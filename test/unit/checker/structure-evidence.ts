import type { CheckId } from '../../../src/model/finding.ts';
import { clusterChecks } from '../../../src/topology/cluster/checks.ts';
import type { Looked } from '../../../src/topology/topology.ts';

/** What a green structural check of a cluster shows of an instant. */
export function structureEvidence(
  id: CheckId,
  looked: Pick<Looked, 'after' | 'expectation'>,
): readonly string[] {
  const check = clusterChecks.find((one) => one.id === id);
  if (check === undefined) throw new Error(`${id} is no structural check of a cluster`);
  return check.evidence(looked);
}
