import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/checker/evaluate.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import { statisticsLines } from '../../../src/report/statistics-lines.ts';
import { scriptRun } from './script.ts';
import { times } from './script-plan.ts';

/** A second fault that hits nothing, 60 s after the first, in a load that goes on. */
const second = (stages: readonly ('inject' | 'injected' | 'landed' | 'missed')[]): RunEvent[] =>
  stages.map((stage, number) => ({
    atUs: 80e6 + number * 1000,
    kind: 'fault',
    faultId: 'f2',
    name: 'noop',
    hold: 'none',
    stage,
    targets: [],
    predicted: null,
    detail: stage,
  }));

const judged = (more: readonly RunEvent[], lost = 0) => {
  const evidence = scriptRun({
    endMs: 130_000,
    plan: (plan) => ({ ...plan, faults: { ...plan.faults, failovers: 2 } }),
    events: (events) => [
      ...events,
      ...more,
      ...events.flatMap((e) => (e.kind === 'snapshot' ? [{ ...e, faultId: 'f2' }] : [])),
    ],
    history: ({ operations, ledgers }) => {
      const before = operations.filter(
        ({ key, endUs }) => key === 'k1' && endUs < times.stopped * 1000,
      );
      const gone = new Set(before.slice(before.length - lost).map(({ id }) => id));
      if (lost > 0)
        ledgers.set(
          'k1',
          (ledgers.get('k1') ?? []).filter((id) => !gone.has(id)),
        );
    },
  });
  return evaluate(evidence);
};

describe('the statistics of several fail-overs', () => {
  test('are absent for one, and for two of which one missed', () => {
    expect(evaluate(scriptRun()).statistics).toBeNull();
    expect(judged(second(['inject', 'injected', 'missed'])).statistics).toBeNull();
  });

  test('count fail-overs, not requests, with exact bounds', () => {
    const { statistics } = judged(second(['inject', 'injected', 'landed']));
    expect(statistics).toMatchObject({
      confidence: 0.95,
      failovers: 2,
      red: { count: 0 },
      lossy: { count: 0 },
      outageMs: { p50: { low: null, high: null }, max: 7500 },
    });
    // both bounds: 1 - 0.05^(1/2)
    expect(statistics?.red.upper).toBeCloseTo(0.7764, 4);
    expect(statistics && statisticsLines(statistics)).toEqual([
      'fail-overs with a red check: 0 of 2, so at most 77.64 % of all (95 % sure)',
      'fail-overs that lost an acknowledged write: 0 of 2, so at most 77.64 % of all (95 % sure)',
      'longest outage of a fail-over: median 100ms (unknown to unknown), 95th percentile 7.5s (100ms to unknown), worst 7.5s',
    ]);
  });

  test('three lost writes of one fail-over make one lossy fail-over', () => {
    const { statistics, operations } = judged(second(['inject', 'injected', 'landed']), 3);
    expect(operations.lost).toBe(3);
    expect(statistics?.lossy.count).toBe(1);
  });
});
