import type { PhaseName, RunEvent } from '../model/event.ts';

/** When a phase first began or last ended, µs since run start; null when it did not. */
export function phaseUs(
  events: readonly RunEvent[],
  name: PhaseName,
  edge: 'begin' | 'end',
): number | null {
  const match = (event: RunEvent) =>
    event.kind === 'phase' && event.name === name && event.edge === edge;
  const found = edge === 'begin' ? events.find(match) : events.findLast(match);
  return found?.atUs ?? null;
}

/** Whether a phase began between these moments. */
export function phaseWithin(
  events: readonly RunEvent[],
  name: PhaseName,
  fromUs: number,
  toUs: number,
): boolean {
  return events.some(
    (event) =>
      event.kind === 'phase' &&
      event.name === name &&
      event.edge === 'begin' &&
      event.atUs >= fromUs &&
      event.atUs <= toUs,
  );
}
