import type { EventBody, RunEvent } from '../model/event.ts';
import type { FaultName, FaultTarget, HoldMode, Prediction } from '../model/fault.ts';
import type { Operation } from '../model/operation.ts';
import type { Plan, TopologyName } from '../model/plan.ts';
import { type Standstill, standstills } from '../rules/standstill.ts';
import type { StartAllowance } from '../rules/start-allowance.ts';
import { topologyOf } from '../topology/catalogue.ts';
import { advance, emptyWorld, type WorldState } from '../topology/state.ts';
import type { Expectation, Settings, Timing, Topology } from '../topology/topology.ts';
import { type Ledgers, openLedgers } from './counter/ledgers.ts';
import { type Proof, proofOf } from './guards/proof.ts';
import { type History, historyOf, outcomeCodes } from './history.ts';
import { phaseUs, phaseWithin } from './phases.ts';

/** Everything the checker decides from, in any order. */
export interface Evidence {
  readonly plan: Plan;
  /** The plan's, or what was read from the servers. */
  readonly topology: TopologyName | 'unknown';
  readonly events: readonly RunEvent[];
  readonly operations: readonly Operation[] | History;
  /** The ledgers, where they were read apart from the events (whose ledger events are then empty). */
  readonly ledgers?: Ledgers;
}

/** The events of one kind. */
export type EventOf<K extends EventBody['kind']> = Extract<RunEvent, { readonly kind: K }>;

/** One fault as its events tell it; times are µs since run start. */
export interface FaultStory {
  readonly id: string;
  readonly name: FaultName;
  readonly hold: HoldMode;
  /** The victim was (or still is) kept down until a release. */
  readonly held: boolean;
  readonly targets: readonly FaultTarget[];
  readonly predicted: Prediction | null;
  /** The deed began: everything later may be its effect. */
  readonly beginUs: number;
  /** False: nobody recorded when, so that nobody can say what was before. */
  readonly begun: boolean;
  /** The deed was done from our side; null when the run ended before. */
  readonly injectedUs: number | null;
  readonly landing: { readonly landed: boolean; readonly detail: string } | null;
  /** Uids of the targets that confirmed it. */
  readonly confirmed: ReadonlySet<string>;
  /** The release began: what happened before it happened while the victim was down. */
  readonly releaseUs: number | null;
  /** The release was done; recovery is counted from here. */
  readonly releasedUs: number | null;
  /** The next fault began, or the run looked no longer. */
  readonly endUs: number;
  /** The world right before the deed. */
  readonly before: WorldState;
  /** The world at the end of the span. */
  readonly after: WorldState;
  readonly expectation: Expectation;
}

/** The evidence in order, with what several checks need of it. */
export interface RunStory {
  readonly plan: Plan;
  readonly topology: Topology;
  readonly topologyName: Evidence['topology'];
  /** By time. */
  readonly events: readonly RunEvent[];
  readonly history: History;
  readonly ledgers: Ledgers;
  readonly faults: readonly FaultStory[];
  readonly timing: Timing;
  /** False: no server told what it is set to, nor do the manifests; what follows is a guess, and no red's ground. */
  readonly timingKnown: boolean;
  /** Slot by load key, as the run read it before the load. */
  readonly slotOf: ReadonlyMap<string, number>;
  /** Whether a key is of a shard. */
  covers(shard: string, key: string): boolean;
  /** Load keys, sorted. */
  readonly keys: readonly string[];
  /** When the acknowledged requests of a key ended, ascending. */
  acknowledgedUs(key: string): Float64Array;
  /** From the first request that was due to the begin of the drain; null without load. */
  readonly load: { readonly fromUs: number; readonly toUs: number } | null;
  /** The last moment the run looked at the set-up. */
  readonly endUs: number;
  /** What the manifests allow Redis pods to take to be ready; nothing in a report that does not say. */
  readonly allowance: StartAllowance;
  /** When the machine stood still: no part of any deadline or window, and no red by what it can explain. */
  readonly standstills: readonly Standstill[];
  /** When nobody can be shown to have looked; null: the evidence is of a version that kept no proof. */
  readonly proof: Proof | null;
}

