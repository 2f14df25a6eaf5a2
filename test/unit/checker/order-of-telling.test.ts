import { expect, test } from 'vitest';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import { continuityFinding } from '../../../src/checker/counter/continuity.ts';
import { lossesOf } from '../../../src/checker/counter/losses.ts';
import { staleReads } from '../../../src/checker/counter/stale.ts';
import { historyOf } from '../../../src/checker/history.ts';
import { judgeStructure } from '../../../src/checker/structure/structure.ts';
import type { EventBody } from '../../../src/model/event.ts';
import type { Operation } from '../../../src/model/operation.ts';
import { at, initial, request, storyOf } from './small-story.ts';

/** Of several things that are wrong, which is told, and in which order. */
const continuity = (operations: readonly Operation[], ...bodies: EventBody[]) => {
  const story = storyOf(
    bodies.map((body) => at(0, body)),
    operations,
  );
  const accounts = accountsOf(story);
  return continuityFinding(story, accounts, lossesOf(story, accounts, []));
};
const ledger = (key: string, entries: readonly string[]): EventBody => ({
  kind: 'ledger',
  key,
  owner: 'x',
  offset: 0,
  entries,
  last: true,
});

test('the key that went back the furthest comes first', () => {
  const operations = ['hits', 'k0', 'k1'].flatMap((key, index) => [
    request({ id: `${key}a`, key, startUs: 0, endUs: 1, value: 9 }),
    request({ id: `${key}b`, key, startUs: 2, endUs: 3, value: [8, 2, 5][index] ?? 0 }),
  ]);
  const evidence = continuity(
    operations,
    ...['hits', 'k0', 'k1'].map((key) => ledger(key, [`${key}a`, `${key}b`])),
  ).evidence.filter((line) => line.includes('went back'));
  expect(evidence.map((line) => line.split(' ')[0])).toEqual(['k0', 'k1', 'hits']);
});

test('twelve lines of all that is wrong with the counters are enough', () => {
  const operations = Array.from({ length: 14 }, (_, index) =>
    request({ id: `o${index}`, startUs: index * 10, value: index + 1 }),
  );
  const read = { kind: 'counter-read', key: 'hits', stage: 'after', owner: 'x' } as const;
  const { evidence } = continuity(operations, initial('hits', 100), ledger('hits', []), {
    ...read,
    value: 5,
    error: null,
  });
  expect(evidence).toHaveLength(12);
});

test('of two that ended together with one number the first to start is named', () => {
  const history = historyOf([
    request({ id: 'a', startUs: 0, endUs: 5, value: 5 }),
    request({ id: 'b', startUs: 1, endUs: 5, value: 5 }),
    request({ id: 'c', startUs: 6, endUs: 7, value: 5 }),
  ]);
  const found = staleReads(history, Uint32Array.from([0, 1, 2])).deepest(9, () => false);
  expect(found).toEqual([{ operation: 2, earlier: 0 }]);
});

test('what was wrong last before the deadline is told', () => {
  const part = (fromS: number, toS: number, text: string) => ({
    fromUs: fromS * 1e6,
    toUs: toS * 1e6,
    blind: false,
    violations: [{ check: 'slots-covered', code: 'SL', pod: null, text } as const],
  });
  const patience = {
    baseUs: 0,
    deadlineUs: 60e6,
    neededUs: 10e6,
    relapseUs: 5e6,
    standstills: [],
    contentUs: 60e6,
  };
  const parts = [part(0, 55, 'a hole'), part(55, 70, 'another')];
  expect(judgeStructure('slots-covered', parts, patience).observed).toBe(
    'not green 1m10s after it: another',
  );
});
