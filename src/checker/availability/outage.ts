import { natureOf } from '../../fault/catalogue.ts';
import { formatMs } from '../../model/duration.ts';
import { masteredShard } from '../../model/fault.ts';
import type { Finding } from '../../model/finding.ts';
import { firstFrom } from '../counter/ascending.ts';
import { shortened } from '../evidence.ts';
import { lostMs, starvedText } from '../guards/starved.ts';
import { phaseUs } from '../phases.ts';
import type { FaultStory, RunStory } from '../run-story.ts';
import {
  type AwayMoments,
  awayOf,
  cutShort,
  refusesAlone,
  silentUnprobed,
  silentWhileAway,
} from './away.ts';
import { electionsText } from './elections.ts';
import { eachGap } from './gaps.ts';
import { predictionOf, unknownTimeout } from './promotion.ts';

/** What is added to the prediction's upper end when the plan names no budget, ms (docs/design/contract.md). */
const budgetSlackMs = 3000;
/** A time without an acknowledged write; µs since run start. `key` null: at the LoadBalancer. */
export interface Gap {
  readonly key: string | null;
  readonly fromUs: number;
  readonly toUs: number;
}

/** The longest time without an acknowledged write of a key that ends within (fromUs, toUs]. */
export function longestGaps(story: RunStory, fromUs: number, toUs: number): readonly Gap[] {
  const { load } = story;
  if (load === null) return [];
  return [...story.keys, null].map((key) => {
    const keys = key === null ? story.keys : [key];
    let longest: Gap = { key, fromUs, toUs: fromUs };
    let lastUs = load.fromUs;
    const visit = (previousUs: number, endUs: number) => {
      lastUs = endUs;
      if (endUs - previousUs > longest.toUs - longest.fromUs) {
        longest = { key, fromUs: previousUs, toUs: endUs };
      }
    };
    const ends = keys.map((name) => story.acknowledgedUs(name));
    // What is acknowledged in the drain belongs to no outage: the load's own end closes the last one.
    const span = { fromUs, toUs: Math.min(toUs, load.toUs - 1), startUs: load.fromUs };
    eachGap(ends, span, visit);
    if (load.toUs > fromUs && load.toUs <= toUs)
      visit(Math.max(lastUs, before(ends, fromUs)), load.toUs);
    return longest;
  });
}

/** The last of all ends up to a moment; -Infinity when there is none. */
function before(ends: readonly Float64Array[], us: number): number {
  return ends.reduce(
    (latest, times) => Math.max(latest, times[firstFrom(times, us, true) - 1] ?? latest),
    Number.NEGATIVE_INFINITY,
  );
}

/** Longest outage of any key in the whole load, ms; null without load. */
export function longestOutageMs(story: RunStory): number | null {
  if (story.load === null) return null;
  const gaps = longestGaps(story, story.load.fromUs - 1, story.load.toUs);
  return Math.round(Math.max(0, ...gaps.map((gap) => gap.toUs - gap.fromUs)) / 1000);
}

/**
 * `outage-within-budget` for the time from one fault to the next; what lies before the first fault is
 * the first one's. Where no promotion is predicted, losing a replica or nothing may not cost more.
 * With a whole shard gone its own keys wait for as long as we keep it down: the others' are judged, which
 * `cluster-require-full-coverage yes` stops too. A shard that takes no write while its victim stays away
 * has no budget that it is within: it lasts as long as that. Null when there is no key to judge.
 */
