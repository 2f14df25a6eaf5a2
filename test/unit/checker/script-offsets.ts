import type { RunEvent } from '../../../src/model/event.ts';
import { times } from './script-plan.ts';

export interface Offsets {
  /** The replica of redis-0 copies nothing that came later. */
  readonly copiedMs?: number;
  /** When the master was last asked. */
  readonly lastMasterMs?: number;
  /** When the replica was last asked. */
  readonly lastReplicaMs?: number;
  readonly replicaUid?: string;
}

/** The offsets of redis-0 and redis-3 from 15 s on: a master has written as many bytes as ms have passed. */
export const withOffsets =
  ({
    copiedMs = Number.POSITIVE_INFINITY,
    lastMasterMs = times.stopped - 50,
    lastReplicaMs = times.stopped + 60,
    replicaUid = 'uid-3',
  }: Offsets = {}) =>
  (events: readonly RunEvent[]): readonly RunEvent[] => {
    const told = (uid: string, role: 'master' | 'slave', ms: number): RunEvent => ({
      atUs: ms * 1000,
      kind: 'offset',
      uid,
      role,
      offset: Math.min(ms, lastMasterMs, role === 'slave' ? copiedMs : ms),
    });
    const each = (lastMs: number) =>
      [15_000, 16_000, 17_000, 18_000, 19_000, 20_000].filter((ms) => ms < lastMs).concat(lastMs);
    return [
      ...events,
      ...each(lastMasterMs).map((ms) => told('uid-0', 'master', ms)),
      ...each(lastReplicaMs).map((ms) => told(replicaUid, 'slave', ms)),
    ].sort((a, b) => a.atUs - b.atUs);
  };
