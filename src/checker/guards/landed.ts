import { formatMs } from '../../model/duration.ts';
import type { Finding } from '../../model/finding.ts';
import { momentText } from '../evidence.ts';
import { type FaultStory, ofKind, type RunStory } from '../run-story.ts';

/** A held pod's successor must not appear within this time of its deletion, ms (docs/design/contract.md). */
const heldForMs = 2000;

/**
 * `fault-landed`: the fault hit what it claimed, in the role it claimed. One that missed proves
 * nothing about the set-up, so it is never a `fail`.
 */
export function landedFinding(story: RunStory, fault: FaultStory): Finding {
  const result = (verdict: Finding['verdict'], observed: string, evidence: string[] = []) => ({
    id: 'fault-landed' as const,
    verdict,
    expected: `${fault.name} hits ${fault.targets.map(({ pod, role }) => `${pod} as ${role}`).join(', ') || 'nothing'}, confirmed by the target itself`,
    observed,
    evidence,
    faultId: fault.id,
  });
  if (fault.injectedUs === null) return result('inconclusive', 'the fault was begun and not done');
  const wrongRoles = rolesBefore(story, fault);
  if (wrongRoles.length > 0) {
    return result(
      'inconclusive',
      `the target was not what it was taken for: ${wrongRoles[0]}`,
      wrongRoles,
    );
  }
  if (fault.landing?.landed === false) {
    return result('inconclusive', `the fault missed: ${fault.landing.detail}`);
  }
  const early = earlySuccessors(story, fault);
  if (early.length > 0) return result('inconclusive', `the hold did not hold: ${early[0]}`, early);
  if (fault.landing === null && fault.targets.length > 0) {
    return result('inconclusive', 'the target never confirmed the fault');
  }
  return result('pass', fault.landing?.detail ?? 'nothing was to be hit', stageLines(story, fault));
}

/** The deed in its stages as they were recorded. */
function stageLines(story: RunStory, fault: FaultStory): string[] {
  return ofKind(story.events, 'fault')
    .filter(({ faultId }) => faultId === fault.id)
    .map(({ atUs, stage, detail }) => `${momentText(atUs)} ${stage}: ${detail}`)
    .slice(0, 12);
}

/** Targets whose own words, right before the deed, contradict the role the fault aimed at. */
function rolesBefore({ topology }: RunStory, fault: FaultStory): string[] {
  return fault.targets.flatMap((target) => {
    const view = fault.before.views.get(target.uid);
    return (view && topology.contradiction(view, target)) ?? [];
  });
}

/** New pods of a held pod's name that appeared before its release and within the time it must hold. */
function earlySuccessors(story: RunStory, fault: FaultStory): string[] {
  const { injectedUs, releaseUs } = fault;
  if (injectedUs === null || releaseUs === null) return [];
  const untilUs = Math.min(releaseUs, injectedUs + heldForMs * 1000);
  return ofKind(story.events, 'pod')
    .filter(({ atUs }) => atUs >= fault.beginUs && atUs < untilUs)
    .filter(({ pod }) =>
      fault.targets.some((target) => target.pod === pod.name && target.uid !== pod.uid),
    )
    .map(
      ({ atUs, pod }) =>
        `a new ${pod.name} was there ${formatMs((atUs - fault.beginUs) / 1000)} after the delete`,
    );
}
