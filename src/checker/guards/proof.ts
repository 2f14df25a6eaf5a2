import type { RunEvent } from '../../model/event.ts';
import { isLasting, podUidOf } from '../../topology/state.ts';

/** A time without proof that anybody looked, µs since run start; `toUs` is no longer part of it. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/**
 * When nobody can be shown to have looked. A view and a pod hold until the next one only as long as
 * somebody goes on looking, so the evidence holds a line for that each second (LooksEvent, ListedEvent).
 */
export interface Proof {
  /** By uid, from the server's first view on: no look at it was completed, or a view of it is missing. */
  readonly servers: ReadonlyMap<string, readonly Span[]>;
  /** Nobody listed the Redis pods, or an event of one is missing. */
  readonly pods: readonly Span[];
  /** No look at any server was completed. */
  readonly observer: readonly Span[];
}

/** What is said of the evidence of a version that kept no proof, where somebody must have looked. */
export const noProof =
  'nothing shows that anybody looked all the time: the evidence is of an older version';

/**
 * A look may take 2 s (the observer's own patience) before a server counts as out of reach, and begins a
 * turn after the one before: whoever is stopped within a look is told of 2.1 s after the last one that ended,
 * and what a busy machine adds comes on top.
 */
const lookPatienceUs = 2_500_000;
/** Kubernetes is listed five times a second; an API server on a busy machine takes its time. */
const listPatienceUs = 5_000_000;

/**
 * What is not proven up to `endUs`; null for the evidence of a version that kept no such lines.
 * Events come sorted by time.
 */
export function proofOf(events: readonly RunEvent[], endUs: number): Proof | null {
  const keeps = events.some(
    (event) =>
      event.kind === 'looks' ||
      event.kind === 'listed' ||
      (event.kind === 'view' && event.turn !== undefined),
  );
  if (!keeps) return null;
  return {
    servers: unseenServers(events, endUs),
    pods: unlisted(events, endUs),
    observer: unobserved(events, endUs),
  };
}

/** The span that a moment lies in; null when it lies in none. */
export function spanAt(spans: readonly Span[], atUs: number): Span | null {
  return spans.find(({ fromUs, toUs }) => fromUs <= atUs && atUs < toUs) ?? null;
}

/** The spans that overlap [fromUs, toUs]. */
export function spansWithin(spans: readonly Span[], fromUs: number, toUs: number): readonly Span[] {
  return spans.filter((span) => span.toUs > fromUs && span.fromUs < toUs);
}

/** A moment at which a server was as its `turn`-th view says. */
interface Sighting {
  readonly atUs: number;
  readonly turn: number;
}

function unseenServers(
  events: readonly RunEvent[],
  endUs: number,
): ReadonlyMap<string, readonly Span[]> {
  const told = new Map<string, Set<number>>();
  const sightings = new Map<string, Sighting[]>();
  const saw = (uid: string, sighting: Sighting) => {
    const known = sightings.get(uid);
    if (known) known.push(sighting);
    else sightings.set(uid, [sighting]);
  };
  for (const event of events) {
    if (event.kind !== 'view' || event.turn === undefined) continue;
    const { uid } = event.view;
    told.set(uid, (told.get(uid) ?? new Set()).add(event.turn));
    saw(uid, { atUs: event.atUs, turn: event.turn });
  }
  for (const event of events) {
    if (event.kind !== 'looks') continue;
    for (const { uid, turn, agoUs } of event.looks) {
      // a look that confirmed a view which is not there confirms nothing
      if (told.get(uid)?.has(turn)) saw(uid, { atUs: event.atUs - agoUs, turn });
    }
  }
  // What has a view without a turn was not written by whoever wrote the others.
  for (const event of events) {
    if (event.kind === 'view' && !sightings.has(event.view.uid)) sightings.set(event.view.uid, []);
  }
  const left = leavings(events);
  return new Map(
    [...sightings].map(([uid, of]) => {
      const leftUs = Math.min(left.get(podUidOf(uid)) ?? endUs, endUs);
      return [uid, betweenSightings(sorted(of), leftUs, endUs)] as const;
    }),
  );
}

