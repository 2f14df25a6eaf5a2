import type { Finding } from '../model/finding.ts';
import type { FailoverStatistics } from '../model/report.ts';
import type { KeyAccount } from './accounting.ts';
import { quantileEstimate, upperBound } from './binomial.ts';
import { longestGaps, outageSpan } from './outage.ts';
import type { FaultStory, RunStory } from './run-story.ts';

const confidence = 0.95;

/**
 * What several fail-overs prove together. The unit is the fail-over, not the request: requests of one
 * fail-over share its fate. Only those count whose fault landed. Null for fewer than two.
 */
export function failoverStatistics(
  story: RunStory,
  accounts: readonly KeyAccount[],
  findings: readonly Finding[],
): FailoverStatistics | null {
  const landed = story.faults.filter(({ id }) => hasVerdict(findings, id, 'fault-landed', 'pass'));
  if (landed.length < 2) return null;
  const count = (passes: (fault: FaultStory) => boolean) => {
    const hits = landed.filter(passes).length;
    return { count: hits, upper: upperBound(hits, landed.length, confidence) };
  };
  const lostIn = faultsWithLosses(story, accounts);
  const outagesMs = landed.map((fault) => outageMs(story, fault));
  return {
    confidence,
    failovers: landed.length,
    red: count(({ id }) =>
      findings.some(
        ({ faultId, verdict, expectedRed }) => faultId === id && verdict === 'fail' && !expectedRed,
      ),
    ),
    lossy: count(({ id }) => lostIn.has(id)),
    outageMs: {
      p50: quantileEstimate(outagesMs, 0.5, confidence),
      p95: quantileEstimate(outagesMs, 0.95, confidence),
      max: Math.max(...outagesMs),
    },
  };
}

function hasVerdict(
  findings: readonly Finding[],
  faultId: string,
  id: Finding['id'],
  verdict: Finding['verdict'],
): boolean {
  return findings.some(
    (finding) => finding.faultId === faultId && finding.id === id && finding.verdict === verdict,
  );
}

/** The fault in whose span (or, before the first, right before which) a lost write was acknowledged. */
function faultsWithLosses(
  { faults, history }: RunStory,
  accounts: readonly KeyAccount[],
): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { lost } of accounts) {
    for (const index of lost) {
      const endUs = history.endUs[index] ?? 0;
      // A write may be lost by a fault that came a moment later: the replica did not have it yet.
      const next = faults.find((fault) => fault.endUs >= endUs) ?? faults.at(-1);
      if (next) ids.add(next.id);
    }
  }
  return ids;
}

function outageMs(story: RunStory, fault: FaultStory): number {
  const span = outageSpan(story, fault);
  if (span === null) return 0;
  const gaps = longestGaps(story, span.fromUs, span.toUs).map(({ fromUs, toUs }) => toUs - fromUs);
  return Math.round(Math.max(0, ...gaps) / 1000);
}
