import { describe, expect, test } from 'vitest';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import { totalsOf } from '../../../src/checker/counter/totals.ts';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import type { Operation } from '../../../src/model/operation.ts';
import { at, initial, request, storyOf } from './small-story.ts';

const ledger = (key: string, entries: readonly string[]): EventBody => ({
  kind: 'ledger',
  key,
  owner: 'n@x',
  offset: 0,
  entries,
  last: true,
});
const counterRead = (key: string, value: number | null, stage: 'before' | 'after' = 'after') =>
  ({ kind: 'counter-read', key, stage, value, owner: 'n@x', error: null }) as const;
const unknown = { outcome: 'indeterminate', value: null } as const;
const rejected = { outcome: 'rejected', value: null } as const;

const accounts = (operations: readonly Operation[], ...bodies: EventBody[]) => {
  const events: RunEvent[] = bodies.map((body, second) => at(second * 1000, body));
  return accountsOf(storyOf(events, operations));
};

describe('a key’s account', () => {
  const [ok, lost, out, twice, in_, not] = ['ok', 'lost', 'out', 'twice', 'in', 'not'].map(
    (id, index) => request({ id, startUs: index, value: index + 1 }),
  ) as [Operation, Operation, Operation, Operation, Operation, Operation];
  const operations = [
    ok,
    lost,
    { ...out, ...rejected },
    twice,
    { ...in_, ...unknown },
    { ...not, ...unknown },
    request({ id: 'other', key: 'k0', startUs: 9 }),
  ];
  const mixed = ['ok', 'out', 'twice', 'twice', 'twice', 'in', 'alien', 'other', 'alien'];

  test('joins its requests with its ledger', () => {
    const [hits, k0] = accounts(
      operations,
      initial('hits', 100, 0),
      ledger('hits', mixed),
      ledger('k0', ['other']),
      counterRead('hits', 1, 'before'),
      counterRead('hits', 8),
      counterRead('hits', 9),
      counterRead('k0', 5),
    );
    expect(hits).toMatchObject({
      key: 'hits',
      counts: { ok: 3, rejected: 1, indeterminate: 2 },
      initial: 0,
      final: 9,
      lost: [1],
      phantom: [2],
      duplicate: [3],
      applied: 1,
      foreign: 2,
      distinct: 6,
    });
    expect([...(hits?.members ?? [])]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(k0).toMatchObject({
      key: 'k0',
      counts: { ok: 1, rejected: 0, indeterminate: 0 },
      initial: null,
      final: 5,
      lost: [],
      foreign: 0,
      distinct: 1,
    });
    expect([...(k0?.members ?? [])]).toEqual([6]);
  });

  test('knows nothing of losses without a ledger', () => {
    const [hits] = accounts(operations, initial('hits', 100));
    expect(hits).toMatchObject({ ledger: null, lost: [], phantom: [], final: null, distinct: 0 });
  });

  test('is there for a key that nobody asked for', () => {
    const [k9] = accounts([], initial('k9', 100, 7));
    expect(k9).toMatchObject({ key: 'k9', initial: 7, counts: { ok: 0 } });
    expect(k9?.members).toHaveLength(0);
  });

  test('takes an id that stands twice for its first operation', () => {
    const twin = { ...ok, startUs: 3, ...unknown };
    const [hits] = accounts([ok, twin], ledger('hits', ['ok']));
    expect(hits).toMatchObject({ lost: [], applied: 1, duplicate: [] });
  });

  test('takes the first initial value and the last reading', () => {
    const [hits] = accounts(
      [],
      initial('k0', 1, 50),
      initial('hits', 100, 7),
      initial('hits', 100, 8),
    );
    expect(hits?.initial).toBe(7);
  });
});

describe('a ledger that was there before', () => {
  const operation = request({ id: 'mine', value: 4 });
  const cut = (length: number, entries: readonly string[]) => {
    const story = storyOf(
      [at(0, initial('hits', 100, 3, length)), at(1, ledger('hits', entries))],
      [operation],
    );
    const found = accountsOf(story)[0]?.ledger;
    return found && { ...found, entries: [...found.entries].map(story.ledgers.idOf) };
  };
  test('counts from where this run began', () => {
    expect(cut(2, ['x', 'y', 'mine'])).toEqual({ entries: ['mine'], base: 3, reset: false });
    expect(cut(2, ['x', 'y'])).toEqual({ entries: [], base: 3, reset: false });
    expect(cut(0, ['mine'])).toEqual({ entries: ['mine'], base: 3, reset: false });
  });
  test('and was started anew when it is shorter, or ours stand where the old ones were', () => {
    expect(cut(3, ['x', 'y'])).toEqual({ entries: ['x', 'y'], base: 0, reset: true });
    expect(cut(2, ['mine', 'x'])).toEqual({ entries: ['mine', 'x'], base: 0, reset: true });
    expect(cut(2, ['x', 'mine'])).toEqual({ entries: ['x', 'mine'], base: 0, reset: true });
  });
  test('of which nobody read the length began empty', () => {
    const [hits] = accounts([operation], ledger('hits', ['mine']));
    expect(hits?.ledger).toMatchObject({ base: 0, reset: false });
  });
});

describe('the totals', () => {
  test('add up over all keys; the counter shown is hits, or the first', () => {
    const operations = [
      request({ id: 'a', key: 'b' }),
      request({ id: 'b', key: 'hits', startUs: 2, ...unknown }),
      request({ id: 'c', key: 'hits', startUs: 3, ...rejected }),
      request({ id: 'd', key: 'hits', startUs: 4 }),
      request({ id: 'e', key: 'b', startUs: 5, value: 1 }),
      request({ id: 'f', key: 'b', startUs: 6, value: 3 }),
    ];
    const events = [
      ledger('hits', ['c', 'd', 'd']),
      ledger('b', ['e', 'f']),
      counterRead('hits', 3),
      counterRead('b', 2),
    ].map((body) => at(0, body));
    const story = storyOf(events, operations);
    expect(totalsOf(story, accountsOf(story))).toMatchObject({
      attempted: 6,
      ok: 4,
      rejected: 1,
      indeterminate: 1,
      lost: 1,
      phantom: 1,
      duplicate: 1,
      stale: 1,
      finalCounter: 3,
    });
    const others = accountsOf(story).filter(({ key }) => key !== 'hits');
    expect(totalsOf(story, others).finalCounter).toBe(2);
    expect(totalsOf(story, []).finalCounter).toBeNull();
  });
});