/** By pod's uid, since when it is on its way out or gone for good: from then on nobody has to look at it. */
function leavings(events: readonly RunEvent[]): ReadonlyMap<string, number> {
  const left = new Map<string, number>();
  for (const event of events) {
    if (event.kind === 'pod-gone') left.set(event.uid, left.get(event.uid) ?? event.atUs);
    if (event.kind !== 'pod') continue;
    const { uid } = event.pod;
    if (isLasting(event.pod)) left.delete(uid);
    else if (!left.has(uid)) left.set(uid, event.atUs);
  }
  return left;
}

/** `leftUs`: until when looks are asked for. */
function betweenSightings(
  sightings: readonly Sighting[],
  leftUs: number,
  endUs: number,
): readonly Span[] {
  const [first] = sightings;
  if (!first) return [{ fromUs: 0, toUs: endUs }];
  const spans: Span[] = [];
  let last = first;
  for (const next of sightings) {
    const missing = next.turn > last.turn + 1;
    if (missing || next.atUs - last.atUs > lookPatienceUs) {
      spans.push({ fromUs: last.atUs, toUs: next.atUs });
    }
    last = next;
  }
  if (leftUs - last.atUs > lookPatienceUs) spans.push({ fromUs: last.atUs, toUs: endUs + 1 });
  return spans;
}

/** Two clocks of one moment may differ by some µs: of one moment the lower turn comes first. */
function sorted(sightings: readonly Sighting[]): readonly Sighting[] {
  return [...sightings].sort((a, b) => a.atUs - b.atUs || a.turn - b.turn);
}

function unlisted(events: readonly RunEvent[], endUs: number): readonly Span[] {
  const turns = new Map<string, number>();
  const spans: Span[] = [];
  let provenUs = 0;
  let missing = false;
  for (const event of events) {
    if (event.kind === 'pod' && event.part === 'redis') {
      const { uid } = event.pod;
      missing ||= event.turn !== (turns.get(uid) ?? 0) + 1;
      turns.set(uid, event.turn ?? 0);
    } else if (event.kind === 'pod-gone') {
      turns.delete(event.uid);
    } else if (event.kind === 'listed') {
      const asTold =
        event.pods.length === turns.size &&
        event.pods.every(({ uid, turn }) => turns.get(uid) === turn);
      if (!asTold) {
        missing = true;
        continue;
      }
      if (missing || event.atUs - provenUs > listPatienceUs) {
        spans.push({ fromUs: provenUs, toUs: event.atUs });
      }
      provenUs = event.atUs;
      missing = false;
    }
  }
  if (missing || endUs - provenUs > listPatienceUs) {
    spans.push({ fromUs: provenUs, toUs: endUs + 1 });
  }
  return spans;
}

function unobserved(events: readonly RunEvent[], endUs: number): readonly Span[] {
  const spans: Span[] = [];
  let lastUs: number | null = null;
  let atOnce = 0;
  for (const event of events) {
    if (event.kind !== 'looks') continue;
    atOnce = Math.max(atOnce, event.looks.length);
    // a look at one that is gone takes its 2 s: where there is no other, two of them are one too late
    const patienceUs = atOnce === 1 ? 2 * lookPatienceUs : lookPatienceUs;
    const newestUs = event.atUs - Math.min(...event.looks.map(({ agoUs }) => agoUs));
    if (lastUs !== null && newestUs - lastUs > patienceUs) {
      spans.push({ fromUs: lastUs, toUs: newestUs });
    }
    lastUs = Math.max(lastUs ?? newestUs, newestUs);
  }
  const sinceUs = lastUs ?? 0;
  if (endUs - sinceUs > lookPatienceUs) spans.push({ fromUs: sinceUs, toUs: endUs + 1 });
  return spans;
}
