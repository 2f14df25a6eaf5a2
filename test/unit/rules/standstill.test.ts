import { describe, expect, test } from 'vitest';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import { afterUs, lostUs, type Standstill, standstills } from '../../../src/rules/standstill.ts';

/**
 * Goal: a second counts as lost by what was measured on two cores: beside eight busy loops, yes; beside
 * the builds and tests of others, hardly; on a machine that is merely busy, no.
 */
const every = (count: number, body: (index: number) => EventBody): RunEvent[] =>
  Array.from({ length: count }, (_, index) => ({ atUs: (index + 1) * 1e6, ...body(index) }));
const host = (change: object): EventBody => ({
  kind: 'host',
  cpuPressure: 0.5,
  steal: 0,
  loopLagMs: 5,
  runDelay: 0.05,
  ...change,
});
const lost = (events: readonly RunEvent[], toS = 100) =>
  lostUs(standstills(events), 0, toS * 1e6) / 1e6;

describe('what a second was worth', () => {
  test.each<[string, object, number]>([
    ['busy: somebody waited all the time, we did not', { cpuPressure: 1 }, 0],
    ['beside builds and tests', { cpuPressure: 1, runDelay: 0.25 }, 0],
    ['half-way', { runDelay: 0.375 }, 0.5],
    ['beside eight busy loops', { cpuPressure: 1, runDelay: 0.7 }, 1],
    ['our own loop stood still', { loopLagMs: 251 }, 1],
    ['our own loop was late for a moment', { loopLagMs: 250 }, 0],
    ['stolen by the hypervisor', { steal: 0.21 }, 1],
    ['late under pressure', { cpuPressure: 0.95, loopLagMs: 101 }, 1],
    ['a kernel that does not count: nothing is known', { runDelay: null, cpuPressure: 0.8 }, 0],
  ])('%s', (_, change, share) => {
    expect(lost(every(1, () => host(change)))).toBeCloseTo(share, 6);
  });
  test('the generator’s own lateness counts, and so does the observer’s wait for a CPU', () => {
    const generator = (maxLagUs: number): EventBody => ({
      kind: 'generator',
      scheduled: 1,
      started: 1,
      maxLagUs,
      inFlight: 1,
    });
    expect(lost(every(3, (index) => generator(index === 1 ? 250_001 : 0)))).toBe(1);
    expect(lost(every(3, () => ({ kind: 'looks', looks: [], runDelay: 0.6 })))).toBe(3);
    expect(lost(every(3, () => ({ kind: 'looks', looks: [] })))).toBe(0);
  });
  test('two that speak of the same second make one', () => {
    const both = [
      ...every(4, () => host({ runDelay: 0.7 })),
      ...every(3, () => ({ kind: 'looks', looks: [], runDelay: 0.375 }) as const),
    ];
    expect(lost(both)).toBe(4);
  });
});

describe('an old report, without our own wait for a CPU', () => {
  const old = (cpuPressure: number): EventBody => ({
    kind: 'host',
    cpuPressure,
    steal: 0,
    loopLagMs: 5,
  });
  test('has lasting pressure as its only word: ten seconds on end', () => {
    expect(lost(every(9, () => old(0.95)))).toBe(0);
    expect(lost(every(10, () => old(0.95)))).toBe(10);
    expect(lost(every(30, () => old(0.89)))).toBe(0);
    expect(lost(every(30, (index) => old(index < 15 ? 0.5 : 0.99)))).toBeGreaterThanOrEqual(15);
  });
});

describe('a deadline that a standstill is no part of', () => {
  const stills: Standstill[] = [
    { fromUs: 10, toUs: 20, share: 1 },
    { fromUs: 30, toUs: 50, share: 0.5 },
  ];
  test.each<[from: number, length: number, end: number]>([
    [0, 10, 10],
    [0, 11, 21],
    [0, 20, 30],
    [0, 25, 40],
    [0, 30, 50],
    [0, 31, 51],
    [12, 1, 21],
    [60, 7, 67],
  ])('from %i on, %i long: at %i', (from, length, end) => {
    expect(afterUs(stills, from, length)).toBe(end);
    expect(end - from - lostUs(stills, from, end)).toBe(length);
  });
});
