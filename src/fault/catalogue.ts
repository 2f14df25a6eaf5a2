import type { FaultName } from '../model/fault.ts';
import { allDelete } from './all-delete.ts';
import { deleteWithClaim } from './delete-with-claim.ts';
import type { Fault, Nature } from './fault.ts';
import { masterDelete } from './master-delete.ts';
import { nodeStop } from './node-stop.ts';
import { noop } from './noop.ts';
import { podZero } from './pod-zero.ts';
import { processKill } from './process-kill.ts';
import { replicaDelete } from './replica-delete.ts';
import { shardDelete } from './shard-delete.ts';
import { toCome } from './to-come.ts';
import { twoMasters } from './two-masters.ts';

/** The faults of this version. */
const faults: readonly Fault[] = [
  masterDelete,
  replicaDelete,
  shardDelete,
  allDelete,
  podZero,
  twoMasters,
  deleteWithClaim,
  processKill,
  nodeStop,
  noop,
];

/** Null when this version lacks it; the caller says so before anything starts. */
export function findFault(name: FaultName): Fault | null {
  return faults.find((fault) => fault.name === name) ?? null;
}

/** What a fault is; of one that no version has ever done, what most of them are. */
export function natureOf(name: FaultName): Nature {
  return (
    findFault(name) ??
    toCome.find((nature) => nature.name === name) ?? {
      ...{ name, class: 'one-pod', losses: 'none' },
      ...(name === 'none' ? { ends: 'never', harmless: true } : { ends: 'exit' }),
    }
  );
}

export const builtFaults: readonly FaultName[] = faults.map((fault) => fault.name);
