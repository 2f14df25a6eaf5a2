import { formatMs } from '../../model/duration.ts';
import type { Finding } from '../../model/finding.ts';
import type { Plan } from '../../model/plan.ts';
import { type LoadCounts, loadCounts } from '../availability/load-counts.ts';
import { firstFrom } from '../counter/ascending.ts';
import { momentText } from '../evidence.ts';
import { phaseUs } from '../phases.ts';
import { type FaultStory, ofKind, type RunStory } from '../run-story.ts';
import { type Recovery, recoveryMs } from '../structure/convergence.ts';
import { type Span, spansWithin } from './proof.ts';
import { lostMs, starvedText } from './starved.ts';

/** Acknowledged requests that make the evidence enough, at docs/design/contract.md's 200/s over four keys. */
const atDefaultRate = { before: 200, duringVictim: 20, after: 200, ratePerKey: 50 } as const;
/** However slow the load, fewer than this prove nothing. */
const floor = 10;
/** Samples come once a second; the one that the drain takes is of the time before it, µs. */
const sampleUs = 1_000_000;
const maxBlindMs = 2000;

/** What the load must have done, scaled with the rate of each key. The run waits for it. */
export interface LoadNeeds {
  /** Acknowledged for each key before the fault. */
  readonly beforePerKey: number;
  /** Really started for the victim's keys while it was away. */
  readonly duringVictim: number;
  /** Acknowledged, over all keys, after all was green. */
  readonly after: number;
}

export function loadNeeds(plan: Plan, keys: number): LoadNeeds {
  const scale = plan.load.rate / Math.max(1, keys) / atDefaultRate.ratePerKey;
  const scaled = (count: number) => Math.max(floor, Math.round(count * scale));
  return {
    beforePerKey: scaled(atDefaultRate.before),
    duringVictim: scaled(atDefaultRate.duringVictim),
    after: scaled(atDefaultRate.after),
  };
}

/** `load-sufficient`: was there enough of it, on time, and was somebody watching? Never a `fail`. */
export function loadFinding(story: RunStory, fault: FaultStory, recovery: Recovery): Finding {
  const needs = loadNeeds(story.plan, story.keys.length);
  const counts = loadCounts(story, fault, recovery);
  const unmet = [
    ...beforeGuards(counts.before, needs),
    ...duringGuards(counts, needs),
    ...afterGuards(story, fault, recovery, counts, needs),
    ...generatorGuards(story),
    ...observerGuards(story, fault),
  ];
  const acknowledged = story.keys.reduce((sum, key) => sum + story.acknowledgedUs(key).length, 0);
  return {
    id: 'load-sufficient',
    verdict: unmet.length === 0 ? 'pass' : 'inconclusive',
    expected: `${needs.beforePerKey} acknowledged a key before, half of the schedule started and ${needs.duringVictim} for the victim's keys during, ${needs.after} acknowledged after; never blind over ${formatMs(maxBlindMs)}`,
    observed: unmet[0] ?? `${acknowledged} acknowledged in all`,
    evidence:
      unmet.length > 0
        ? [...unmet, ...answersBefore(story, fault)]
        : loadEvidence(story, recovery, counts),
    faultId: fault.id,
  };
}

/**
 * The same of a run that broke nothing because there was too little load; null where it came to a fault, or
 * never to a load. Never a `fail`.
 */
export function loadWithoutFault(story: RunStory): Finding | null {
  if (story.load === null || story.faults.length > 0) return null;
  const needs = loadNeeds(story.plan, story.keys.length);
  const { toUs } = story.load;
  const before = new Map(
    story.keys.map((key) => [key, firstFrom(story.acknowledgedUs(key), toUs, true)]),
  );
  const unmet = beforeGuards(before, needs);
  if (unmet.length === 0) return null;
  const stillMs = lostMs(story, story.load.fromUs, toUs);
  return {
    id: 'load-sufficient',
    verdict: 'inconclusive',
    expected: `${needs.beforePerKey} acknowledged a key before anything is broken`,
    observed: `${unmet[0] ?? ''}; nothing was broken${stillMs >= 1000 ? `; ${starvedText(stillMs)}` : ''}`,
    evidence: [...unmet, ...answersBefore(story, { beginUs: toUs })],
  };
}

