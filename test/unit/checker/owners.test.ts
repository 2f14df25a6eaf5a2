import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import { check, judge, red, undecided } from './judging.ts';
import type { ScriptOptions } from './script.ts';
import { idOf } from './script-plan.ts';

describe('one-owner and data-kept', () => {
  const reads = (
    change: (event: Extract<RunEvent, { kind: 'canary' }>) => Partial<RunEvent>,
  ): ScriptOptions => ({
    events: (events) =>
      events.map((e) =>
        e.kind === 'canary' && e.stage === 'after' ? ({ ...e, ...change(e) } as RunEvent) : e,
      ),
  });
  test('red when one pod leads to another counter', () => {
    const evaluation = judge(
      reads(
        (e) =>
          (e.seed === 'redis-0' && e.key === 'hits'
            ? { value: '30', owner: `${idOf(0)}@x` }
            : {}) as Partial<RunEvent>,
      ),
    );
    expect(red(evaluation)).toEqual(['one-owner']);
    expect(check(evaluation, 'one-owner').observed).toContain('hits has 2 values');
  });
  test('red when all pods lead to less than its owner had said right before', () => {
    const less = (value: string | null) =>
      judge(
        reads(
          (e) =>
            (e.purpose === 'counter' && e.key === 'hits' ? { value } : {}) as Partial<RunEvent>,
        ),
      );
    expect(red(less('30'))).toEqual(['one-owner']);
    expect(check(less('30'), 'one-owner')).toMatchObject({
      observed: expect.stringMatching(/^hits through redis-0: 30, expected \d+/),
      contradiction: 'sure',
    });
    expect(red(less(null))).toEqual(['one-owner']);
    expect(red(less('100000'))).toEqual([]);
  });
  test.each([
    'counter-read',
    'ledger',
  ] as const)('red when the %s was of another node than clients are led to', (kind) => {
    const elsewhere = (owner: string) =>
      judge({
        events: (events) =>
          events.map((e) => (e.kind === kind && e.key === 'hits' ? { ...e, owner } : e)),
      });
    expect(red(elsewhere(`${idOf(0)}@x`))).toEqual(['one-owner']);
    expect(check(elsewhere(`${idOf(0)}@x`), 'one-owner').contradiction).toBe('sure');
    // the same node at another address, or one that would not say who it is
    expect(red(elsewhere(`${idOf(3)}@y`))).toEqual([]);
    expect(red(elsewhere('@x'))).toEqual([]);
  });
  test('red when one pod sends its clients nowhere, undecided when nobody answers anybody', () => {
    const dead = {
      value: null,
      owner: null,
      error: 'connect ETIMEDOUT 10.0.0.1:6379',
      hops: ['10.0.1.1:6379', '10.0.0.1:6379'],
    } as Partial<RunEvent>;
    expect(red(judge(reads((e) => (e.seed === 'redis-0' ? dead : {}))))).toEqual(['one-owner']);
    // a seed that cannot be reached itself has sent nobody anywhere
    const silent = { ...dead, hops: ['10.0.1.1:6379'] } as Partial<RunEvent>;
    const unreached = judge(reads((e) => (e.seed === 'redis-0' ? silent : {})));
    expect([red(unreached), undecided(unreached)]).toEqual([[], ['one-owner']]);
    const nobody = judge(reads(() => dead));
    expect(undecided(nobody)).toEqual(['one-owner', 'data-kept']);
  });
  test('one owner that gives a growing number is still being written, not split', () => {
    const evaluation = judge(
      reads((e) =>
        e.purpose === 'counter' && e.key === 'hits' && e.seed === 'redis-5'
          ? ({ value: '100000' } as Partial<RunEvent>)
          : {},
      ),
    );
    expect(undecided(evaluation)).toEqual(['one-owner']);
    const frozen = judge(
      reads((e) =>
        e.key === 'c0' && e.seed === 'redis-5' ? ({ value: 'other' } as Partial<RunEvent>) : {},
      ),
    );
    expect(red(frozen)).toEqual(['one-owner', 'data-kept']);
  });
  test('undecided when a pod was not asked', () => {
    const evaluation = judge({
      events: (events) =>
        events.filter((e) => e.kind !== 'canary' || e.seed !== 'redis-3' || e.stage === 'before'),
    });
    expect(undecided(evaluation)).toEqual(['one-owner']);
  });
  test('a canary that is gone is red, though all pods agree', () => {
    const evaluation = judge({ history: (h) => h.canaries.set('c0', null) });
    expect(red(evaluation)).toEqual(['data-kept']);
  });
});

describe('auth-enforced', () => {
  const tries =
    (refused: boolean) =>
    (events: readonly RunEvent[]): RunEvent[] => [
      ...events,
      ...(['before', 'during', 'after'] as const).flatMap((stage, place) =>
        [0, 1, 2, 3, 4, 5].map(
          (index): RunEvent => ({
            atUs: [19e6, 23e6, 99e6][place] ?? 0,
            kind: 'refusal',
            pod: `redis-${index}`,
            stage,
            refused: refused || index !== 3 || stage !== 'after',
            answer: 'NOAUTH',
          }),
        ),
      ),
    ];
  test('red when a pod lets a client in, green when all refuse, absent where nobody asked', () => {
    expect(red(judge({ events: tries(false) }))).toEqual(['auth-enforced']);
    expect(check(judge({ events: tries(true) }), 'auth-enforced').verdict).toBe('pass');
    const some = (leave: (e: Extract<RunEvent, { kind: 'refusal' }>) => boolean) =>
      check(
        judge({
          events: (events) => tries(true)(events).filter((e) => e.kind !== 'refusal' || leave(e)),
        }),
        'auth-enforced',
      );
    expect(some((e) => e.stage !== 'during')).toMatchObject({
      verdict: 'inconclusive',
      observed: expect.stringContaining(
        'whether redis-1 refuses a client without a password (during)',
      ),
    });
    expect(some((e) => e.stage !== 'during' || e.pod !== 'redis-0').verdict).toBe('pass');
    expect(some((e) => e.stage !== 'after' || e.pod !== 'redis-0').verdict).toBe('inconclusive');
    // the pod that came back is another one than that of the same name before
    const old = judge({
      events: (events) =>
        tries(true)(events).map((e) =>
          e.kind === 'refusal' ? { ...e, uid: `uid-${e.pod.at(-1)}` } : e,
        ),
    });
    expect(check(old, 'auth-enforced').observed).toContain('whether redis-0 refuses');
    expect(judge().findings.map(({ id }) => id)).not.toContain('auth-enforced');
  });
});
