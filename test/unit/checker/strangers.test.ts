import { describe, expect, test } from 'vitest';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import { oneOwnerFinding } from '../../../src/checker/counter/canary.ts';
import { duplicatesFinding } from '../../../src/checker/counter/continuity.ts';
import { linearizableFinding } from '../../../src/checker/counter/linearizability.ts';
import { lossesOf } from '../../../src/checker/counter/losses.ts';
import { strangersOf } from '../../../src/checker/counter/strangers.ts';
import type { AppEvent } from '../../../src/model/event.ts';
import type { Operation } from '../../../src/model/operation.ts';
import { at, initial, request, storyOf } from './small-story.ts';

/** A page that has been hit at 1, 2, 3… s with these numbers, read before at 0 and after at 60 s. */
const storyWith = (
  final: number,
  numbers: readonly number[],
  app: Partial<AppEvent>,
  change: (operation: Operation, index: number) => Operation = (same) => same,
) =>
  storyOf(
    [
      at(0, { kind: 'app', own: false, service: 'web', ...app }),
      at(0, initial('hits', 300, 0)),
      at(60_000, {
        kind: 'counter-read',
        key: 'hits',
        stage: 'after',
        value: final,
        owner: 'n@y',
        error: null,
      }),
    ],
    numbers.map((value, index) =>
      change(
        request({
          id: `o${index}`,
          startUs: (index + 1) * 1e6,
          endUs: (index + 1) * 1e6 + 900,
          value,
        }),
        index,
      ),
    ),
  );
const probe = { name: 'readinessProbe of web/app', count: 2, periodMs: 20_000 };
const quiet = { grown: 0, overMs: 5000 };
const nobody = { visitors: [], rest: quiet };
const probed = { visitors: [probe], rest: quiet };

const judged = (...story: Parameters<typeof storyWith>) => {
  const told = storyWith(...story);
  const accounts = accountsOf(told);
  return {
    duplicates: duplicatesFinding(told, accounts),
    linearizable: linearizableFinding(told, accounts, lossesOf(told, accounts, [])),
  };
};

describe('increments that somebody else made', () => {
  test('the probes of the page explain as many as their period allows, and no more', () => {
    // two pods, 60 s: three each, and two for the edges
    expect(strangersOf(storyWith(9, [], probed), 'hits')?.most).toBe(10);
    const { duplicates, linearizable } = judged(13, [1, 4, 6], probed);
    expect(duplicates).toMatchObject({
      verdict: 'pass',
      note: expect.stringContaining('hits grew by 10 more'),
    });
    expect(duplicates.note).toContain('readinessProbe of web/app');
    expect(linearizable.verdict).toBe('pass');
    expect(judged(14, [1, 4, 6], probed).duplicates.verdict).toBe('fail');
  });

  test('those who may have are told also where the load alone explains the sum', () => {
    const { duplicates } = judged(3, [1, 2, 3], probed);
    expect(duplicates).toMatchObject({
      verdict: 'pass',
      note: expect.stringContaining('by others'),
    });
    expect(judged(3, [1, 2, 3], nobody).duplicates.note).toBeUndefined();
  });

  test('without anybody else a number that nobody got, and a surplus, are red', () => {
    const { duplicates, linearizable } = judged(6, [1, 4, 6], nobody);
    expect(duplicates.verdict).toBe('fail');
    expect(linearizable.verdict).toBe('fail');
    expect(linearizable.observed).toContain('went to nobody');
  });

  test('more gaps than others can have filled are red', () => {
    expect(judged(14, [1, 6, 14], probed).linearizable.verdict).toBe('fail');
    // what a request of unknown fate may have taken does not need anybody else
    const filled = judged(13, [1, 0, 13], probed, (operation, index) =>
      index === 1 ? { ...operation, outcome: 'indeterminate', value: null } : operation,
    );
    expect(filled.linearizable.verdict).toBe('pass');
  });

  test('a number given twice and one that goes back are red whoever else hits the page', () => {
    expect(judged(9, [1, 4, 4], probed).linearizable.verdict).toBe('fail');
    expect(judged(9, [1, 6, 4], probed).linearizable.verdict).toBe('fail');
  });

  test('what went on at rest goes on under load', () => {
    const crawled = { visitors: [], rest: { grown: 9, overMs: 10_000 } };
    expect(strangersOf(storyWith(9, [], crawled), 'hits')?.most).toBe(78);
    expect(judged(60, [1, 20, 40], crawled).duplicates.note).toContain('grow by 9 in 10 s');
    expect(judged(90, [1, 20, 40], crawled).duplicates.verdict).toBe('fail');
  });

  test('where nobody looked for others a surplus is undecided, and what fits still passes', () => {
    expect(judged(6, [1, 2, 3], {}).duplicates).toMatchObject({
      verdict: 'inconclusive',
      observed: expect.stringContaining('nobody looked who else hits the page'),
    });
    expect(judged(3, [1, 2, 3], {}).duplicates.verdict).toBe('pass');
  });

  test('a counter that others increment may grow while it is read, at one owner', () => {
    const reads = (app: Partial<AppEvent>, other = 'n@y') => {
      const read = (seed: string, value: string, owner: string) =>
        at(60_000, {
          kind: 'canary',
          purpose: 'counter',
          stage: 'after',
          seed,
          key: 'hits',
          expected: null,
          value,
          owner,
          error: null,
        });
      const { events, ...story } = storyWith(3, [1, 2, 3], app);
      return oneOwnerFinding({
        ...story,
        events: [...events, read('redis-0', '3', 'n@y'), read('redis-1', '4', other)],
      }).verdict;
    };
    expect(reads(probed)).toBe('pass');
    expect(reads(nobody)).toBe('inconclusive');
    expect(reads(probed, 'm@z')).toBe('fail');
  });
});
