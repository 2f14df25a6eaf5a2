import type { FaultTarget, RecoveryMode } from '../../model/fault.ts';
import { masteredShard } from '../../model/fault.ts';
import type { Finding } from '../../model/finding.ts';
import { successorOf } from '../../topology/successor.ts';
import type { Shard } from '../../topology/topology.ts';
import type { KeyAccount } from '../counter/accounting.ts';
import { firstFrom } from '../counter/ascending.ts';
import type { OpIndex } from '../history.ts';
import type { FaultStory, RunStory } from '../run-story.ts';
import type { Recovery } from '../structure/convergence.ts';
import type { Moments } from './timeline.ts';

/**
 * How the set-up came out of one fault, at one of its victims. `wiped` outranks `promoted`: a promoted empty replica is a
 * loss of data too; `drifted` outranks both ways of getting through, because it is what stays.
 */
export function modeOf(
  story: RunStory,
  fault: FaultStory,
  {
    target,
    moments,
    recovery,
  }: {
    readonly target: FaultTarget;
    readonly moments: Moments;
    readonly recovery: Recovery;
  },
  accounts: readonly KeyAccount[],
  dataKept: Finding | null,
): RecoveryMode {
  const { topology } = story;
  const shard = masteredShard(target);
  const names = [target.pod, successorOf(topology, fault.after, target, fault.expectation)?.name];
  const answers = [...fault.after.views.values()].some(
    ({ pod, status }) => names.includes(pod) && status === 'ok',
  );
  // Who served nothing is missed by nobody: it has recovered when it is there again.
  if (shard === null && !answers) return 'unrecovered';
  // Writes may come back for a second and stop again, as when every pod has only stale peers.
  const silentAtTheEnd = [...fault.after.probes.values()].some(
    ({ key, slot, ok }) => !ok && shard !== null && topology.covers(shard, key, slot),
  );
  const outageLasts = silentAtTheEnd || (moments.lastAckUs !== null && moments.firstAckUs === null);
  const served = shard === null || topology.served(fault.after, shard);
  if (outageLasts || !served) return 'unrecovered';
  if (isWiped(story, fault, target, accounts, dataKept)) return 'wiped';
  // A split or a shard without its replica is not another make-up: it is broken, and red elsewhere.
  const whole = recovery.parts.at(-1)?.violations.length === 0;
  if (whole && isDrifted(fault, topology.shards(fault.after))) return 'drifted';
  return moments.promotedUs === null ? 'restarted' : 'promoted';
}

/** The victim's counters went back or its frozen keys are gone. */
function isWiped(
  story: RunStory,
  fault: FaultStory,
  target: FaultTarget,
  accounts: readonly KeyAccount[],
  dataKept: Finding | null,
): boolean {
  const shard = masteredShard(target);
  const victims = accounts.filter(({ key }) => shard !== null && story.covers(shard, key));
  const { endUs } = story.history;
  const before = (index: OpIndex) => (endUs[index] ?? 0) <= fault.beginUs;
  const reset = victims.some(({ key, ledger, lost }) => {
    const acked = firstFrom(story.acknowledgedUs(key), fault.beginUs, true);
    // All that had been acknowledged before the fault is gone: not a tail, the whole.
    return ledger?.reset || (acked > 0 && lost.filter(before).length === acked);
  });
  return reset || (dataKept?.verdict === 'fail' && story.faults.at(-1) === fault);
}

/** The same nodes in other shards: a replica moved to another master. */
function isDrifted(fault: FaultStory, shards: readonly Shard[]): boolean {
  const before = fault.expectation.shards.map(({ members }) => members.join());
  const now = shards.map(({ members }) => members.join());
  const ids = (groups: readonly { members: readonly string[] }[]) =>
    groups
      .flatMap(({ members }) => members)
      .sort()
      .join();
  const sameNodes = ids(fault.expectation.shards) === ids(shards);
  return sameNodes && [...before].sort().join('|') !== [...now].sort().join('|');
}
