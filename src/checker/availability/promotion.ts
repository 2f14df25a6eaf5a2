import { formatMs } from '../../model/duration.ts';
import type { FaultTarget, Prediction } from '../../model/fault.ts';
import { masteredShard } from '../../model/fault.ts';
import type { Finding } from '../../model/finding.ts';
import type { NodeView } from '../../model/view.ts';
import { livePods } from '../../topology/state.ts';
import { successorOf } from '../../topology/successor.ts';
import { momentText, shortened } from '../evidence.ts';
import { applies } from '../expectations.ts';
import { spanAt } from '../guards/proof.ts';
import { lostMs, starvedText } from '../guards/starved.ts';
import { type FaultStory, ofKind, type RunStory, worldAt } from '../run-story.ts';
import type { Moments } from './timeline.ts';

/** What a fault's story predicts; by the node timeout where the fault said nothing. Nothing where that is a guess. */
export function predictionOf(story: RunStory, fault: FaultStory): Prediction | null {
  if (!story.timingKnown) return null;
  if (fault.predicted) return fault.predicted;
  // Without a majority, or without a replica left, nobody is promoted: nothing is predicted either.
  if (!applies('promotion', fault.name)) return null;
  const masterGoes = fault.targets.some(({ role }) => role === 'master');
  return masterGoes ? story.timing.promotion : null;
}

/**
 * `promotion` of one victim: a held master's replica took its slots over while it was down. After a natural delete
 * either may happen. Null where no master was aimed at: the check does not apply.
 */
export function promotionFinding(
  story: RunStory,
  fault: FaultStory,
  { target, moments }: { readonly target: FaultTarget; readonly moments: Moments },
): Finding | null {
  const shard = masteredShard(target);
  if (shard === null || story.timing.promotion === null) return null;
  const { held } = fault;
  const prediction = predictionOf(story, fault);
  const finding = {
    id: 'promotion' as const,
    expected: held
      ? `a replica has taken over from ${target.pod} while it is down${prediction ? `, ${formatMs(prediction.lowMs)} to ${formatMs(prediction.highMs)} after its exit` : ''}`
      : 'a promotion only if the pod was away for long enough',
    evidence: masterLines(story, fault, target, moments),
    faultId: fault.id,
  };
  return held
    ? { ...finding, ...heldResult(story, fault, moments, prediction) }
    : { ...finding, ...naturalResult(story, fault, target, moments, prediction) };
}

/** Who said of itself that it is master of the victim's shard, or of what part of it, and from when on. */
function masterLines(
  story: RunStory,
  fault: FaultStory,
  target: FaultTarget,
  moments: Moments,
): readonly string[] {
  const last = new Map<string, string | null>();
  const lines = [
    ...(moments.stoppedUs === null
      ? []
      : [{ atUs: moments.stoppedUs, text: `${target.pod} was gone` }]),
    ...(fault.releasedUs === null ? [] : [{ atUs: fault.releasedUs, text: 'released' }]),
  ];
  const said = (atUs: number, view: NodeView) => {
    if (view.server === null) return;
    const claim = story.topology.claim(view, target);
    if (claim === (last.get(view.uid) ?? null)) return;
    last.set(view.uid, claim);
    lines.push({ atUs, text: `${view.pod} said that it is master of ${claim ?? 'nothing of it'}` });
  };
  for (const view of fault.before.views.values()) said(fault.beginUs, view);
  for (const { atUs, view } of ofKind(story.events, 'view')) {
    if (atUs >= fault.beginUs && atUs <= fault.endUs) said(atUs, view);
  }
  lines.sort((a, b) => a.atUs - b.atUs);
  return shortened(lines.map(({ atUs, text }) => `${momentText(atUs)} ${text}`));
}

/** Why a wait that follows from the node timeout decides nothing. */
export function unknownTimeout({ timing: { silenceMs } }: Pick<RunStory, 'timing'>): string {
  return `the node timeout is not known: no server tells it (CONFIG GET is refused) and the manifests do not say; ${formatMs(silenceMs)}, Redis's default, was assumed`;
}

type Result = Pick<Finding, 'verdict' | 'observed' | 'note'>;

