import type { FaultRecord, FaultTarget } from '../../model/fault.ts';
import type { Finding } from '../../model/finding.ts';
import { successorOf } from '../../topology/successor.ts';
import type { KeyAccount } from '../counter/accounting.ts';
import { applies } from '../expectations.ts';
import { landedFinding } from '../guards/landed.ts';
import { loadFinding } from '../guards/load.ts';
import type { FaultStory, RunStory } from '../run-story.ts';
import { ofKind } from '../run-story.ts';
import { convergenceFindings, type Recovery, recoveryOf } from '../structure/convergence.ts';
import { withUntouched } from '../structure/untouched.ts';
import { outageFinding } from './outage.ts';
import { predictionOf, promotionFinding } from './promotion.ts';
import { modeOf } from './recovery-mode.ts';
import { type Moments, momentsOf, timelineOf } from './timeline.ts';

/** Everything that is said of one fault. */
export interface FaultAccount {
  readonly fault: FaultStory;
  readonly recovery: Recovery;
  readonly victims: readonly Victim[];
  readonly findings: readonly Finding[];
}

/** One of those that a fault hit: its own moments, and its own record in the report. */
export interface Victim {
  readonly target: FaultTarget;
  readonly moments: Moments;
  readonly record: FaultRecord;
}

export function faultAccounts(
  story: RunStory,
  accounts: readonly KeyAccount[],
  dataKept: Finding | null,
): readonly FaultAccount[] {
  return story.faults.map((fault) => {
    const recovery = recoveryOf(story, fault);
    const victims = fault.targets.map((target): Victim => {
      const moments = momentsOf(story, fault, recovery.parts, target);
      const of = { target, moments, recovery };
      return { target, moments, record: recordOf(story, fault, of, accounts, dataKept) };
    });
    return { fault, recovery, victims, findings: findingsOf(story, fault, recovery, victims) };
  });
}

function findingsOf(
  story: RunStory,
  fault: FaultStory,
  recovery: Recovery,
  victims: readonly Victim[],
): readonly Finding[] {
  const landed = landedFinding(story, fault);
  // A fault that was never done leaves nothing else to check.
  if (fault.injectedUs === null) return [landed];
  const promotions = applies('promotion', fault.name)
    ? victims.flatMap((victim) => promotionFinding(story, fault, victim) ?? [])
    : [];
  const budgeted =
    story.plan.assert.outageBudgetMs !== null || applies('outage-within-budget', fault.name);
  const outage = budgeted ? outageFinding(story, fault, victims[0]?.moments ?? nobodyAway) : null;
  const structural = convergenceFindings(story, fault, recovery).map((finding) => {
    if (finding.id === 'ip-rewrite') {
      return story.topology.refine(finding, fault, ofKind(story.events, 'snapshot'));
    }
    if (finding.id === 'topology-converged') {
      return withUntouched(story, fault, finding, recovery.greenUs);
    }
    const drifted =
      finding.id === 'replication-restored' &&
      victims.some(({ record }) => record.mode === 'drifted');
    return drifted && finding.verdict === 'pass' ? { ...finding, note: driftNote } : finding;
  });
  return [
    landed,
    loadFinding(story, fault, recovery),
    ...promotions,
    ...structural,
    ...(outage ? [outage] : []),
  ];
}

const nobodyAway = { promotedUs: null, lastAckUs: null, firstAckUs: null };
const driftNote = 'a replica moved to another master: the shards are not made up as before';

function recordOf(
  story: RunStory,
  fault: FaultStory,
  of: Pick<Victim, 'target' | 'moments'> & { readonly recovery: Recovery },
  accounts: readonly KeyAccount[],
  dataKept: Finding | null,
): FaultRecord {
  const { target, moments } = of;
  const successor = successorOf(story.topology, fault.after, target, fault.expectation);
  return {
    id: fault.id,
    name: fault.name,
    hold: fault.hold,
    target,
    mode: modeOf(story, fault, of, accounts, dataKept),
    timeline: timelineOf(moments),
    predictedMs: target.role === 'master' ? predictionOf(story, fault) : null,
    oldIp: target.ip || null,
    newIp: successor?.ips[0] ?? null,
  };
}