/** What came instead of acknowledgements before the fault, the most frequent first. */
function answersBefore(
  { history }: RunStory,
  { beginUs }: Pick<FaultStory, 'beginUs'>,
): readonly string[] {
  const counts = new Map<string, number>();
  for (let index = firstFrom(history.startUs, beginUs) - 1; index >= 0; index--) {
    const error = history.errors[history.error[index] ?? 0];
    if (error) counts.set(error, (counts.get(error) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const worst = [...counts].sort(([, a], [, b]) => b - a).slice(0, 5);
  return [`answers before the fault: ${worst.map(([name, n]) => `${name} ${n}`).join(', ')}`];
}

/** The same counts, and the worst lag and blindness, as they came out. */
function loadEvidence(story: RunStory, recovery: Recovery, counts: LoadCounts): readonly string[] {
  const { before, during, after } = counts;
  const samples = ofKind(story.events, 'generator');
  const lagUs = samples.reduce((worst, { maxLagUs }) => Math.max(worst, maxLagUs), 0);
  const inFlight = samples.reduce((most, sample) => Math.max(most, sample.inFlight), 0);
  const blindUs = ofKind(story.events, 'blind').reduce(
    (worst, { fromUs, toUs }) => Math.max(worst, toUs - fromUs),
    0,
  );
  return [
    `before: ${[...before].map(([key, count]) => `${key} ${count}`).join(', ')} acknowledged`,
    `during: ${during?.started ?? 0} of ${Math.round(during?.scheduled ?? 0)} scheduled requests started, ${during?.victims ?? 0} for the victim's keys`,
    recovery.greenUs === null
      ? 'after: it never got green'
      : `after all was green at ${momentText(recovery.greenUs)}: ${after} acknowledged`,
    `the generator was ${formatMs(lagUs / 1000)} late at worst in ${samples.length} samples, ${inFlight} requests in flight at most`,
    `the observer was blind for ${formatMs(blindUs / 1000)} at worst`,
  ];
}

function beforeGuards(before: LoadCounts['before'], needs: LoadNeeds): string[] {
  if (before.size === 0) return ['there was no load'];
  return [...before]
    .filter(([, count]) => count < needs.beforePerKey)
    .map(
      ([key, count]) =>
        `before the fault only ${count} acknowledged for ${key}, needed ${needs.beforePerKey}`,
    );
}

function duringGuards({ during }: LoadCounts, needs: LoadNeeds): string[] {
  if (during === null) return [];
  const { started, scheduled, victims, victimsScheduled } = during;
  const unmet: string[] = [];
  if (started < scheduled / 2) {
    unmet.push(
      `during the fault ${started} of ${Math.round(scheduled)} scheduled requests were started`,
    );
  }
  // of what is over in a moment there is no more than the schedule has in it
  const needed = Math.min(needs.duringVictim, Math.max(1, Math.round(victimsScheduled / 2)));
  if (victims !== null && victims < needed) {
    unmet.push(
      `during the fault only ${victims} requests for the victim's keys were started, needed ${needed}`,
    );
  }
  return unmet;
}

function afterGuards(
  story: RunStory,
  fault: FaultStory,
  recovery: Recovery,
  { after }: LoadCounts,
  needs: LoadNeeds,
): string[] {
  if (after === null) {
    // Where it never got green another check says so; there is no "after" to have load in.
    const deadlineUs = recoveryMs(story, fault) * 1000;
    const watched = recovery.baseUs !== null && fault.endUs - recovery.baseUs >= deadlineUs;
    return watched ? [] : ['the run ended before all was green again'];
  }
  return after >= needs.after
    ? []
    : [`after all was green only ${after} acknowledged, needed ${needs.after}`];
}

/**
 * How late the generator was leaves nothing open by itself: an outage is measured from one acknowledged
 * write to the next, so that a late request can only make it look longer (outage.ts takes that off), and
 * too few requests have their own guard. One that waits for room is no open load any more.
 */
function generatorGuards(story: RunStory): string[] {
  const { load } = story;
  if (load === null) return [];
  const samples = ofKind(story.events, 'generator');
  const { maxInFlight } = story.plan.load;
  const started = samples.reduce((sum, sample) => sum + sample.started, 0);
  const full = samples.find(
    ({ inFlight, atUs }) => inFlight >= maxInFlight && atUs <= load.toUs + sampleUs,
  );
  return [
    ...(samples.length === 0 ? ['the generator said nothing of its own lag'] : []),
    ...(story.history.size < started
      ? [
          `the history holds ${story.history.size} of ${started} requests that were started: what became of the others is not known`,
        ]
      : []),
    ...(full
      ? [
          `the generator had ${maxInFlight} requests in flight at ${momentText(full.atUs)} and waited: whether the others would have been acknowledged is not known`,
        ]
      : []),
  ];
}

/** Only where somebody had to look: from before this fault to the next, and not in the drain. */
function observerGuards(story: RunStory, fault: FaultStory): string[] {
  const beginUs = phaseUs(story.events, 'load-before', 'begin') ?? story.load?.fromUs ?? 0;
  const fromUs = story.faults.indexOf(fault) <= 0 ? beginUs : fault.beginUs;
  const toUs = Math.min(fault.endUs, phaseUs(story.events, 'drain', 'begin') ?? story.endUs);
  return blindTimes(story)
    .filter((gap) => gap.toUs > fromUs && gap.fromUs < toUs)
    .map(
      (gap) =>
        `the observer was blind for ${formatMs((gap.toUs - gap.fromUs) / 1000)} from ${(gap.fromUs / 1e6).toFixed(1)} s on: what the servers said then is not known`,
    );
}

/** By its own silence, and by what has no proof of looking: one that never comes back says nothing. */
function blindTimes({ events, proof }: RunStory): readonly Span[] {
  const isLong = (span: Span) => span.toUs - span.fromUs > maxBlindMs * 1000;
  const silences: readonly Span[] = ofKind(events, 'blind').filter(isLong);
  const unproven = (proof?.observer ?? []).filter(
    (span) => isLong(span) && spansWithin(silences, span.fromUs, span.toUs).length === 0,
  );
  return [...silences, ...unproven].sort((a, b) => a.fromUs - b.fromUs);
}