/** Sorts the evidence by time and folds it into a story. */
export function tellStory(evidence: Evidence): RunStory {
  const events = [...evidence.events].sort((a, b) => a.atUs - b.atUs);
  const history = isHistory(evidence.operations)
    ? evidence.operations
    : historyOf(evidence.operations);
  const initial = ofKind(events, 'initial');
  const endUs = lastLook(events);
  const topology = topologyOf(evidence.topology);
  const faults = faultStories(topology, events, endUs);
  const settings = settingsOf(topology, evidence.plan, events, faults[0]?.before);
  const slotOf = new Map(initial.map(({ key, slot }) => [key, slot]));
  return {
    plan: evidence.plan,
    topology,
    topologyName: evidence.topology,
    events,
    history,
    ledgers: evidence.ledgers ?? ledgersOf(history, events),
    faults,
    timing: topology.timing(settings),
    timingKnown: settings.known,
    slotOf,
    covers: (shard, key) => topology.covers(shard, key, slotOf.get(key)),
    keys: [...new Set([...initial.map(({ key }) => key), ...history.keys])].sort(),
    acknowledgedUs: acknowledgedTimes(history),
    load: loadPeriod(events, history),
    endUs,
    allowance: ofKind(events, 'allowance')[0] ?? { podMs: 0, allMs: 0, ordered: false },
    standstills: standstills(events),
    proof: proofOf(events, endUs),
  };
}

export function ofKind<K extends EventBody['kind']>(
  events: readonly RunEvent[],
  kind: K,
): readonly EventOf<K>[] {
  return events.filter((event): event is EventOf<K> => event.kind === kind);
}

/** The world after all events up to and including this moment. */
export function worldAt(events: readonly RunEvent[], atUs: number): WorldState {
  let world = emptyWorld;
  for (const event of events) {
    if (event.atUs > atUs) break;
    world = advance(world, event);
  }
  return world;
}

function faultStories(
  topology: Topology,
  events: readonly RunEvent[],
  endUs: number,
): readonly FaultStory[] {
  const byId = new Map<string, EventOf<'fault'>[]>();
  for (const event of ofKind(events, 'fault')) {
    byId.set(event.faultId, [...(byId.get(event.faultId) ?? []), event]);
  }
  const groups = [...byId.values()];
  const starts = groups.map((stages) => beginOf(events, stages));
  const spans = groups.map((_, index) => {
    const faultEndUs = starts[index + 1]?.us ?? endUs;
    const past = events.findIndex(({ atUs }) => atUs > faultEndUs);
    return {
      faultEndUs,
      from: starts[index]?.place ?? 0,
      to: past < 0 ? events.length : past,
    };
  });
  const worlds = worldsBefore(
    events,
    spans.flatMap(({ from, to }) => [from, to]),
  );
  return groups.flatMap((stages, index) => {
    const first = stages[0];
    if (!first) return [];
    const at = (stage: string) => stages.find((event) => event.stage === stage)?.atUs ?? null;
    const landings = stages.filter(({ stage }) => stage === 'landed' || stage === 'missed');
    const { faultEndUs = endUs, from = 0, to = 0 } = spans[index] ?? {};
    const before = worlds.get(from) ?? emptyWorld;
    const releaseUs = at('release') ?? at('released');
    const begun = starts[index]?.known ?? false;
    const held = stages.find(({ stage }) => stage === 'injected')?.held;
    const recovering = phaseWithin(events, 'recover', first.atUs, faultEndUs);
    return [
      {
        id: first.faultId,
        name: first.name,
        hold: first.hold,
        // A version that did not say it: kept down until a release, or until it got no further.
        held: held ?? (first.hold === 'auto' && (releaseUs !== null || !recovering)),
        targets: stages.find(({ targets }) => targets.length > 0)?.targets ?? [],
        predicted: stages.findLast(({ predicted }) => predicted !== null)?.predicted ?? null,
        beginUs: starts[index]?.us ?? first.atUs,
        begun,
        injectedUs: begun ? at('injected') : null,
        landing: landingOf(landings),
        confirmed: new Set(
          landings
            .filter(({ stage }) => stage === 'landed')
            .flatMap(({ targets }) => targets.map(({ uid }) => uid)),
        ),
        releaseUs,
        releasedUs: at('released'),
        endUs: faultEndUs,
        before,
        after: worlds.get(to) ?? emptyWorld,
        expectation: topology.expect(before),
      },
    ];
  });
}

