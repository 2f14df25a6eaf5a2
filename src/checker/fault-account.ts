import type { FaultRecord } from '../model/fault.ts';
import type { Finding } from '../model/finding.ts';
import { livePods } from '../topology/state.ts';
import type { KeyAccount } from './accounting.ts';
import { convergenceFindings, type Recovery, recoveryOf } from './convergence.ts';
import { withAddressNote, withDisk, withHostNameNote } from './disk.ts';
import { applies } from './expectations.ts';
import { landedFinding } from './landed.ts';
import { loadFinding } from './load.ts';
import { outageFinding } from './outage.ts';
import { predictionOf, promotionFinding } from './promotion.ts';
import { modeOf } from './recovery-mode.ts';
import type { FaultStory, RunStory } from './run-story.ts';
import { type Moments, momentsOf, timelineOf } from './timeline.ts';

/** Everything that is said of one fault. */
export interface FaultAccount {
  readonly fault: FaultStory;
  readonly recovery: Recovery;
  readonly moments: Moments;
  readonly findings: readonly Finding[];
  /** Null for a fault without a target. */
  readonly record: FaultRecord | null;
}

export function faultAccounts(
  story: RunStory,
  accounts: readonly KeyAccount[],
  dataKept: Finding | null,
): readonly FaultAccount[] {
  return story.faults.map((fault) => {
    const recovery = recoveryOf(story, fault);
    const moments = momentsOf(story, fault, recovery.parts);
    const record = recordOf(story, fault, { moments, recovery }, accounts, dataKept);
    return {
      fault,
      recovery,
      moments,
      record,
      findings: findingsOf(story, fault, recovery, moments, record),
    };
  });
}

function findingsOf(
  story: RunStory,
  fault: FaultStory,
  recovery: Recovery,
  moments: Moments,
  record: FaultRecord | null,
): readonly Finding[] {
  const landed = landedFinding(story, fault);
  // A fault that was never done leaves nothing else to check.
  if (fault.injectedUs === null) return [landed];
  const promotion = applies('promotion', fault.name)
    ? promotionFinding(story, fault, moments)
    : null;
  const budgeted =
    story.plan.assert.outageBudgetMs !== null || applies('outage-within-budget', fault.name);
  const outage = budgeted ? outageFinding(story, fault, moments) : null;
  const structural = convergenceFindings(story, fault, recovery).map((finding) => {
    if (finding.id === 'ip-rewrite') {
      return withDisk(story, fault, withHostNameNote(fault, withAddressNote(fault, finding)));
    }
    const drifted = finding.id === 'replication-restored' && record?.mode === 'drifted';
    return drifted && finding.verdict === 'pass' ? { ...finding, note: driftNote } : finding;
  });
  return [
    landed,
    loadFinding(story, fault, recovery),
    ...(promotion ? [promotion] : []),
    ...structural,
    ...(outage ? [outage] : []),
  ];
}

const driftNote = 'a replica moved to another master: the shards are not made up as before';

function recordOf(
  story: RunStory,
  fault: FaultStory,
  { moments, recovery }: Pick<FaultAccount, 'moments' | 'recovery'>,
  accounts: readonly KeyAccount[],
  dataKept: Finding | null,
): FaultRecord | null {
  const [target] = fault.targets;
  if (!target) return null;
  const successor = livePods(fault.after).find(({ name }) => name === target.pod);
  return {
    id: fault.id,
    name: fault.name,
    hold: fault.hold,
    target,
    mode: modeOf(story, fault, { moments, recovery }, accounts, dataKept),
    timeline: timelineOf(moments),
    predictedMs: predictionOf(story, fault),
    oldIp: target.ip || null,
    newIp: successor?.ips[0] ?? null,
  };
}
