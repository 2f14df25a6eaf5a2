import { describe, expect, test } from 'vitest';
import { failoverStatistics } from '../../../src/checker/availability/failover-statistics.ts';
import { failoverTrials } from '../../../src/checker/availability/failover-trials.ts';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import type { LossWindow } from '../../../src/checker/counter/loss-window.ts';
import { lossesOf } from '../../../src/checker/counter/losses.ts';
import type { FaultStory } from '../../../src/checker/run-story.ts';
import type { CheckId, Finding } from '../../../src/model/finding.ts';
import { at, faultStory, lossWindowAt, request, storyOf } from './small-story.ts';

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
    windows: readonly LossWindow[] = [],
    numbers: readonly { readonly second: number; readonly value: number }[] = [],
    twice: readonly number[] = [],
  ) => {
    const operations = seconds.map((second) =>
      request({
        id: `o${second}`,
        startUs: second * 1e6,
        endUs: second * 1e6,
        value: numbers.find((other) => other.second === second)?.value ?? second,
        node: 'n@x',
      }),
    );
    const entries = operations
      .map(({ id }) => id)
      .filter((id) => !lost.includes(Number(id.slice(1))))
      .concat(twice.map((second) => `o${second}`));
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
    const accounts = accountsOf(story);
    const counted = { accounts, losses: lossesOf(story, accounts, windows) };
    return failoverStatistics([failoverTrials(story, counted, findings)]);
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
  test('an undecided one is no trial of a red, and a red one is whatever else is undecided', () => {
    const open = finding('f2', { id: 'load-sufficient', verdict: 'inconclusive' });
    expect(statistics([...landed, open])?.red).toMatchObject({ count: 0, of: 1 });
    expect(statistics([...landed, open])?.red.upper).toBeCloseTo(0.95, 6);
    const red = finding('f2', { id: 'promotion', verdict: 'fail' });
    expect(statistics([...landed, open, red])?.red).toMatchObject({ count: 1, of: 2 });
    const excused = { ...open, expectedRed: true };
    expect(statistics([...landed, excused])?.red).toMatchObject({ count: 0, of: 2 });
    const both = [open, { ...open, faultId: 'f1' }];
    expect(statistics([...landed, ...both])?.red).toEqual({ count: 0, of: 0, upper: 1 });
  });
  describe('what is of the whole run', () => {
    const ofRun = (id: CheckId, verdict: Finding['verdict'], change: Partial<Finding> = {}) => {
      const { faultId: _, ...whole } = finding('', { id, verdict, ...change });
      return whole;
    };
    const reds = (findings: readonly Finding[], lost: readonly number[] = [], w?: LossWindow[]) => {
      const red = statistics([...landed, ...findings], lost, [one, two], w)?.red;
      return [red?.count, red?.of];
    };
    const continuity = ofRun('counter-continuity', 'fail');
    test('undecided leaves nobody without a red for sure', () => {
      const unread = ofRun('linearizable', 'inconclusive');
      expect(reds([unread])).toEqual([0, 0]);
      expect(reds([unread, finding('f1', { id: 'promotion', verdict: 'fail' })])).toEqual([1, 1]);
      expect(reds([ofRun('linearizable', 'inconclusive', { expectedRed: true })])).toEqual([0, 2]);
    });
    test('a lost write is red for the fault in whose time it was acknowledged', () => {
      expect(reds([continuity], [55])).toEqual([1, 2]);
      expect(reds([continuity], [40, 55])).toEqual([2, 2]);
      expect(reds([ofRun('linearizable', 'fail')], [40, 55])).toEqual([2, 2]);
      expect(reds([{ ...continuity, expectedRed: true }], [40, 55])).toEqual([0, 2]);
      const own = finding('f2', { id: 'promotion', verdict: 'fail' });
      expect(reds([continuity, own], [55])).toEqual([1, 2]);
      expect(reds([continuity, own], [40])).toEqual([2, 2]);
    });
    test('but not one that a window allows', () => {
      const window = lossWindowAt({ fromUs: 55e6, toUs: 55e6, node: 'n' });
      expect(reds([continuity], [40, 55], [window])).toEqual([1, 2]);
    });
    test('a drop is red for the fault in whose time the lower number came, if no window allows it', () => {
      const back = [{ second: 55, value: 3 }];
      const faults = [one, two];
      const own = finding('f2', { id: 'promotion', verdict: 'fail' });
      const count = (findings: readonly Finding[], windows: readonly LossWindow[] = []) =>
        statistics([...landed, ...findings], windows.length > 0 ? [54] : [], faults, windows, back)
          ?.red.count;
      expect(count([continuity])).toBe(1);
      expect(count([continuity, own])).toBe(1);
      // what came before it was lost and excused: then nothing tells whose red it is
      const window = lossWindowAt({ fromUs: 54e6, toUs: 54e6 });
      expect(count([continuity, own], [window])).toBe(2);
    });
    test('a duplicate is red for the fault in whose time it was asked for', () => {
      const twice = ofRun('no-duplicates', 'fail');
      const own = finding('f2', { id: 'promotion', verdict: 'fail' });
      const count = (findings: readonly Finding[], second: number) =>
        statistics([...landed, ...findings], [], [one, two], [], [], [second])?.red.count;
      expect(count([twice, own], 55)).toBe(1);
      expect(count([twice, own], 40)).toBe(2);
      // it is not what a lost write is about
      expect(count([continuity, own], 55)).toBe(2);
    });
    test('what shows no time counts against one more', () => {
      expect(reds([continuity])).toEqual([1, 2]);
      const own = finding('f2', { id: 'promotion', verdict: 'fail' });
      expect(reds([ofRun('one-owner', 'fail'), own], [55])).toEqual([2, 2]);
      expect(reds([ofRun('data-kept', 'fail'), own])).toEqual([2, 2]);
      expect(reds([ofRun('data-kept', 'fail'), own, { ...own, faultId: 'f1' }])).toEqual([2, 2]);
      expect(reds([ofRun('data-kept', 'fail'), ofRun('linearizable', 'inconclusive')])).toEqual([
        1, 1,
      ]);
    });
  });
  test('of losses an unread counter tells nothing, but of those that were seen', () => {
    const { faultId: _, ...unread } = finding('', {
      id: 'counter-continuity',
      verdict: 'inconclusive',
    });
    expect(statistics(landed)?.lossy).toMatchObject({ count: 0, of: 2 });
    expect(statistics([...landed, unread])?.lossy).toEqual({ count: 0, of: 0, upper: 1 });
    expect(statistics([...landed, unread], [55])?.lossy).toMatchObject({ count: 1, of: 1 });
  });
  test('an outage that was not decided is no length', () => {
    const open = (faultId: string) =>
      finding(faultId, { id: 'outage-within-budget', verdict: 'inconclusive' });
    expect(statistics([...landed, open('f2')])?.outageMs.max).toBe(6000);
    expect(statistics([...landed, open('f1'), open('f2')])?.outageMs).toEqual({
      p50: null,
      p95: null,
      max: null,
    });
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
