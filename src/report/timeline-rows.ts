import type { FaultRecord, FaultTimeline } from '../model/fault.ts';

export interface TimelineRow {
  readonly what: string;
  /** Since run start. */
  readonly atMs: number | null;
  /** Since the container's exit, or the deed where nothing exited. */
  readonly sinceStopMs: number | null;
}

const labels: readonly (readonly [keyof FaultTimeline, string])[] = [
  ['injectedMs', 'fault injected'],
  ['lastAckMs', 'last write on the victim’s slots'],
  ['stoppedMs', 'container gone'],
  ['suspectedMs', 'first peer suspects (fail?)'],
  ['failedMs', 'first peer knows (fail)'],
  ['promotedMs', 'replica promoted'],
  ['firstAckMs', 'first write on the victim’s slots'],
  ['firstOkMs', 'first write through the LoadBalancer'],
  ['endpointMs', 'endpoints follow'],
  ['podReadyMs', 'pod ready again'],
  ['redundantMs', 'replicas in sync as before'],
];

/** A fault's moments in the order in which they happen when all goes well. */
export function timelineRows({ timeline }: FaultRecord): readonly TimelineRow[] {
  const zeroMs = timeline.stoppedMs ?? timeline.injectedMs;
  return labels.map(([key, what]) => {
    const atMs = timeline[key];
    return { what, atMs, sinceStopMs: atMs === null || zeroMs === null ? null : atMs - zeroMs };
  });
}