function heldResult(
  story: RunStory,
  fault: FaultStory,
  moments: Moments,
  prediction: Prediction | null,
): Result {
  const { promotedUs, stoppedUs } = moments;
  const fromUs = stoppedUs ?? fault.injectedUs;
  const downUntilUs = fault.releaseUs ?? fault.endUs;
  if (promotedUs !== null && promotedUs <= downUntilUs) {
    const afterMs = fromUs === null ? null : (promotedUs - fromUs) / 1000;
    const observed = `promoted${afterMs === null ? '' : ` ${whenText(afterMs)}`}`;
    const note =
      prediction && afterMs !== null && (afterMs < prediction.lowMs || afterMs > prediction.highMs)
        ? `${observed}, outside the predicted ${formatMs(prediction.lowMs)} to ${formatMs(prediction.highMs)}`
        : undefined;
    return { verdict: 'pass', observed, ...(note ? { note } : {}) };
  }
  if (fromUs === null) return { verdict: 'inconclusive', observed: 'the fault was not done' };
  const downMs = (downUntilUs - fromUs) / 1000;
  const neededMs = story.timing.leastHoldMs;
  const observed = `nothing was promoted in the ${formatMs(downMs)} that the master was down`;
  const unseen = unseenSurvivors(story, downUntilUs);
  if (unseen.length > 0) {
    return {
      verdict: 'inconclusive',
      observed: `${observed}, but nobody looked at ${unseen.join(', ')} then`,
    };
  }
  const stillMs = lostMs(story, fromUs, downUntilUs);
  if (downMs - stillMs >= neededMs) {
    return story.timingKnown
      ? { verdict: 'fail', observed }
      : { verdict: 'inconclusive', observed: `${observed}; ${unknownTimeout(story)}` };
  }
  return downMs >= neededMs
    ? { verdict: 'inconclusive', observed: `${observed}; ${starvedText(stillMs)}` }
    : {
        verdict: 'inconclusive',
        observed: `${observed}; one failed election alone may take until ${formatMs(neededMs)}`,
      };
}

/** Pods that may have taken over by this moment: nobody can be shown to have looked at them. */
function unseenSurvivors({ events, proof }: RunStory, atUs: number): readonly string[] {
  if (proof === null) return [];
  if (spanAt(proof.pods, atUs) !== null) return ['the pods'];
  return livePods(worldAt(events, atUs))
    .filter(({ uid }) => spanAt(proof.servers.get(uid) ?? [], atUs) !== null)
    .map(({ name }) => name);
}

/** A set-up that hands over on purpose does so before its master has gone. */
function whenText(afterExitMs: number): string {
  return afterExitMs < 0
    ? `${formatMs(-afterExitMs)} before the exit`
    : `${formatMs(afterExitMs)} after the exit`;
}

/**
 * An early promotion after a plain delete passes with a note, and does not fail: some set-ups hand
 * over on purpose before they stop, and every broken set-up that promotes has another check red.
 */
function naturalResult(
  story: RunStory,
  fault: FaultStory,
  target: FaultTarget,
  moments: Moments,
  prediction: Prediction | null,
): Result {
  const { promotedUs, stoppedUs } = moments;
  const backUs = answersAgain(story, fault, target, stoppedUs);
  const awayMs = stoppedUs !== null && backUs !== null ? (backUs - stoppedUs) / 1000 : null;
  const away = awayMs === null ? '' : `; the pod was away for ${formatMs(awayMs)}`;
  if (promotedUs === null) {
    return { verdict: 'pass', observed: `nothing was promoted, the master came back${away}` };
  }
  const observed = `a replica was promoted${away}`;
  const early = prediction !== null && awayMs !== null && awayMs < prediction.lowMs;
  return {
    verdict: 'pass',
    observed,
    ...(early
      ? {
          note: `${observed}, less than the ${formatMs(prediction.lowMs)} that a failover takes: either the set-up hands over on purpose when it stops, or the pod came back as another node`,
        }
      : {}),
  };
}

/** When a server of the victim's pod name answered again. */
function answersAgain(
  story: RunStory,
  fault: FaultStory,
  target: FaultTarget,
  stoppedUs: number | null,
): number | null {
  if (stoppedUs === null) return null;
  const names = [
    target.pod,
    successorOf(story.topology, fault.after, target, fault.expectation)?.name,
  ];
  for (const event of story.events) {
    if (event.kind !== 'view' || event.atUs <= stoppedUs || event.atUs > fault.endUs) continue;
    if (names.includes(event.view.pod) && event.view.status === 'ok') return event.atUs;
  }
  return null;
}