/** The worlds right before the events at these places, folded once for all of them. */
function worldsBefore(
  events: readonly RunEvent[],
  places: readonly number[],
): ReadonlyMap<number, WorldState> {
  const wanted = new Set(places);
  const worlds = new Map<number, WorldState>();
  let world = emptyWorld;
  for (const [place, event] of events.entries()) {
    if (wanted.has(place)) worlds.set(place, world);
    world = advance(world, event);
  }
  return worlds.set(events.length, world);
}

/** When a fault began and at which place of the events: by its own word, else by the phase it came in. */
function beginOf(
  events: readonly RunEvent[],
  stages: readonly EventOf<'fault'>[],
): { readonly us: number; readonly place: number; readonly known: boolean } {
  const [first] = stages;
  if (!first) return { us: 0, place: 0, known: false };
  const own = { us: first.atUs, place: events.indexOf(first) };
  if (first.stage === 'inject') return { ...own, known: true };
  const place = events.findLastIndex(
    (event) =>
      event.atUs <= first.atUs &&
      event.kind === 'phase' &&
      event.name === 'inject' &&
      event.edge === 'begin' &&
      (event.faultId ?? first.faultId) === first.faultId,
  );
  const phase = events[place];
  return phase ? { us: phase.atUs, place, known: true } : { ...own, known: false };
}

/** Every target confirms for itself: one that missed makes the fault a miss. */
function landingOf(landings: readonly EventOf<'fault'>[]): FaultStory['landing'] {
  if (landings.length === 0) return null;
  const missed = landings.filter(({ stage }) => stage === 'missed');
  const shown = missed.length > 0 ? missed : landings;
  return { landed: missed.length === 0, detail: shown.map(({ detail }) => detail).join('; ') };
}

/**
 * The last event before the report or the tear-down: what comes then is not the set-up's doing, and a
 * stored run must end at the same moment as when it was first judged.
 */
function lastLook(events: readonly RunEvent[]): number {
  const end = events.findIndex(
    (event) =>
      event.kind === 'phase' &&
      event.edge === 'begin' &&
      (event.name === 'report' || event.name === 'dispose'),
  );
  return (end < 0 ? events.at(-1) : events[end - 1])?.atUs ?? 0;
}

/** What the servers told, else what the shipped manifests were given, else a guess. */
function settingsOf(
  topology: Topology,
  plan: Plan,
  events: readonly RunEvent[],
  before: WorldState | undefined,
): Settings {
  const world = before ?? worldAt(events, Number.POSITIVE_INFINITY);
  const told = topology.told(events, world);
  if (told !== null) return told;
  const planned = plan.setup.nodeTimeoutMs;
  return planned === null ? topology.defaults : { silenceMs: planned, known: true };
}

function loadPeriod(events: readonly RunEvent[], { startUs }: History): RunStory['load'] {
  const firstUs = startUs.at(0);
  const lastUs = startUs.at(-1);
  if (firstUs === undefined || lastUs === undefined) return null;
  const drainUs = phaseUs(events, 'drain', 'begin');
  return { fromUs: firstUs, toUs: Math.max(drainUs ?? lastUs, firstUs) };
}

function isHistory(operations: Evidence['operations']): operations is History {
  return 'ids' in operations;
}

function ledgersOf(history: History, events: readonly RunEvent[]): Ledgers {
  const ledgers = openLedgers(history);
  for (const event of events) if (event.kind === 'ledger') ledgers.add(event);
  return ledgers;
}

/** Sorted once for each key: every fault asks again. */
function acknowledgedTimes(history: History): RunStory['acknowledgedUs'] {
  const known = new Map<string, Float64Array>();
  return (name) => {
    const ready = known.get(name);
    if (ready) return ready;
    const { size, outcome, key, endUs } = history;
    const code = history.keys.indexOf(name);
    const counts = (index: number) => outcome[index] === outcomeCodes.ok && key[index] === code;
    let count = 0;
    for (let index = 0; index < size; index++) if (counts(index)) count++;
    const times = new Float64Array(count);
    let at = 0;
    for (let index = 0; index < size; index++) {
      if (counts(index)) times[at++] = endUs[index] ?? 0;
    }
    known.set(name, times.sort());
    return times;
  };
}
