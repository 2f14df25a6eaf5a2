import type { Finding } from '../model/finding.ts';
import { shortened } from './evidence.ts';
import { ofKind, type RunStory } from './run-story.ts';

/** `auth-enforced`: every pod refuses a client without a password, before and after. */
export function authFinding(story: RunStory): Finding | null {
  const tries = ofKind(story.events, 'refusal');
  if (tries.length === 0 && story.topology !== 'cluster-auth') return null;
  const open = tries.filter(({ refused }) => !refused);
  const lines = open.map(({ pod, stage }) => `${pod} took a command without a password (${stage})`);
  const untried = tries.length === 0 || !tries.some(({ stage }) => stage === 'after');
  return {
    id: 'auth-enforced',
    verdict: lines.length > 0 ? 'fail' : untried ? 'inconclusive' : 'pass',
    expected: 'every pod refuses a client without a password, before and after',
    observed:
      lines[0] ?? (untried ? 'nobody tried after the fault' : `${tries.length} tries, all refused`),
    evidence: shortened(
      lines.length > 0
        ? lines
        : tries.map(({ pod, stage, answer }) => `${pod} (${stage}) answered ${answer}`),
    ),
  };
}
