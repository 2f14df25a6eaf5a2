import type { Finding } from '../model/finding.ts';
import { stableMs } from '../rules/prediction.ts';
import { expectationOf } from '../topology/cluster/expectation.ts';
import { phaseUs } from './phases.ts';
import { type RunStory, worldAt } from './run-story.ts';
import { stretches } from './stretches.ts';
import { judgeStructure, type StructuralCheck, withProof } from './structure.ts';
import { structureEvidence } from './structure-evidence.ts';

const standingChecks: readonly StructuralCheck[] = [
  'ip-rewrite',
  'topology-converged',
  'slots-covered',
  'replication-restored',
];

/** What can be said of a set-up that is only looked at, without a fault, against itself. */
export function standingFindings(story: RunStory): readonly Finding[] {
  const fromUs =
    phaseUs(story.events, 'window', 'begin') ?? phaseUs(story.events, 'settle', 'end') ?? 0;
  const world = worldAt(story.events, fromUs);
  const expectation = expectationOf(world);
  const parts = stretches(story, { fromUs, toUs: story.endUs }, world, expectation);
  const neededUs = stableMs(story.nodeTimeoutMs) * 1000;
  const after = worldAt(story.events, story.endUs);
  return standingChecks.map((id) => {
    const judged = judgeStructure(id, parts, {
      baseUs: fromUs,
      deadlineUs: Math.max(fromUs, story.endUs - neededUs),
      neededUs,
      relapseUs: story.nodeTimeoutMs * 1000,
      standstills: story.standstills,
      contentUs: Math.max(fromUs, story.endUs - neededUs),
    });
    const judgement = withProof(story, judged);
    const evidence =
      judgement.verdict === 'pass'
        ? structureEvidence(id, { after, expectation })
        : judgement.evidence;
    return { id, expected: 'holds while it is looked at', ...judgement, evidence };
  });
}
