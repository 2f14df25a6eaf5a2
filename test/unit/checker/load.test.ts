import { describe, expect, test } from 'vitest';
import { loadCounts } from '../../../src/checker/availability/load-counts.ts';
import { loadFinding, loadNeeds } from '../../../src/checker/guards/load.ts';
import type { FaultStory } from '../../../src/checker/run-story.ts';
import type { Recovery } from '../../../src/checker/structure/convergence.ts';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import { plan, victim } from './script-plan.ts';
import { at, faultStory, initial, request, storyOf } from './small-story.ts';

/** The victim's `hits` and another's `k1`, each every 100 ms from 0 to 60 s; the fault is at 10 s. */
const keys = ['hits', 'k1'] as const;
const operations = Array.from({ length: 600 }, (_, step) => step * 100_000).flatMap((startUs) =>
  keys.map((key) => request({ id: `${key}${startUs}`, key, startUs, endUs: startUs + 1000 })),
);
const slots = [at(0, initial('hits', 100)), at(0, initial('k1', 6000))];
const sample = (change: Partial<Extract<EventBody, { kind: 'generator' }>> = {}, ms = 5000) =>
  at(ms, { kind: 'generator', scheduled: 20, started: 20, maxLagUs: 900, inFlight: 3, ...change });
const drain = at(60_000, { kind: 'phase', name: 'drain', edge: 'begin' });
const greenAt20: Recovery = { parts: [], baseUs: 10e6, greenUs: 20e6 };
const never: Recovery = { ...greenAt20, greenUs: null };
const fault = faultStory({ endUs: 60e6 });

const story = (some = operations, ...more: RunEvent[]) =>
  storyOf([...slots, drain, ...more], some, (p) => ({ ...p, load: { ...p.load, rate: 20 } }));
const counts = (some = operations, change: Partial<FaultStory> = {}, recovery = greenAt20) =>
  loadCounts(story(some), { ...fault, ...change }, recovery);

describe('the load around a fault is counted', () => {
  test('before: what was acknowledged until the deed began', () => {
    expect([...counts().before]).toEqual([
      ['hits', 100],
      ['k1', 100],
    ]);
    expect(counts(operations, { beginUs: 9_901_000 }).before.get('hits')).toBe(100);
    expect(counts(operations, { beginUs: 9_900_999 }).before.get('hits')).toBe(99);
  });
  test('during: what was due and what was started, both ends included, until all was green', () => {
    expect(counts().during).toEqual({
      scheduled: 200,
      started: 202,
      victims: 101,
      victimsScheduled: 100,
    });
    expect(counts(operations, {}, { ...greenAt20, greenUs: 19.99e6 }).during?.started).toBe(200);
    expect(counts(operations, { injectedUs: 10.01e6 }).during?.started).toBe(200);
    expect(counts(operations, {}, never).during).toMatchObject({ scheduled: 1000, started: 1000 });
    expect(counts(operations, { endUs: 30e6 }, never).during?.scheduled).toBe(400);
  });
  test('during: nothing without load or deed, and no victims without slots', () => {
    expect(counts([]).during).toBeNull();
    expect(counts(operations, { injectedUs: null }).during).toBeNull();
    const replica = { targets: [{ ...victim, slots: [] }] };
    expect(counts(operations, replica).during).toMatchObject({ victims: null, started: 202 });
    const other = { targets: [{ ...victim, slots: ['5461-10922'] }] };
    expect(counts(operations, other).during?.victims).toBe(101);
    const nobody = { targets: [{ ...victim, slots: ['12000'] }] };
    expect(counts(operations, nobody).during?.victims).toBe(0);
    expect(counts(operations, {}, { ...greenAt20, greenUs: 5e6 }).during?.started).toBe(0);
  });
  test('after: what was started and acknowledged from all green to the end of the span', () => {
    expect(counts().after).toBe(800);
    expect(counts(operations, {}, { ...greenAt20, greenUs: 20e6 + 1 }).after).toBe(798);
    expect(counts(operations, { endUs: 30_000_999 }).after).toBe(200);
    expect(counts(operations, { endUs: 30_001_000 }).after).toBe(202);
    const rejected = operations.map((op) =>
      op.startUs === 25e6 ? { ...op, outcome: 'rejected' as const, value: null } : op,
    );
    expect(counts(rejected).after).toBe(798);
    expect(counts(operations, {}, never).after).toBeNull();
  });
});

