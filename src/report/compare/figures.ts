import type { FaultRecord } from '../../model/fault.ts';
import type { Report } from '../../model/report.ts';

export type FigureId = 'outage' | 'promotion' | 'redundancy' | 'latency' | 'lost';

/** One figure of a run that a later run is held against; less is better. */
export interface Figure {
  readonly id: FigureId;
  readonly unit: 'ms' | 'count';
  /** Null: it did not happen, or nobody measured it. */
  readonly value: number | null;
  /** By so much two healthy runs of one set-up differ without anything having changed. */
  readonly spread: number;
}

export const figureNames: Readonly<Record<FigureId, string>> = {
  outage: 'longest time without an acknowledged write',
  promotion: 'promotion after the exit',
  redundancy: 'replicas in sync again after the exit',
  latency: '95th percentile of acknowledged requests',
  lost: 'acknowledged writes lost',
};

/** Latency moves by this much with the machine alone, ms. */
const latencySpreadMs = 10;

/**
 * The figures of one report. A failure is noticed and voted on within a range that the node timeout
 * gives (cluster-spec: half a ping period and a random election delay), so a promotion anywhere in it is
 * the same; the outage and the redundancy follow from it.
 */
export function figuresOf({ faults, operations }: Report): readonly Figure[] {
  const spread = Math.max(
    0,
    ...faults.map(({ predictedMs }) => (predictedMs ? predictedMs.highMs - predictedMs.lowMs : 0)),
  );
  const sinceExit = (of: (fault: FaultRecord) => number | null) =>
    longest(
      faults.map((fault) => {
        const fromMs = fault.timeline.stoppedMs ?? fault.timeline.injectedMs;
        const atMs = of(fault);
        return fromMs === null || atMs === null ? null : Math.max(0, atMs - fromMs);
      }),
    );
  const { longestOutageMs, latencyUs, lost, attempted } = operations;
  const ms = (id: FigureId, value: number | null, slack: number): Figure => ({
    id,
    unit: 'ms',
    value,
    spread: slack,
  });
  return [
    ms('outage', longestOutageMs, spread),
    ms(
      'promotion',
      sinceExit(({ timeline }) => timeline.promotedMs),
      spread,
    ),
    ms(
      'redundancy',
      sinceExit(({ timeline }) => timeline.redundantMs),
      spread,
    ),
    ms('latency', latencyUs.p95 === null ? null : latencyUs.p95 / 1000, latencySpreadMs),
    { id: 'lost', unit: 'count', value: attempted === 0 ? null : lost, spread: 0 },
  ];
}

function longest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
