import { formatMs } from '../../model/duration.ts';
import type { Finding } from '../../model/finding.ts';
import { afterUs } from '../../rules/standstill.ts';
import { restartMs } from '../../rules/start-allowance.ts';
import { livePods } from '../../topology/state.ts';
import { shortened } from '../evidence.ts';
import { spanAt } from '../guards/proof.ts';
import type { FaultStory, RunStory } from '../run-story.ts';
import { runsOf, type Stretch, stretches } from './stretches.ts';
import { type Judgement, judgeStructure, withProof } from './structure.ts';

/** How one fault's recovery went, by the invariants of every instant of it. */
export interface Recovery {
  /** From the deed to the end of the fault's span. */
  readonly parts: readonly Stretch[];
  /**
   * From when on the deadline counts: the release, or the deed where nothing was held; null when the
   * run ended before.
   */
  readonly baseUs: number | null;
  /** Begin of the first all-green stretch that lasted; null when there was none. */
  readonly greenUs: number | null;
}

/** Replays one fault's span. */
export function recoveryOf(story: RunStory, fault: FaultStory): Recovery {
  const span = { fromUs: fault.beginUs, toUs: fault.endUs };
  const parts = stretches(story, span, fault.before, fault.expectation);
  const baseUs = fault.held ? fault.releasedUs : (fault.releasedUs ?? fault.injectedUs);
  if (baseUs === null) return { parts, baseUs, greenUs: null };
  const neededUs = story.timing.stableMs * 1000;
  const green = runsOf(since(parts, baseUs), (part) => part.violations.length === 0);
  const lasting = green.find((run) => run.value && run.toUs - run.fromUs >= neededUs);
  return { parts, baseUs, greenUs: lasting?.fromUs ?? null };
}

/** Within how much time of the release all must be green again, ms, standstills apart. */
export function recoveryMs(
  { timing, allowance }: Pick<RunStory, 'timing' | 'allowance'>,
  { targets }: Pick<FaultStory, 'targets'>,
): number {
  return timing.recoveryMs + restartMs(allowance, targets.length);
}

/**
 * The structural checks of one fault. Each passes only with a green that lasts to the end of the
 * span, so when all pass they were green at the same time, too.
 */
export function convergenceFindings(
  story: RunStory,
  fault: FaultStory,
  recovery: Recovery,
): readonly Finding[] {
  const neededMs = story.timing.stableMs;
  const deadlineMs = recoveryMs(story, fault);
  const { expectation } = fault;
  const checks = story.topology.checks.filter(({ applies }) => applies?.(expectation) ?? true);
  return checks.map((check): Finding => {
    const { id } = check;
    const { baseUs } = recovery;
    const judged =
      baseUs === null
        ? {
            verdict: 'inconclusive' as const,
            observed: 'the run ended before the fault was done and released',
            evidence: [],
          }
        : judgeStructure(id, since(recovery.parts, baseUs), {
            baseUs,
            deadlineUs: afterUs(story.standstills, baseUs, deadlineMs * 1000),
            contentUs: baseUs + deadlineMs * 1000,
            neededUs: neededMs * 1000,
            relapseUs: story.timing.silenceMs * 1000,
            standstills: story.standstills,
          });
    const judgement = asBefore(story, fault, withProof(story, judged));
    const within = `true for ${formatMs(neededMs)}, begun within ${formatMs(deadlineMs)}`;
    const evidence =
      judgement.verdict === 'pass' ? shortened(check.evidence(fault)) : judgement.evidence;
    return {
      id,
      expected: `${check.expected}; ${within}`,
      ...judgement,
      evidence,
      faultId: fault.id,
    };
  });
}

/** A red says that something is not as before: somebody must have looked at what was before. */
function asBefore(
  { proof }: RunStory,
  { before, beginUs }: FaultStory,
  judgement: Judgement,
): Judgement {
  if (proof === null || judgement.verdict !== 'fail') return judgement;
  const hidden = livePods(before).filter(
    ({ uid }) =>
      before.views.get(uid)?.status === 'ok' && spanAt(proof.servers.get(uid) ?? [], beginUs),
  );
  const unknown = spanAt(proof.pods, beginUs) ? 'the pods' : hidden[0]?.name;
  if (unknown === undefined) return judgement;
  const observed = `nobody looked at ${unknown} right before the fault; ${judgement.observed}`;
  return { verdict: 'inconclusive', observed, evidence: judgement.evidence };
}

/** The parts after a moment, the first one cut to begin there. */
function since(parts: readonly Stretch[], fromUs: number): readonly Stretch[] {
  return parts
    .filter((part) => part.toUs > fromUs || part === parts.at(-1))
    .map((part) => ({ ...part, fromUs: Math.max(part.fromUs, fromUs) }));
}
