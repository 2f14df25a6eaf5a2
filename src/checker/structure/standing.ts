import type { Finding } from '../../model/finding.ts';
import { shortened } from '../evidence.ts';
import { phaseUs } from '../phases.ts';
import { type RunStory, worldAt } from '../run-story.ts';
import { stretches } from './stretches.ts';
import { judgeStructure, withProof } from './structure.ts';

/** What can be said of a set-up that is only looked at, without a fault, against itself. */
export function standingFindings(story: RunStory): readonly Finding[] {
  const fromUs =
    phaseUs(story.events, 'window', 'begin') ?? phaseUs(story.events, 'settle', 'end') ?? 0;
  const world = worldAt(story.events, fromUs);
  const expectation = story.topology.expect(world);
  const parts = stretches(story, { fromUs, toUs: story.endUs }, world, expectation);
  const neededUs = story.timing.stableMs * 1000;
  const after = worldAt(story.events, story.endUs);
  const { checks, standing } = story.topology;
  return checks.flatMap((check) => {
    const { id } = check;
    if (!standing.includes(id) || check.applies?.(expectation) === false) return [];
    const judged = judgeStructure(id, parts, {
      baseUs: fromUs,
      deadlineUs: Math.max(fromUs, story.endUs - neededUs),
      neededUs,
      relapseUs: story.timing.silenceMs * 1000,
      standstills: story.standstills,
      contentUs: Math.max(fromUs, story.endUs - neededUs),
    });
    const judgement = withProof(story, judged);
    const evidence =
      judgement.verdict === 'pass'
        ? shortened(check.evidence({ after, expectation }))
        : judgement.evidence;
    return [{ id, expected: 'holds while it is looked at', ...judgement, evidence }];
  });
}
