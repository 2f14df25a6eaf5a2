import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { waitPatiently } from '../../../src/run/watch/patience.ts';
import type { Recorder } from '../../../src/run/watch/recorder.ts';

/**
 * Goal: a deadline that a standstill of the machine is no part of, and no wait without end.
 * Method: a clock that only sleeping moves, and a sample of the host for each second of it.
 */
const waiting = (runDelay: (second: number) => number) => {
  let nowUs = 0;
  const events: RunEvent[] = [];
  const clock: Clock = {
    nowUs: () => nowUs,
    wallMs: () => nowUs / 1000,
    sleep: async (ms) => {
      const before = Math.floor(nowUs / 1e6);
      nowUs += ms * 1000;
      for (let second = before + 1; second <= nowUs / 1e6; second++) {
        const host = { kind: 'host', cpuPressure: 1, steal: 0, loopLagMs: 1 } as const;
        events.push({ atUs: second * 1e6, ...host, runDelay: runDelay(second) });
      }
    },
  };
  const recorder = { nowUs: () => nowUs, events } as unknown as Recorder;
  const { signal } = new AbortController();
  const wait = { what: 'it', timeoutMs: 10_000, everyMs: 100 };
  return waitPatiently({ recorder, clock, signal }, wait, () => ({
    done: false,
    seen: 'nothing',
  })).then(
    () => Number.NaN,
    (error: unknown) => {
      expect(String(error)).toMatch(/for it; last seen: nothing/);
      return nowUs / 1e6;
    },
  );
};

describe('a deadline of 10 s', () => {
  test.each<[string, (second: number) => number, untilS: number]>([
    ['on a machine that had time', () => 0.1, 10],
    [
      'beside something that took it for 4 s',
      (second) => (second > 2 && second <= 6 ? 0.8 : 0.1),
      14,
    ],
    [
      'that was put off while it was put off',
      (second) => (second > 8 && second <= 16 ? 0.8 : 0.1),
      18,
    ],
    ['on a machine that never has time: twice', () => 0.9, 20],
  ])('%s', async (_, runDelay, untilS) => {
    expect(await waiting(runDelay)).toBeCloseTo(untilS, 0);
  });
});