export function outageFinding(
  story: RunStory,
  fault: FaultStory,
  moments: AwayMoments,
): Finding | null {
  const prediction = predictionOf(story, fault) ?? story.timing.promotion;
  const predictedMs = prediction === null ? null : prediction.highMs + budgetSlackMs;
  const budgetMs = story.plan.assert.outageBudgetMs ?? predictedMs;
  // where nobody ever takes over the outage lasts as long as the pod is kept away
  if (budgetMs === null) return null;
  const result = (
    verdict: Finding['verdict'],
    observed: string,
    evidence: readonly string[] = [],
  ) => ({
    id: 'outage-within-budget' as const,
    verdict,
    expected: `no key without an acknowledged write for more than ${formatMs(budgetMs)}`,
    observed,
    evidence,
    faultId: fault.id,
  });
  const span = outageSpan(story, fault);
  if (span === null) return result('inconclusive', 'there was no load');
  const last = story.faults.at(-1) === fault;
  const { fromUs, toUs } = span;
  const spared = sparedKeys(story, fault);
  if (spared?.size === 0) return null;
  const gaps = longestGaps(story, fromUs, toUs)
    .filter(({ key }) => spared === null || (key !== null && spared.has(key)))
    .sort((a, b) => b.toUs - b.fromUs - (a.toUs - a.fromUs));
  const [worst] = gaps;
  if (!worst) return result('inconclusive', 'no key was under load');
  const lengthMs = (gap: Gap) => (gap.toUs - gap.fromUs) / 1000;
  const lines = gaps.filter((gap) => lengthMs(gap) > budgetMs).map(gapText);
  const away = awayOf(story, fault, moments);
  const silent = away === null ? [] : silentWhileAway(story, fault, moments, away);
  if (away !== null && silent.length > 0) {
    const lastedMs = (away.toUs - away.fromUs) / 1000;
    const hadMs = lastedMs - lostMs(story, away.fromUs, away.toUs);
    const hadTime = hadMs >= budgetSlackMs;
    if (hadTime || (lastedMs >= budgetSlackMs && refusesAlone(story, silent, away))) {
      const text = `no write of ${silent.join(', ')} was acknowledged in the ${formatMs(lastedMs)} that the victim stayed away after the promotion, the observer's own included`;
      return result('fail', text, gaps.map(gapText));
    }
  }
  if (lines.length === 0) {
    const short = away === null ? null : cutShort(story, away);
    if (short !== null) return result('inconclusive', short, gaps.map(gapText));
    const unprobed = away === null ? [] : silentUnprobed(story, fault, away);
    if (unprobed.length > 0) {
      const text = `no write of ${unprobed.join(', ')} was acknowledged while the victim stayed away, and nobody wrote to its slots besides`;
      return result('inconclusive', text, gaps.map(gapText));
    }
    return last && phaseUs(story.events, 'drain', 'begin') === null
      ? result('inconclusive', `the load did not run to its end; so far ${gapText(worst)}`)
      : result('pass', `longest: ${gapText(worst)}`, shortened(gaps.map(gapText)));
  }
  const election = electionsText(story, fault, moments, (givenMs) =>
    gaps.every((gap) => {
      const given = spans(gap, moments.promotedUs) ? givenMs : 0;
      return lengthMs(gap) - lostMs(story, gap.fromUs, gap.toUs) - given <= budgetMs;
    }),
  );
  if (election !== null) return result('inconclusive', `${gapText(worst)}, but ${election}`, lines);
  // A stall of our own explains as much of the outage as it lasted, and no more.
  const stalledMs = (gap: Gap) => lostMs(story, gap.fromUs, gap.toUs);
  const unexplained = gaps.filter((gap) => lengthMs(gap) - stalledMs(gap) > budgetMs);
  if (unexplained.length > 0) {
    const guessed = story.plan.assert.outageBudgetMs === null && !story.timingKnown;
    return guessed
      ? result(
          'inconclusive',
          `${gapText(worst)}, but ${unknownTimeout(story)}; --outage-budget says how long it may be`,
          lines,
        )
      : result('fail', `longest: ${gapText(worst)}`, lines);
  }
  const text = `${gapText(worst)}, but ${starvedText(stalledMs(worst))}`;
  return result('inconclusive', text, lines);
}

/** What waits for the promotion ends with it, or by the observer's own view of it up to this much before, µs. */
const noticedUs = 1_000_000;

function spans({ fromUs, toUs }: Gap, promotedUs: number | null): boolean {
  return promotedUs !== null && fromUs <= promotedUs && promotedUs <= toUs + noticedUs;
}

/** The time whose outages are a fault's: to the next one, and what lies before the first is the first's. */
export function outageSpan(
  { load, faults }: RunStory,
  fault: FaultStory,
): { readonly fromUs: number; readonly toUs: number } | null {
  if (load === null) return null;
  return {
    fromUs: faults[0] === fault ? load.fromUs - 1 : fault.beginUs,
    toUs: faults.at(-1) === fault ? load.toUs : fault.endUs,
  };
}

/** Keys of the shards that a shard's loss does not touch; null for every other class of fault. */
function sparedKeys(story: RunStory, fault: FaultStory): ReadonlySet<string> | null {
  if (natureOf(fault.name).class !== 'shard') return null;
  const gone = fault.targets.flatMap((target) => masteredShard(target) ?? []);
  return new Set(
    story.keys.filter(
      (key) => story.slotOf.has(key) && !gone.some((shard) => story.covers(shard, key)),
    ),
  );
}

function gapText(gap: Gap): string {
  const where = gap.key === null ? 'at the LoadBalancer' : `of ${gap.key}`;
  const from = (gap.fromUs / 1e6).toFixed(1);
  return `${formatMs((gap.toUs - gap.fromUs) / 1000)} ${where} from ${from} s on`;
}
