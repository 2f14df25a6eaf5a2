import { describe, expect, test } from 'vitest';
import {
  longestGaps,
  longestOutageMs,
  outageFinding,
  outageSpan,
} from '../../../src/checker/availability/outage.ts';
import type { RunStory } from '../../../src/checker/run-story.ts';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { at, faultStory, initial, noMoments, request, storyOf } from './small-story.ts';

/** Seconds at which increments of `hits` and `k0` are acknowledged; the drain begins at 90 s. */
const load = (
  hits: readonly number[],
  k0: readonly number[] = [],
  more: readonly RunEvent[] = [],
  change?: (plan: Plan) => Plan,
): RunStory => {
  const requests = (key: string, seconds: readonly number[]) =>
    seconds.map((second, index) => {
      const us = second * 1e6;
      return request({ id: `${key}${index}`, key, startUs: us, endUs: us });
    });
  const drain = at(90_000, { kind: 'phase', name: 'drain', edge: 'begin' });
  return storyOf([drain, ...more], [...requests('hits', hits), ...requests('k0', k0)], change);
};
const seconds = (story: RunStory, fromS: number, toS: number) =>
  longestGaps(story, fromS * 1e6, toS * 1e6).map(({ key, fromUs, toUs }) => [
    key,
    fromUs / 1e6,
    toUs / 1e6,
  ]);

describe('the longest gaps', () => {
  test('are of each key and of all together, and the first of equal ones', () => {
    expect(seconds(load([10, 14, 18], [10, 11, 17]), 9, 20)).toEqual([
      ['hits', 10, 14],
      ['k0', 11, 17],
      [null, 11, 14],
    ]);
  });
  test('there are none without load', () => {
    expect(longestGaps(storyOf([]), 0, 9)).toEqual([]);
    expect(longestOutageMs(storyOf([]))).toBeNull();
  });
  test('a span’s gap ends in it, wherever it began', () => {
    expect(seconds(load([10, 14, 15, 30]), 12, 20)[0]).toEqual(['hits', 10, 14]);
    expect(seconds(load([10, 14, 15, 30]), 14, 20)[0]).toEqual(['hits', 14, 15]);
    expect(seconds(load([10, 14, 15, 30]), 15, 20)[0]).toEqual(['hits', 15, 15]);
  });
  test('the load’s own end closes the last one, and what comes in the drain does not count', () => {
    expect(seconds(load([10, 60, 95]), 20, 99)[0]).toEqual(['hits', 10, 60]);
    expect(seconds(load([10, 30, 95]), 20, 99)[0]).toEqual(['hits', 30, 90]);
    expect(seconds(load([10, 30, 90]), 20, 99)[0]).toEqual(['hits', 30, 90]);
    expect(seconds(load([10, 30, 95]), 20, 90)[0]).toEqual(['hits', 30, 90]);
    expect(seconds(load([10, 30, 95]), 20, 89)[0]).toEqual(['hits', 10, 30]);
    expect(seconds(load([10, 30, 95]), 40, 99)[0]).toEqual(['hits', 30, 90]);
    expect(seconds(load([10, 30, 95]), 90, 99)[0]).toEqual(['hits', 90, 90]);
  });
  test('a key that nobody acknowledged is silent from the begin of the load', () => {
    expect(seconds(load([10, 50], [70]), 20, 60)[1]).toEqual(['k0', 20, 20]);
    const silent = load([10], [], [at(1000, initial('k9', 5))]);
    expect(seconds(silent, 9, 99)[1]).toEqual(['k9', 10, 90]);
  });
  test('the longest outage of the run is in whole ms', () => {
    expect(longestOutageMs(load([10, 10.0004, 89]))).toBe(79_000);
    expect(longestOutageMs(load([10, 10.0006, 88]))).toBe(77_999);
  });
});

