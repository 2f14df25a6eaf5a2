import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Operation } from '../../../src/model/operation.ts';
import { check, judge, red, undecided } from './judging.ts';
import type { ScriptOptions } from './script.ts';
import { withOffsets } from './script-offsets.ts';
import type { plan } from './script-plan.ts';
import { idOf, times } from './script-plan.ts';

describe('the counters', () => {
  /** The last `count` acknowledged ones of hits before the stop, taken out of the ledger. */
  const losing =
    (count: number) => (h: { operations: Operation[]; ledgers: Map<string, string[]> }) => {
      const mine = h.operations.filter(({ key, outcome }) => key === 'hits' && outcome === 'ok');
      const before = mine.filter(({ endUs }) => endUs < times.stopped * 1000);
      const lost = new Set(before.slice(-count).map(({ id }) => id));
      const kept = mine.filter(({ id }) => !lost.has(id));
      h.ledgers.set(
        'hits',
        kept.map(({ id }) => id),
      );
      const value = new Map(kept.map(({ id }, index) => [id, index + 1]));
      h.operations = h.operations.map((op) => ({ ...op, value: value.get(op.id) ?? op.value }));
    };

  test('one acknowledged write lost in a graceful delete is red', () => {
    const evaluation = judge({ history: losing(1) });
    expect(red(evaluation)).toEqual(['counter-continuity', 'linearizable']);
    expect(evaluation.operations).toMatchObject({ lost: 1, stale: 1 });
    expect(check(evaluation, 'counter-continuity').observed).toContain(
      '1 acknowledged increments lost',
    );
  });

  test('the same in the second before a SIGKILL is the price of asynchronous replication', () => {
    const evaluation = judge({
      name: 'process-kill',
      hold: 'none',
      history: losing(8),
      events: withOffsets({ copiedMs: 19_000 }),
    });
    expect(check(evaluation, 'counter-continuity')).toMatchObject({ verdict: 'pass' });
    expect(check(evaluation, 'linearizable')).toMatchObject({ verdict: 'pass' });
    expect(evaluation.operations.lost).toBe(8);
  });

  test('more than a second before it, or with --loss strict, or by another node, it is not', () => {
    expect(red(judge({ name: 'process-kill', hold: 'none', history: losing(13) }))).toContain(
      'counter-continuity',
    );
    const strict = (p: typeof plan) => ({ ...p, assert: { ...p.assert, loss: 'strict' as const } });
    expect(
      red(judge({ name: 'process-kill', hold: 'none', history: losing(8), plan: strict })),
    ).toContain('counter-continuity');
    const elsewhere = judge({
      name: 'process-kill',
      hold: 'none',
      history: (h) => {
        losing(8)(h);
        h.operations = h.operations.map((op) =>
          op.outcome === 'ok' ? { ...op, node: `${idOf(4)}@x` } : op,
        );
      },
    });
    expect(red(elsewhere)).toContain('counter-continuity');
  });

  test('losses in a window are undecided when the clocks may differ by more than 5 ms', () => {
    const evaluation = judge({
      name: 'process-kill',
      hold: 'none',
      history: losing(8),
      events: (events) =>
        withOffsets({ copiedMs: 19_000 })(events).map((e) =>
          e.kind === 'clock' ? { ...e, errorUs: 6000 } : e,
        ),
    });
    expect(undecided(evaluation)).toEqual(['counter-continuity', 'linearizable']);
    expect(check(evaluation, 'linearizable').observed).toContain('the clocks may differ');
  });

  test('no persistence: the counter starts anew, and everything structural is green', () => {
    const evaluation = judge({
      hold: 'none',
      history: (h) => {
        for (const key of ['hits', 'k0']) {
          const mine = h.operations.filter(
            (op) => op.key === key && op.outcome === 'ok' && op.startUs > times.stopped * 1000,
          );
          h.ledgers.set(
            key,
            mine.map(({ id }) => id),
          );
          const value = new Map(mine.map(({ id }, index) => [id, index + 1]));
          h.operations = h.operations.map((op) => ({ ...op, value: value.get(op.id) ?? op.value }));
        }
        h.canaries.set('c0', null);
      },
    });
    expect(red(evaluation)).toEqual(['counter-continuity', 'linearizable', 'data-kept']);
    expect(check(evaluation, 'counter-continuity').why).toContain('nothing is persisted');
    expect(evaluation.faults[0]?.mode).toBe('wiped');
  });

  test('an unknown request may be in the ledger or not', () => {
    for (const inside of [true, false]) {
      const evaluation = judge({
        history: (h) => {
          const last = h.operations.findLast(({ key }) => key === 'hits');
          h.operations = h.operations.map((op) =>
            op === last ? { ...op, outcome: 'indeterminate', value: null, error: 'timeout' } : op,
          );
          if (!inside) h.ledgers.get('hits')?.pop();
        },
      });
      expect(evaluation.verdict).toBe('pass');
    }
  });

  test('applied twice is red', () => {
    const evaluation = judge({
      history: (h) => h.ledgers.get('k1')?.push(h.ledgers.get('k1')?.at(-1) ?? ''),
    });
    expect(red(evaluation)).toEqual(['no-duplicates', 'linearizable']);
    expect(evaluation.operations.duplicate).toBe(1);
  });

  test('rejected and yet applied is red', () => {
    const evaluation = judge({
      history: (h) => {
        const rejected = h.operations.findLast(({ outcome }) => outcome === 'rejected');
        h.ledgers.get(rejected?.key ?? '')?.push(rejected?.id ?? '');
      },
    });
    expect(red(evaluation)).toEqual(['linearizable']);
    expect(evaluation.operations.phantom).toBe(1);
  });

  test('a request that came in between reading the counter and its ledger is no contradiction', () => {
    const late = (outcome: Operation['outcome']): ScriptOptions => ({
      history: (h) => {
        const last = h.operations.findLast(({ key }) => key === 'hits');
        h.finals.set('hits', (h.ledgers.get('hits')?.length ?? 0) - 1);
        if (outcome === 'ok') return;
        h.operations = h.operations.map((op) =>
          op === last ? { ...op, outcome, value: null, error: 'timeout' } : op,
        );
      },
    });
    expect(judge(late('indeterminate')).verdict).toBe('pass');
    expect(red(judge(late('ok')))).toEqual(['counter-continuity']);
  });

  test('a counter that is not what its ledger makes it is red', () => {
    expect(red(judge({ history: (h) => h.finals.set('k2', 7) }))).toEqual(['counter-continuity']);
  });

  test('an incomplete ledger decides nothing', () => {
    const evaluation = judge({
      events: (events) => events.filter((e) => e.kind !== 'ledger' || e.key !== 'hits' || !e.last),
    });
    expect(undecided(evaluation)).toEqual(['counter-continuity', 'no-duplicates', 'linearizable']);
  });

  test('without a ledger the accounting is by bounds, and says so', () => {
    const theirs = (events: readonly RunEvent[]): RunEvent[] => [
      {
        atUs: 0,
        kind: 'app',
        own: false,
        service: 'shop',
        visitors: [],
        rest: { grown: 0, overMs: 5000 },
      },
      ...events.filter(({ kind }) => kind !== 'ledger'),
    ];
    const healthy = judge({ events: theirs });
    expect(healthy.verdict).toBe('pass');
    expect(check(healthy, 'counter-continuity').observed).toContain('by bounds');
    expect(red(judge({ events: theirs, history: losing(3) }))).toEqual([
      'counter-continuity',
      'linearizable',
    ]);
  });

  test('an op id that stands twice in the history is undecided: nobody can join it', () => {
    const evaluation = judge({
      history: (h) => {
        const twin = h.operations.findLast(({ key }) => key === 'hits');
        if (twin) h.operations.push({ ...twin, outcome: 'indeterminate', value: null });
      },
    });
    expect(red(evaluation)).toEqual([]);
    expect(undecided(evaluation)).toEqual(['counter-continuity', 'linearizable']);
    expect(check(evaluation, 'linearizable').observed).toContain('1 op ids stand in the history');
  });
});