test('what is needed follows the rate of a key, and is never less than ten', () => {
  const at = (rate: number, count: number) =>
    loadNeeds({ ...plan, load: { ...plan.load, rate } }, count);
  expect(at(200, 4)).toEqual({ beforePerKey: 200, duringVictim: 20, after: 200 });
  expect(at(400, 4)).toEqual({ beforePerKey: 400, duringVictim: 40, after: 400 });
  expect(at(4, 4)).toEqual({ beforePerKey: 10, duringVictim: 10, after: 10 });
  expect(at(50, 0)).toEqual({ beforePerKey: 200, duringVictim: 20, after: 200 });
});

describe('load-sufficient', () => {
  /** Needs 40 before, 10 during and 40 after. */
  const judged = (
    some = operations,
    events: readonly RunEvent[] = [sample()],
    recovery = greenAt20,
    change: Partial<FaultStory> = {},
  ) => loadFinding(story(some, ...events), { ...fault, ...change }, recovery);
  const first = (key: string, count: number) => {
    const kept = operations.filter((op) => op.key === key && op.startUs < 10e6).slice(0, count);
    return operations.filter((op) => op.key !== key || op.startUs >= 10e6 || kept.includes(op));
  };
  const unmet = (...args: Parameters<typeof judged>) => {
    const { verdict, evidence, observed } = judged(...args);
    expect([verdict, observed]).toEqual(['inconclusive', evidence[0]]);
    return evidence;
  };

  test('enough: the counts are the evidence', () => {
    expect(judged(operations, [sample(), sample({ maxLagUs: 2000, inFlight: 9 }, 6000)])).toEqual({
      id: 'load-sufficient',
      verdict: 'pass',
      expected:
        "40 acknowledged a key before, half of the schedule started and 10 for the victim's keys during, 40 acknowledged after; never blind over 2.0s",
      observed: '1200 acknowledged in all',
      evidence: [
        'before: hits 100, k1 100 acknowledged',
        "during: 202 of 200 scheduled requests started, 101 for the victim's keys",
        'after all was green at 20.000 s: 800 acknowledged',
        'the generator was 2ms late at worst in 2 samples, 9 requests in flight at most',
        'the observer was blind for 0ms at worst',
      ],
      faultId: 'f1',
    });
  });
  test('never green and watched for long enough: another check says so', () => {
    const long = { endUs: 70e6 };
    expect(judged(operations, [sample()], never, long)).toMatchObject({ verdict: 'pass' });
    expect(judged(operations, [sample()], never, long).evidence[2]).toBe(
      'after: it never got green',
    );
    expect(unmet(operations, [sample()], never, { endUs: 70e6 - 1 })).toEqual([
      'the run ended before all was green again',
    ]);
    expect(unmet(operations, [sample()], { ...never, baseUs: null }, long)).toEqual([
      'the run ended before all was green again',
    ]);
  });
  test('before: forty of each key', () => {
    expect(judged(first('k1', 40)).verdict).toBe('pass');
    expect(unmet(first('k1', 39))).toEqual([
      'before the fault only 39 acknowledged for k1, needed 40',
    ]);
    expect(unmet([], [])).toContain('before the fault only 0 acknowledged for hits, needed 40');
    // the first of all and the last before the fault count, and nothing after it
    const errors = ['b', 'a', 'b', 'c', 'c', 'c', 'd', 'd', 'd', 'd', 'e', 'e', 'e', 'e', 'e'];
    const refused = operations
      .toSorted((a, b) => a.startUs - b.startUs)
      .map((op, index) => {
        const error = op.startUs < 10e6 ? (errors[index % 21] ?? 'f') : 'f';
        return { ...op, outcome: 'rejected' as const, value: null, error };
      });
    const count = (name: string) =>
      refused.filter(({ error, startUs }) => error === name && startUs < 10e6).length;
    expect(unmet(refused).at(-1)).toBe(
      `answers before the fault: ${['f', 'e', 'd', 'c', 'b'].map((name) => `${name} ${count(name)}`).join(', ')}`,
    );
    expect(loadFinding(storyOf([]), fault, greenAt20).evidence[0]).toBe('there was no load');
  });
  test('during: half of the schedule, and ten for the victim', () => {
    const away = (key: string, kept: number) => {
      const inside = operations.filter(
        (op) => op.key === key && op.startUs >= 10e6 && op.startUs <= 20e6,
      );
      return operations.filter((op) => !inside.includes(op) || inside.indexOf(op) < kept);
    };
    expect(judged(away('k1', 0)).verdict).toBe('pass');
    expect(judged(away('hits', 10)).verdict).toBe('pass');
    expect(unmet(away('hits', 9))).toEqual([
      "during the fault only 9 requests for the victim's keys were started, needed 10",
    ]);
    const half = away('k1', 0).filter(({ id }) => id !== 'hits20000000');
    expect(judged(half).verdict).toBe('pass');
    expect(unmet(half.filter(({ id }) => id !== 'hits19900000'))).toEqual([
      'during the fault 99 of 200 scheduled requests were started',
    ]);
  });
  test('during: of what was over in a moment, half of what its schedule had for the victim', () => {
    // green 0.8 s after the deed: 16 were due, 8 of them for the victim, and it had 9
    const moment = { ...greenAt20, greenUs: 10.8e6 };
    expect(judged(operations, [sample()], moment).verdict).toBe('pass');
    const kept = (count: number) => {
      const inside = operations.filter(
        (op) => op.key === 'hits' && op.startUs >= 10e6 && op.startUs <= 10.8e6,
      );
      return operations.filter((op) => !inside.includes(op) || inside.indexOf(op) < count);
    };
    expect(judged(kept(4), [sample()], moment).verdict).toBe('pass');
    expect(judged(kept(3), [sample()], moment).observed).toBe(
      "during the fault only 3 requests for the victim's keys were started, needed 4",
    );
  });
  test('after: forty over all keys', () => {
    const until = (endUs: number) => judged(operations, [sample()], greenAt20, { endUs });
    expect(until(21_901_000).verdict).toBe('pass');
    expect(until(21_900_999)).toMatchObject({
      verdict: 'inconclusive',
      observed: 'after all was green only 38 acknowledged, needed 40',
    });
  });
  test('the generator: it must say how late it was, however late, and never wait for room', () => {
    expect(unmet(operations, [])).toEqual(['the generator said nothing of its own lag']);
    expect(judged(operations, [sample({ started: operations.length })]).verdict).toBe('pass');
    expect(unmet(operations, [sample({ started: operations.length + 1 })])).toEqual([
      `the history holds ${operations.length} of ${operations.length + 1} requests that were started: what became of the others is not known`,
    ]);
    const late = [sample({ maxLagUs: 360_000 }), sample({}, 6000)];
    expect(judged(operations, late).verdict).toBe('pass');
    expect(judged(operations, late).evidence[3]).toMatch(/^the generator was 360ms late at worst/);
    expect(judged(operations, [sample({ inFlight: 9999 })]).verdict).toBe('pass');
    expect(unmet(operations, [sample({ inFlight: 10_000 }), sample({}, 6000)])).toEqual([
      'the generator had 10000 requests in flight at 5.000 s and waited: whether the others would have been acknowledged is not known',
    ]);
    const drain = at(61_000, { kind: 'phase', name: 'drain', edge: 'begin' });
    const afterwards = [sample({}, 7000), drain, sample({ inFlight: 10_000 }, 62_001)];
    expect(judged(operations, afterwards).verdict).toBe('pass');
  });
  test('the observer: blind for at most 2 s from the load’s begin to the last look', () => {
    const begin = at(1000, { kind: 'phase', name: 'load-before', edge: 'begin' });
    const last = at(61_000, { kind: 'note', text: 'end' });
    const blind = (fromS: number, toS: number, ...more: RunEvent[]) =>
      judged(operations, [
        sample(),
        last,
        at(0, { kind: 'blind', fromUs: fromS * 1e6, toUs: toS * 1e6 }),
        ...more,
      ]);
    expect(blind(12, 14)).toMatchObject({ verdict: 'pass' });
    expect(blind(12, 14).evidence[4]).toBe('the observer was blind for 2.0s at worst');
    expect(blind(12, 14.5)).toMatchObject({
      verdict: 'inconclusive',
      evidence: [
        'the observer was blind for 2.5s from 12.0 s on: what the servers said then is not known',
      ],
    });
    expect(blind(-3, 0).verdict).toBe('pass');
    expect(blind(-3, 0.1).verdict).toBe('inconclusive');
    expect(blind(-3, 1, begin).verdict).toBe('pass');
    expect(blind(-3, 1.1, begin).verdict).toBe('inconclusive');
    expect(blind(61, 64).verdict).toBe('pass');
    const drain = at(40_000, { kind: 'phase', name: 'drain', edge: 'begin' });
    expect(blind(41, 49, drain).verdict).toBe('pass');
    expect(blind(39, 49, drain).verdict).toBe('inconclusive');
    expect(blind(49.9, 64).verdict).toBe('inconclusive');
  });
});
