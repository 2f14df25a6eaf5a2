import type { FaultPlan } from '../model/plan.ts';

/** Time in which a shard without a spare shows what it cannot do any more, ms (docs/design/contract.md, `--away`). */
const defaultAwayMs = 5000;

/**
 * For how long a held victim stays down after its replica's promotion, ms. As long as the node timeout
 * at least: that is the time in which a node notices that another one is missing (cluster-spec).
 */
export function awayMs(faults: Pick<FaultPlan, 'awayMs'>, nodeTimeoutMs: number): number {
  return faults.awayMs ?? Math.max(defaultAwayMs, nodeTimeoutMs);
}
