import { describe, expect, test } from 'vitest';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import { boundsProblems, usesLedger } from '../../../src/checker/counter/bounds.ts';
import { continuityFinding, duplicatesFinding } from '../../../src/checker/counter/continuity.ts';
import { linearizableFinding } from '../../../src/checker/counter/linearizability.ts';
import type { LossWindow } from '../../../src/checker/counter/loss-window.ts';
import { lossesOf } from '../../../src/checker/counter/losses.ts';
import type { EventBody } from '../../../src/model/event.ts';
import type { Operation } from '../../../src/model/operation.ts';
import { at, initial, lossWindowAt, request, storyOf } from './small-story.ts';

/** What the counters' three checks say of a handful of requests, in their words. */
const op = (id: string, second: number, value: number | null, change: Partial<Operation> = {}) =>
  request({ id, startUs: second * 1e6, endUs: second * 1e6 + 1000, value, ...change });
const unknown = { outcome: 'indeterminate', error: 'timeout' } as const;
const ledger = (entries: readonly string[], key = 'hits', last = true): EventBody => ({
  kind: 'ledger',
  key,
  owner: 'x',
  offset: 0,
  entries,
  last,
});
const value = (final: number | null, key = 'hits'): EventBody => ({
  kind: 'counter-read',
  key,
  stage: 'after',
  value: final,
  owner: 'x',
  error: null,
});
const theirs: EventBody = {
  kind: 'app',
  own: false,
  service: 'shop',
  visitors: [],
  rest: { grown: 0, overMs: 5000 },
};
const clock: EventBody = { kind: 'clock', offsetUs: 0, errorUs: 1 };
const window = lossWindowAt({ fromUs: 0, toUs: 9e6, text: 'then' });
const three = [op('a', 1, 1), op('b', 2, 2), op('c', 3, 3)];
const begun = initial('hits', 100);

const judged = (
  operations: readonly Operation[],
  bodies: readonly EventBody[],
  windows: readonly LossWindow[] = [],
) => {
  const story = storyOf(
    [...bodies, clock].map((body) => at(0, body)),
    operations,
  );
  const accounts = accountsOf(story);
  const losses = lossesOf(story, accounts, windows);
  return {
    continuity: continuityFinding(story, accounts, losses),
    duplicates: duplicatesFinding(story, accounts),
    linearizable: linearizableFinding(story, accounts, losses),
  };
};
const said = (verdict: string, observed: string, evidence?: readonly string[]) =>
  expect.objectContaining({ verdict, observed, ...(evidence ? { evidence } : {}) });

