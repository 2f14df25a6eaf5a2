import { InfrastructureError } from '../model/errors.ts';

/** CLUSTER INFO, less its message counters. */
export interface ClusterInfo {
  readonly state: string;
  readonly slotsAssigned: number;
  readonly slotsOk: number;
  readonly slotsPfail: number;
  readonly slotsFail: number;
  readonly knownNodes: number;
  /** Masters that serve at least one slot. */
  readonly size: number;
  readonly currentEpoch: number;
  readonly myEpoch: number;
}

/**
 * Parses CLUSTER INFO (`name:value` lines).
 * @throws InfrastructureError naming the field that is missing or not a number.
 */
export function parseClusterInfo(text: string): ClusterInfo {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
    else if (line.trim() !== '') {
      throw new InfrastructureError(`CLUSTER INFO: expected 'name:value', got '${line}'`);
    }
  }
  const count = (name: string): number => {
    const text = fields.get(name);
    if (text !== undefined && /^\d+$/.test(text)) return Number(text);
    throw new InfrastructureError(
      `CLUSTER INFO: expected a number as ${name}, got ${text ?? 'nothing'}`,
    );
  };
  const state = fields.get('cluster_state');
  if (!state) throw new InfrastructureError('CLUSTER INFO: cluster_state is missing');
  return {
    state,
    slotsAssigned: count('cluster_slots_assigned'),
    slotsOk: count('cluster_slots_ok'),
    slotsPfail: count('cluster_slots_pfail'),
    slotsFail: count('cluster_slots_fail'),
    knownNodes: count('cluster_known_nodes'),
    size: count('cluster_size'),
    currentEpoch: count('cluster_current_epoch'),
    myEpoch: count('cluster_my_epoch'),
  };
}
