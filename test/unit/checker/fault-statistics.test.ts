import { describe, expect, test } from 'vitest';
import { accountsOf } from '../../../src/checker/accounting.ts';
import { failoverStatistics } from '../../../src/checker/failover-statistics.ts';
import type { FaultStory } from '../../../src/checker/run-story.ts';
import type { Finding } from '../../../src/model/finding.ts';
import { at, faultStory, request, storyOf } from './small-story.ts';

describe('the statistics of fail-overs', () => {
  const [one, two] = [
    faultStory({ id: 'f1', beginUs: 20e6, endUs: 50e6 }),
    faultStory({ id: 'f2', beginUs: 50e6, endUs: 80e6 }),
  ];
  const finding = (faultId: string, change: Partial<Finding> = {}): Finding => ({
    id: 'fault-landed',
    verdict: 'pass',
    expected: '',
    observed: '',
    evidence: [],
    faultId,
    ...change,
  });
  const landed = [finding('f1'), finding('f2')];
  /** `hits` every second from 10 to 90 s but for 30-36 s and 60-69 s; these ids are in its ledger. */
  const seconds = Array.from({ length: 81 }, (_, index) => 10 + index).filter(
    (second) => !((second > 30 && second < 36) || (second > 60 && second < 69)),
  );
  const statistics = (
    findings: readonly Finding[],
    lost: readonly number[] = [],
    faults: readonly FaultStory[] = [one, two],
  ) => {
    const operations = seconds.map((second) =>
      request({ id: `o${second}`, startUs: second * 1e6, endUs: second * 1e6, value: second }),
    );
    const entries = operations
      .map(({ id }) => id)
      .filter((id) => !lost.includes(Number(id.slice(1))));
    const ledger = at(1, {
      kind: 'ledger',
      key: 'hits',
      owner: 'x',
      offset: 0,
      entries,
      last: true,
    });
    const drain = at(90_000, { kind: 'phase', name: 'drain', edge: 'begin' });
    const story = { ...storyOf([ledger, drain], operations), faults };
    return failoverStatistics(story, accountsOf(story), findings);
  };
  test('need two that landed', () => {
    expect(statistics(landed)).toMatchObject({ failovers: 2 });
    expect(statistics(landed.slice(1))).toBeNull();
    expect(statistics([finding('f1'), finding('f2', { verdict: 'inconclusive' })])).toBeNull();
    expect(statistics([finding('f1'), finding('f2', { id: 'promotion' })])).toBeNull();
  });
  test('count those with a red of their own that was not expected', () => {
    const red = (change: Partial<Finding>) =>
      statistics([...landed, finding('f2', { id: 'promotion', ...change })])?.red.count;
    expect(red({ verdict: 'fail' })).toBe(1);
    expect(red({ verdict: 'fail', expectedRed: true })).toBe(0);
    expect(red({ verdict: 'inconclusive' })).toBe(0);
    expect(red({ verdict: 'fail', faultId: 'f9' })).toBe(0);
  });
  test('count those that lost a write: by its end, the fault whose span it is in or comes next', () => {
    const lossy = (...lost: readonly number[]) => statistics(landed, lost)?.lossy.count;
    expect(lossy()).toBe(0);
    expect(lossy(10)).toBe(1);
    expect(lossy(10, 30, 50)).toBe(1);
    expect(lossy(50, 51)).toBe(2);
    expect(lossy(51, 80)).toBe(1);
    expect(lossy(85)).toBe(1);
    expect(lossy(50, 85)).toBe(2);
    expect(statistics(landed, [85], [one, two])?.lossy.upper).toBeCloseTo(0.9747, 4);
  });
  test('have the longest outage of each, in whole ms', () => {
    expect(statistics(landed)?.outageMs).toEqual({
      p50: { value: 6000, low: null, high: null },
      p95: { value: 9000, low: 6000, high: null },
      max: 9000,
    });
  });
});
