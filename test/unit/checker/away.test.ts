import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../../src/model/event.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { check, judge, red } from './judging.ts';
import type { ScriptOptions } from './script.ts';

/**
 * Goal: a shard that takes no write while its victim stays away is red however soon its replica was
 * promoted, and a victim that was let back at once shows nothing of that.
 * Method: the scripted held master delete, promoted at 27.6 s, with a release at 33 s.
 */
const away =
  (awayMs: number | null | undefined, more: Partial<Plan['assert']> = {}) =>
  (plan: Plan): Plan => ({
    ...plan,
    assert: { ...plan.assert, ...more },
    faults: { ...plan.faults, awayMs: awayMs as number | null },
  });

/** No write of the victim's slots before this moment, ms; the observer's own write follows `probeMs`. */
const silentUntil = (ms: number, probeMs = ms): ScriptOptions => ({
  releasedMs: 33_000,
  backMs: 36_000,
  history: ({ operations, ledgers, finals }) => {
    for (const [index, op] of operations.entries()) {
      const isVictims = op.key === 'hits' || op.key === 'k0';
      if (!isVictims || op.startUs < 20_200_000 || op.startUs >= ms * 1000) continue;
      const ledger = ledgers.get(op.key) ?? [];
      const place = ledger.indexOf(op.id);
      if (place >= 0) ledger.splice(place, 1);
      operations[index] = {
        ...op,
        outcome: 'rejected',
        value: null,
        error: 'NOREPLICAS',
        node: null,
      };
    }
    for (const [key, ledger] of ledgers) {
      const places = new Map(ledger.map((id, place) => [id, place + 1]));
      for (const [index, op] of operations.entries()) {
        if (op.key === key && op.outcome === 'ok') {
          operations[index] = { ...op, value: places.get(op.id) ?? null };
        }
      }
      finals.set(key, ledger.length);
    }
  },
  events: (events) =>
    events.map((event) =>
      event.kind === 'probe' && event.ok && event.atUs > 21e6
        ? { ...event, atUs: probeMs * 1000 }
        : event,
    ),
});
const outage = (options: ScriptOptions) => check(judge(options), 'outage-within-budget');

describe('a victim that stays away after the promotion', () => {
  test('costs a healthy set-up nothing', () => {
    const healthy = { releasedMs: 33_000, backMs: 36_000, plan: away(null) };
    expect(red(judge(healthy))).toEqual([]);
    expect(outage(healthy).verdict).toBe('pass');
  });
  test('is an outage without end to a shard that takes no write meanwhile, within the budget or not', () => {
    const found = outage({ ...silentUntil(33_200), plan: away(null) });
    expect(found.verdict).toBe('fail');
    expect(found.observed).toBe(
      "no write of hits, k0 was acknowledged in the 5.4s that the victim stayed away after the promotion, the observer's own included",
    );
    expect(found.why).toMatch(/min-replicas-to-write/);
    const generous = { plan: away(null, { outageBudgetMs: 60_000 }) };
    expect(outage({ ...silentUntil(33_200), ...generous }).verdict).toBe('fail');
  });
  test('is a matter of the budget where the observer’s own writes went through: a slow client', () => {
    const generous = { plan: away(null, { outageBudgetMs: 60_000 }) };
    expect(outage({ ...silentUntil(33_200, 27_700), ...generous }).verdict).toBe('pass');
  });
  test('is undecided where the observer wrote nothing: nobody knows which of both it was', () => {
    const quiet = silentUntil(33_200);
    const found = outage({
      ...quiet,
      plan: away(null, { outageBudgetMs: 60_000 }),
      events: (events) => events.filter(({ kind }) => kind !== 'probe'),
    });
    expect(found.verdict).toBe('inconclusive');
    expect(found.observed).toContain('no write of hits, k0 was acknowledged while the victim');
    const healthy: ScriptOptions = {
      releasedMs: 33_000,
      backMs: 36_000,
      plan: away(null),
      events: (events) => events.filter(({ kind }) => kind !== 'probe'),
    };
    expect(outage(healthy).verdict).toBe('pass');
  });
  test('stays red on a machine that stood still: the answers say why', () => {
    const slow = (options: ScriptOptions): ScriptOptions => ({
      ...options,
      events: (events) =>
        (options.events ?? ((same) => same))(events).map((event) =>
          event.kind === 'host' ? { ...event, runDelay: 0.8 } : event,
        ),
    });
    const alone = slow({ ...silentUntil(33_200), plan: away(null) });
    expect(outage(alone).verdict).toBe('fail');
    const mute: ScriptOptions = {
      ...alone,
      history: (history) => {
        alone.history?.(history);
        history.operations = history.operations.map((op) =>
          op.error === 'NOREPLICAS' ? { ...op, error: 'timeout' } : op,
        );
      },
    };
    expect(outage(mute).verdict).not.toBe('fail');
  });
  test('and of the budget where writes came back before the release', () => {
    expect(outage({ ...silentUntil(32_000), plan: away(null) }).verdict).toBe('pass');
  });
});

describe('a victim that was let back sooner than asked', () => {
  test('leaves it open: a successor answered before the release', () => {
    const back = (ms: number): ScriptOptions => ({
      releasedMs: 33_000,
      backMs: 36_000,
      plan: away(null),
      events: (events) => {
        const first = events.find((e) => e.kind === 'view' && e.view.uid === 'uid-0b');
        return first ? [...events, { ...first, atUs: ms * 1000 }] : events;
      },
    });
    expect(outage(back(29_000))).toMatchObject({
      verdict: 'inconclusive',
      observed: expect.stringContaining('the victim was let back 1.4s after'),
    });
    expect(outage(back(36_000)).verdict).toBe('pass');
  });
  test.each<[string, number | null | undefined]>([
    ['by default 5 s at a node timeout of 5 s', null],
    ['in an old report, which does not say', undefined],
    ['as the plan says', 2000],
  ])('leaves it open: %s', (_, awayMs) => {
    const found = outage({ plan: away(awayMs) });
    expect(found.verdict).toBe('inconclusive');
    expect(found.observed).toMatch(/let back 395ms after its replica's promotion/);
  });
  test('a node timeout above 5 s asks for more', () => {
    const timeout: EventBody = {
      kind: 'snapshot',
      stage: 'before',
      faultId: 'f1',
      pod: 'redis-1',
      uid: 'uid-1',
      diskMyselfIp: null,
      diskNodes: [],
      announceIp: '',
      nodeTimeoutMs: 7000,
      error: null,
    };
    const options: ScriptOptions = {
      releasedMs: 33_000,
      backMs: 36_000,
      plan: away(null),
      events: (events) => [{ atUs: 19e6, ...timeout }, ...events],
    };
    expect(outage(options).observed).toMatch(/for the 7.0s of --away/);
  });
});
