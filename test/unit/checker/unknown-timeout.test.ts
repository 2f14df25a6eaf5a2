import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../src/model/plan.ts';
import { check, judge } from './judging.ts';
import type { ScriptOptions } from './script.ts';

/**
 * Goal: a node timeout that nobody tells is not silently the default: what follows from it is no red, and
 * there is no prediction. Method: the scripted run with manifests of somebody's own.
 */
const unknown =
  (assert: Partial<Plan['assert']> = {}) =>
  (plan: Plan): Plan => ({
    ...plan,
    setup: { ...plan.setup, manifests: 'redis.yaml', nodeTimeoutMs: null },
    assert: { ...plan.assert, ...assert },
    faults: { ...plan.faults, awayMs: 400 },
  });
/** Nothing takes over for long: late for 5 s, and it may be right for 60 s. */
const late: ScriptOptions = { promotedMs: 60_000, releasedMs: 60_400, backMs: 62_000 };
const never: ScriptOptions = {
  promotedMs: null,
  releasedMs: 120_000,
  backMs: 124_000,
  endMs: 190_000,
};

describe('with a node timeout that nobody tells', () => {
  test('an outage over the guessed budget is undecided, over one that was asked for red', () => {
    const found = check(judge({ ...late, plan: unknown() }), 'outage-within-budget');
    expect(found.verdict).toBe('inconclusive');
    expect(found.observed).toMatch(
      /the node timeout is not known.*15.0s, Redis's default, was assumed/,
    );
    const asked = { ...late, plan: unknown({ outageBudgetMs: 13_000 }) };
    expect(check(judge(asked), 'outage-within-budget').verdict).toBe('fail');
    expect(check(judge(late), 'outage-within-budget').verdict).toBe('fail');
  });
  test('a promotion that did not come is undecided', () => {
    expect(check(judge(never), 'promotion').verdict).toBe('fail');
    const found = check(judge({ ...never, plan: unknown() }), 'promotion');
    expect(found.verdict).toBe('inconclusive');
    expect(found.observed).toMatch(/the node timeout is not known/);
  });
  test('there is no prediction', () => {
    expect(judge({ plan: unknown() }).faults[0]?.predictedMs).toBeNull();
    expect(judge({}).faults[0]?.predictedMs).toEqual({ lowMs: 6000, highMs: 10_000 });
  });
});