describe('with a ledger', () => {
  test('all is there', () => {
    const healthy = judged(
      [...three, op('x', 4, null, unknown)],
      [begun, ledger(['a', 'b', 'c', 'x']), value(4)],
    );
    expect(healthy.continuity).toEqual(
      said('pass', 'all of 3 acknowledged increments are there', [
        'hits: 0 before + 4 in the ledger = 4; acknowledged 3, unknown 1, rejected 0',
      ]),
    );
    expect(healthy.duplicates.evidence).toEqual(['hits: 4 ledger entries, 4 different op ids']);
    expect(healthy.linearizable).toEqual(
      said('pass', '1 keys, each one counter', [
        "hits: 4 operations, 4 in the ledger's order, of 1 unknown ones 1 applied",
      ]),
    );
  });
  test('nothing was asked', () => {
    const { continuity, duplicates, linearizable } = judged([], [begun, ledger([]), value(0)]);
    for (const finding of [continuity, duplicates, linearizable]) {
      expect(finding).toEqual(said('inconclusive', 'there was no load'));
    }
  });
  test('one is missing', () => {
    const { continuity, linearizable } = judged(three, [begun, ledger(['a', 'b']), value(2)]);
    expect(continuity).toEqual(
      said('fail', '1 acknowledged increments lost: c (3.000-3.001 s) got 3 and is missing', [
        'c (3.000-3.001 s) got 3 and is missing',
      ]),
    );
    expect(continuity.expected).toBe('no acknowledged increment is missing');
    const line = "hits: c (3.000-3.001 s) got 3, and the counter's final history does not have it";
    expect(linearizable).toEqual(said('fail', `${line} (1 such)`, [`${line} (1 such)`]));
  });
  test('what is missing inside a window is allowed, and said', () => {
    const lost = { ...three[2], node: 'n@x' } as Operation;
    const operations = [...three.slice(0, 2), lost, op('d', 5, 3)];
    const allowed = judged(operations, [begun, ledger(['a', 'b', 'd']), value(3)], [window]);
    expect(allowed.continuity).toEqual(
      said('pass', "1 of 4 lost, all inside the fault's window", [
        'hits: 0 before + 3 in the ledger = 3; acknowledged 4, unknown 0, rejected 0',
        'f1: allowed then',
      ]),
    );
    expect(allowed.continuity.expected).toBe('none is missing but those acknowledged then');
    expect(allowed.linearizable.evidence).toEqual([
      "hits: 4 operations, 3 in the ledger's order, of 0 unknown ones 0 applied, 1 on a dead branch",
    ]);
  });
  test('a number went back: the deepest first, in front of what is missing', () => {
    const operations = [op('a', 1, 9), op('b', 2, 2), op('c', 3, 1), op('d', 4, 4)];
    const { continuity } = judged(operations, [begun, ledger(['a', 'b', 'c']), value(3)]);
    const drop = (who: string) => `hits went back: ${who}, after a (1.000-1.001 s) got 9`;
    expect(continuity.evidence).toEqual([
      drop('c (3.000-3.001 s) got 1'),
      'd (4.000-4.001 s) got 4 and is missing',
      drop('b (2.000-2.001 s) got 2'),
      drop('d (4.000-4.001 s) got 4'),
    ]);
    expect(continuity.observed).toBe(
      `1 acknowledged increments lost: ${drop('c (3.000-3.001 s) got 1')}`,
    );
  });
  test('it was started anew', () => {
    const { continuity } = judged(three, [
      initial('hits', 100, 7, 7),
      ledger(['a', 'b', 'c']),
      value(3),
    ]);
    expect(continuity).toEqual(
      said(
        'fail',
        'hits was started anew: its ledger holds 3 entries in all, and the counter was 7 before the load',
      ),
    );
  });
  test('twelve lines are enough, of each', () => {
    const many = Array.from({ length: 14 }, (_, index) => op(`o${index}`, index, index + 1));
    const gone = judged(many, [begun, ledger([]), value(0)]);
    expect(gone.continuity.evidence).toHaveLength(12);
    expect(gone.continuity.observed).toContain('14 acknowledged increments lost: o0 ');
    expect(gone.linearizable.observed).toContain('(14 such)');
    const ids = many.map(({ id }) => id);
    const { duplicates } = judged(many, [begun, ledger([...ids, ...ids]), value(28)]);
    expect(duplicates.evidence).toHaveLength(12);
    expect(duplicates.evidence[11]).toContain('o11 ');
  });
  test('one stands in it twice', () => {
    const { duplicates, linearizable } = judged(three, [
      begun,
      ledger(['a', 'b', 'c', 'c']),
      value(4),
    ]);
    const line = 'c (3.000-3.001 s) got 3 and is in the ledger of hits twice';
    expect(duplicates).toEqual(said('fail', line, [line]));
    expect(linearizable.observed).toBe('hits: c is in the ledger of hits more than once');
  });
  test('an entry of nobody leaves the order undecided', () => {
    const { linearizable } = judged([op('a', 1, 2)], [begun, ledger(['alien', 'a']), value(2)]);
    expect(linearizable).toEqual(
      said('inconclusive', '1 entries in the ledger of hits are of no request in the history'),
    );
  });
  test('what was not read leaves all undecided, each with its words', () => {
    const unread = 'the ledger of hits could not be read completely';
    const cut = judged(three, [begun, ledger(['a', 'b', 'c'], 'hits', false), value(3)]);
    for (const finding of Object.values(cut)) {
      expect(finding).toEqual(said('inconclusive', unread, [unread]));
    }
    expect(judged(three, [begun, ledger(['a', 'b', 'c'])]).continuity.observed).toBe(
      'the final value of hits could not be read',
    );
    expect(judged(three, [ledger(['a', 'b', 'c']), value(3)]).continuity.observed).toBe(
      'the value of hits before the load was not read',
    );
    const twins = [...three, op('c', 4, null, unknown)];
    expect(judged(twins, [begun, ledger(['a', 'b', 'c']), value(3)]).continuity.observed).toBe(
      '1 op ids stand in the history more than once',
    );
  });
  test('the counter and its ledger are one transaction', () => {
    const late = [...three, op('x', 4, null, unknown), op('y', 5, null, unknown)];
    const all = ['a', 'b', 'c', 'x', 'y'];
    const final = (count: number, entries = all) =>
      judged(late, [begun, ledger(entries), value(count)]).continuity;
    expect(final(5).verdict).toBe('pass');
    expect(final(3).verdict).toBe('pass');
    expect(final(2)).toEqual(said('fail', 'hits is 2, its ledger makes it 5'));
    expect(final(6)).toEqual(said('fail', 'hits is 6, its ledger makes it 5'));
    expect(final(3, [...all, 'alien']).verdict).toBe('fail');
    const based = judged(
      late.map((o) => (o.value ? { ...o, value: o.value + 7 } : o)),
      [initial('hits', 100, 7, 0), ledger(all), value(10)],
    );
    expect(based.continuity.verdict).toBe('pass');
  });
});

