import { natureOf } from '../fault/catalogue.ts';
import type { FaultClass, FaultName } from '../model/fault.ts';
import type { CheckId, Finding } from '../model/finding.ts';

/**
 * Checks that make no sense for a class whatever is claimed: with a majority, a whole shard or all
 * pods gone nobody can be promoted, and the outage lasts as long as the hold does (but not that of the
 * shards that a shard's loss leaves alone: see outage.ts).
 */
const suspended: Readonly<Record<FaultClass, readonly CheckId[]>> = {
  'one-pod': [],
  majority: ['promotion', 'outage-within-budget'],
  shard: ['promotion'],
  all: ['promotion', 'outage-within-budget'],
};

/** Guards and what comes before the fault: no claim excuses them. */
const unconditional: readonly CheckId[] = [
  'topology-formed',
  'fault-landed',
  'load-sufficient',
  'auth-enforced',
];

/** Whether a check is asked for at all after this fault. */
export function applies(check: CheckId, name: FaultName): boolean {
  return !suspended[natureOf(name).class].includes(check);
}

/**
 * Marks what the plan's claims do not cover: such a red (or an answer that the same breakdown made
 * impossible) is reported as expected, and does not decide. A claim excuses unavailability only: a
 * contradiction stays red, one that may be the lost storage's doing stays undecided, and so does what
 * nobody looked at.
 */
export function withClaims(
  finding: Finding,
  name: FaultName,
  claims: readonly FaultClass[],
): Finding {
  if (finding.verdict === 'pass' || unconditional.includes(finding.id)) return finding;
  const { class: of, byDesign = [] } = natureOf(name);
  const excused = !claims.includes(of) || byDesign.includes(finding.id);
  if (!excused || finding.contradiction === 'sure') return finding;
  if (finding.verdict === 'inconclusive' && !finding.unanswered) return finding;
  if (finding.contradiction === undefined) return { ...finding, expectedRed: true };
  const observed = `${finding.observed}; whether the storage outlived the fault was not recorded`;
  return { ...finding, verdict: 'inconclusive', observed };
}

/**
 * What could not be decided is excused only by a breakdown that was seen: without any red it is
 * missing evidence, whatever is claimed.
 */
export function withoutIdleExcuses(findings: readonly Finding[]): Finding[] {
  const broke = findings.some(({ verdict, expectedRed }) => verdict === 'fail' && expectedRed);
  return findings.map((finding) => {
    if (broke || finding.verdict !== 'inconclusive') return finding;
    const { expectedRed: _, ...deciding } = finding;
    return deciding;
  });
}
