import { describe, expect, test } from 'vitest';
import { momentsOf } from '../../../src/checker/availability/timeline.ts';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import { lossesOf } from '../../../src/checker/counter/losses.ts';
import { staleReads } from '../../../src/checker/counter/stale.ts';
import { loadFinding } from '../../../src/checker/guards/load.ts';
import { historyOf } from '../../../src/checker/history.ts';
import { at, faultStory, initial, lossWindowAt, request, storyOf } from './small-story.ts';

/** Ties and absences that decide between the first and the last, or between nothing and little. */
test('an acknowledged answer without a number is no number', () => {
  const history = historyOf([
    request({ id: 'a', startUs: 0, value: null }),
    request({ id: 'b', startUs: 2, value: 5 }),
    request({ id: 'c', startUs: 4, value: 4 }),
    request({ id: 'd', startUs: 6, value: 9, outcome: 'rejected' }),
    request({ id: 'e', startUs: 8, value: 6 }),
  ]);
  const stale = staleReads(history, Uint32Array.from([0, 1, 2, 3, 4]));
  expect(stale.deepest(9, () => false)).toEqual([{ operation: 2, earlier: 1 }]);
});

test('of equal silences the first one is the outage', () => {
  const operations = [11, 13, 15].map((second) =>
    request({ id: `${second}`, startUs: second * 1e6, endUs: second * 1e6 }),
  );
  const gone = at(12_000, { kind: 'pod-gone', name: 'redis-0', uid: 'uid-0' });
  const story = storyOf([at(0, initial('hits', 100)), gone], operations);
  expect(momentsOf(story, faultStory(), []).firstOkUs).toBe(13e6);
});

describe('without a clock or a load', () => {
  test('a loss is in its window to the microsecond', () => {
    const operations = [
      request({ id: 'a', startUs: 98, endUs: 99, node: 'n@x' }),
      request({ id: 'b', startUs: 99, endUs: 100, node: 'n@x' }),
    ];
    const ledger = { kind: 'ledger', key: 'hits', owner: 'x', offset: 0, last: true } as const;
    const story = storyOf([at(0, { ...ledger, entries: [] })], operations);
    const window = lossWindowAt();
    expect(lossesOf(story, accountsOf(story), [window])).toMatchObject({
      allowed: new Set([1]),
      forbidden: [0],
    });
  });
  test('being blind before the run began does not count', () => {
    const blind = (toUs: number) => {
      const story = storyOf([
        at(0, { kind: 'blind', fromUs: -3e6, toUs }),
        at(9000, { kind: 'note', text: 'end' }),
      ]);
      const recovery = { parts: [], baseUs: 10e6, greenUs: 20e6 };
      return loadFinding(story, faultStory(), recovery).evidence.join();
    };
    expect(blind(0)).not.toContain('blind');
    expect(blind(1)).toContain('the observer was blind for 3.0s from -3.0 s on');
  });
});
