import type { EventBody, RunEvent } from '../../model/event.ts';
import type { Clock } from '../../platform/clock.ts';
import type { NdjsonWriter } from '../../platform/ndjson-writer.ts';
import { advance, emptyWorld, type WorldState } from '../../topology/state.ts';
import { type Redact, redactEvent } from '../evidence/redact.ts';

/**
 * Keeps the evidence: every event goes to events.ndjson, to the checker's input and into the live
 * world state, in one step, so that what the run acts on is what the checker will see. Secrets are taken
 * out of its texts on the way in: nothing that is made of the events can tell them.
 */
export interface Recorder {
  /** µs since run start. */
  nowUs(): number;
  /** Records an event, now or at an earlier time of this clock (observer events arrive late). */
  record(body: EventBody, atUs?: number): void;
  readonly world: WorldState;
  readonly events: readonly RunEvent[];
  /** Calls back after each event until the returned function is called. */
  subscribe(listener: (event: RunEvent) => void): () => void;
}

export function openRecorder(
  clock: Clock,
  zeroUs: number,
  writer: NdjsonWriter,
  redact: Redact = (text) => text,
): Recorder {
  const events: RunEvent[] = [];
  const listeners = new Set<(event: RunEvent) => void>();
  let world = emptyWorld;
  return {
    nowUs: () => clock.nowUs() - zeroUs,
    record(body, atUs = clock.nowUs() - zeroUs) {
      const event: RunEvent = { atUs, ...redactEvent(body, redact) };
      events.push(event);
      writer.write(event);
      world = advance(world, event);
      for (const listener of listeners) listener(event);
    },
    get world() {
      return world;
    },
    events,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