describe('outage-within-budget', () => {
  const fault = faultStory({ predicted: { lowMs: 6000, highMs: 10_000 } });
  const every = (stepS: number) =>
    Array.from({ length: Math.floor(80 / stepS) + 1 }, (_, index) => 10 + index * stepS);
  const judged = (story: RunStory, change: Partial<typeof fault> = {}) => {
    const told = { ...fault, ...change };
    return outageFinding({ ...story, faults: [told] }, told, noMoments);
  };

  test('the budget is the prediction’s upper end and 3 s, or the plan’s', () => {
    const gap = (lengthS: number) => load([10, 11, 11 + lengthS, ...every(1).slice(16)]);
    expect(judged(gap(13))?.verdict).toBe('pass');
    expect(judged(gap(13.000001))).toMatchObject({
      verdict: 'fail',
      expected: 'no key without an acknowledged write for more than 13.0s',
      observed: 'longest: 13.0s of hits from 11.0 s on',
      evidence: ['13.0s of hits from 11.0 s on', '13.0s at the LoadBalancer from 11.0 s on'],
      faultId: 'f1',
    });
    // 5 s of node timeout predict up to 10 s as well
    expect(judged(gap(13), { predicted: null })?.verdict).toBe('pass');
    expect(judged(gap(13.1), { predicted: null, targets: [] })?.verdict).toBe('fail');
    const planned = load([10, 11, 19, ...every(1).slice(16)], [], [], (p) => ({
      ...p,
      assert: { ...p.assert, outageBudgetMs: 7999 },
    }));
    expect(judged(planned)).toMatchObject({ verdict: 'fail' });
  });

  test('undecided without load, and when the last fault’s load did not end', () => {
    expect(judged(storyOf([]))).toMatchObject({
      verdict: 'inconclusive',
      observed: 'there was no load',
      evidence: [],
    });
    const story = load(every(1));
    const cut = { ...story, events: [] };
    expect(judged(cut)).toMatchObject({
      verdict: 'inconclusive',
      observed: 'the load did not run to its end; so far 1.0s of hits from 10.0 s on',
    });
    const next = { ...fault, id: 'f2' };
    expect(outageFinding({ ...cut, faults: [fault, next] }, fault, noMoments)?.verdict).toBe(
      'pass',
    );
    expect(outageFinding({ ...cut, faults: [next, fault] }, fault, noMoments)?.verdict).toBe(
      'inconclusive',
    );
  });

  test('a fault’s span ends where the next begins, and the first one’s begins with the load', () => {
    const [one, two] = [faultStory(), faultStory({ id: 'f2', beginUs: 40e6, endUs: 60e6 })];
    const story = { ...load(every(1)), faults: [one, two] };
    expect(outageSpan(story, one)).toEqual({ fromUs: 10e6 - 1, toUs: 100e6 });
    expect(outageSpan(story, two)).toEqual({ fromUs: 40e6, toUs: 90e6 });
    expect(outageSpan({ ...story, load: null }, one)).toBeNull();
  });

  describe('our own stalls explain as much as they lasted', () => {
    const sample = (second: number, body: EventBody) => at(second * 1000, body);
    const generator = (second: number, maxLagUs: number) =>
      sample(second, { kind: 'generator', scheduled: 1, started: 1, maxLagUs, inFlight: 1 });
    const host = (
      second: number,
      loopLagMs: number,
      steal: number | null = null,
      cpuPressure: number | null = null,
    ) => sample(second, { kind: 'host', loopLagMs, steal, cpuPressure });
    /** An outage of 14 s, one over the budget, from 20 to 34 s. */
    const story = (...samples: RunEvent[]) =>
      load(
        every(1).filter((second) => second <= 20 || second >= 34),
        [],
        samples,
      );
    test.each<[name: string, samples: RunEvent[], verdict: string]>([
      ['nothing was late', [generator(21, 250_000), generator(22, 250_000)], 'fail'],
      ['the generator was', [generator(21, 0), generator(22, 250_001)], 'inconclusive'],
      ['its first sample speaks of one second', [generator(22, 300_000)], 'inconclusive'],
      ['a sample of less than the excess', [generator(21.1, 0), generator(22, 300_000)], 'fail'],
      ['the loop was at its limit', [host(21, 0), host(22, 250)], 'fail'],
      ['the loop was late', [host(21, 0), host(22, 251)], 'inconclusive'],
      ['the host’s first sample speaks of one second', [host(22, 251)], 'inconclusive'],
      ['less than the excess', [host(21.1, 0), host(22, 251)], 'fail'],
      ['a fifth was stolen', [host(21, 0, 0.2), host(22, 0, 0.2)], 'fail'],
      ['more was stolen', [host(21, 0), host(22, 0, 0.21)], 'inconclusive'],
      ['pressed, and the loop late', [host(21, 0), host(22, 101, 0, 0.91)], 'inconclusive'],
      ['pressed, and the loop not late', [host(21, 0), host(22, 100, 0, 0.91)], 'fail'],
      ['pressed less', [host(21, 0), host(22, 101, 0, 0.9)], 'fail'],
      [
        'one stall seen twice',
        [generator(20.5, 0), host(20.5, 0), generator(21.4, 3e5), host(21.4, 900)],
        'fail',
      ],
      [
        'two stalls',
        [generator(21, 0), generator(21.6, 3e5), host(30, 0), host(30.5, 900)],
        'inconclusive',
      ],
      [
        'two that overlap',
        [generator(21, 0), generator(21.8, 3e5), host(21.4, 0), host(22.1, 900)],
        'inconclusive',
      ],
      [
        'one inside the other',
        [generator(21, 0), generator(21.9, 3e5), host(21.2, 0), host(21.6, 900)],
        'fail',
      ],
      ['before the outage', [generator(18.9, 0), generator(20.9, 3e5)], 'fail'],
      ['after it', [generator(33.1, 0), generator(36, 3e5)], 'fail'],
      ['long before it', [generator(12, 0), generator(15, 3e5)], 'fail'],
    ])('%s', (_, samples, verdict) => {
      expect(judged(story(...samples))?.verdict).toBe(verdict);
    });
    test('it is told by how much', () => {
      expect(judged(story(generator(21, 0), generator(23, 3e5)))).toMatchObject({
        verdict: 'inconclusive',
        observed:
          '14.0s of hits from 20.0 s on, but the generator or the host stalled for 2.0s of it; give the machine more CPU, a longer --node-timeout or a lower --rate',
        evidence: ['14.0s of hits from 20.0 s on', '14.0s at the LoadBalancer from 20.0 s on'],
      });
    });
  });

  test('the longest comes first, at most twelve lines', () => {
    expect(judged(load(every(1), every(2)))?.evidence).toEqual([
      '2.0s of k0 from 10.0 s on',
      '1.0s of hits from 10.0 s on',
      '1.0s at the LoadBalancer from 10.0 s on',
    ]);
  });

  test('a lost shard’s own keys, and those of unknown slots, are not judged', () => {
    const slots = [at(1000, initial('hits', 100)), at(1000, initial('k0', 6000))];
    const silent = load([10], every(1), slots);
    expect(judged(silent)?.verdict).toBe('fail');
    expect(judged(silent, { name: 'shard-delete' })).toMatchObject({
      verdict: 'pass',
      evidence: ['1.0s of k0 from 10.0 s on'],
    });
    expect(judged(load([10], [], slots.slice(0, 1)), { name: 'shard-delete' })).toBeNull();
    expect(judged(load(every(1)), { name: 'shard-delete' })).toBeNull();
  });
});