describe('without a ledger', () => {
  const final = (
    count: number,
    operations: readonly Operation[] = three,
    windows: LossWindow[] = [],
  ) => judged(operations, [theirs, begun, value(count)], windows);
  test('the numbers alone must fit', () => {
    const healthy = final(3);
    expect(healthy.continuity).toEqual(
      said(
        'pass',
        'all of 3 acknowledged increments are there, by bounds: the app keeps no ledger',
        ['hits: 0 before, 3 after; acknowledged 3, unknown 0, rejected 0'],
      ),
    );
    expect(healthy.duplicates.evidence).toEqual(['hits: grew from 0 to 3 by 3 requests']);
    expect(healthy.linearizable).toEqual(
      said('pass', '1 keys, each one counter, as far as the numbers alone tell (no ledger)', [
        'hits: 3 operations, 0 unknown ones',
      ]),
    );
  });
  test('too little was lost, too much was repeated', () => {
    expect(final(2).continuity).toEqual(
      said('fail', 'hits grew by 2, and 3 increments were acknowledged'),
    );
    const unclear = [...three, op('x', 4, null, unknown)];
    expect(final(4, unclear).duplicates.verdict).toBe('pass');
    expect(final(5, unclear).duplicates).toEqual(
      said('fail', 'hits grew by 5, more than the 3 acknowledged and 1 unknown requests explain'),
    );
  });
  test('numbers that fit no line are red, or undecided where a fault may fork', () => {
    const twice = [op('a', 1, 1), op('b', 2, 1)];
    const line = 'hits: a (1.000-1.001 s) got 1 and b (2.000-2.001 s) got 1 got the same number';
    expect(final(2, twice).linearizable).toEqual(said('fail', line));
    expect(final(2, twice, [window]).linearizable).toEqual(said('inconclusive', line));
    expect(final(2, three, [window]).continuity.verdict).toBe('inconclusive');
    expect(final(3, three, [window]).linearizable.verdict).toBe('pass');
  });
  test('without the value of before nothing is said of the order', () => {
    const { linearizable, continuity } = judged([op('a', 1, 9)], [theirs, value(3)]);
    expect(linearizable.verdict).toBe('pass');
    expect(continuity.verdict).toBe('inconclusive');
  });
  test('without an acknowledged one there is no branch', () => {
    expect(final(0, [op('x', 1, null, unknown)]).linearizable.verdict).toBe('pass');
  });
  test('bounds need both ends', () => {
    const story = storyOf([at(0, theirs), at(0, value(1))], three);
    const account = accountsOf(story)[0];
    if (!account) throw new Error('there is a key');
    expect(boundsProblems(story, [account])).toEqual({
      continuity: [],
      duplicates: [],
      strangers: [],
      unknown: [],
    });
    expect(boundsProblems(story, [{ ...account, initial: 0, final: null }]).continuity).toEqual([]);
    expect(boundsProblems(story, [{ ...account, initial: 5, final: 7 }]).continuity).toHaveLength(
      1,
    );
    expect(boundsProblems(story, [{ ...account, initial: 5, final: 8 }]).continuity).toEqual([]);
  });
});

test('whose app it is decides whether there is a ledger', () => {
  const uses = (pattern: string | null, ...bodies: EventBody[]) =>
    usesLedger(
      storyOf(
        bodies.map((body) => at(0, body)),
        [],
        (p) => ({ ...p, load: { ...p.load, pattern } }),
      ),
    );
  expect(uses(null)).toBe(true);
  expect(uses('(\\d+)')).toBe(false);
  expect(uses(null, theirs)).toBe(false);
  expect(uses('(\\d+)', { ...theirs, own: true })).toBe(true);
  expect(uses(null, theirs, { ...theirs, own: true })).toBe(true);
  expect(uses('(\\d+)', theirs, ledger([]))).toBe(true);
});
