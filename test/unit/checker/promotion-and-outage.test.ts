import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import { after, check, judge, red } from './judging.ts';
import type { ScriptOptions } from './script.ts';
import type { plan } from './script-plan.ts';

describe('promotion', () => {
  test('red when a held master was replaced by nobody for long enough', () => {
    const evaluation = judge({
      promotedMs: null,
      releasedMs: 52_000,
      backMs: 56_000,
      endMs: 90_000,
    });
    expect(red(evaluation)).toEqual(['promotion', 'outage-within-budget']);
    expect(check(evaluation, 'promotion').why).toContain('did not stand for election');
    expect(check(evaluation, 'outage-within-budget').why).toContain('Nothing was promoted');
  });

  test('undecided when the hold ended before one failed election could have been overcome', () => {
    const evaluation = judge({ promotedMs: null, releasedMs: 32_000, backMs: 36_000 });
    expect(check(evaluation, 'promotion')).toMatchObject({ verdict: 'inconclusive' });
  });

  test('late, but while the master was down: green with a note', () => {
    const evaluation = judge({ promotedMs: 31_000, releasedMs: 32_000, backMs: 36_000 });
    expect(check(evaluation, 'promotion')).toMatchObject({
      verdict: 'pass',
      note: 'promoted 10.8s after the exit, outside the predicted 6.0s to 10.0s',
    });
  });

  test('a promotion although the pod was away only for a moment is a finding, not a failure', () => {
    const evaluation = judge({ hold: 'none', promotedMs: 23_500, backMs: 24_500 });
    expect(evaluation.verdict).toBe('pass');
    expect(check(evaluation, 'promotion').note).toContain(
      'less than the 6.0s that a failover takes',
    );
  });
});

describe('outage-within-budget', () => {
  const late: ScriptOptions = { promotedMs: 35_000, releasedMs: 36_000, backMs: 40_000 };
  test('red when a key waits longer than the prediction allows, and the plan’s budget overrides it', () => {
    expect(red(judge(late))).toEqual(['outage-within-budget']);
    const generous = (p: typeof plan) => ({
      ...p,
      assert: { ...p.assert, outageBudgetMs: 20_000 },
    });
    expect(judge({ ...late, plan: generous }).verdict).toBe('pass');
    expect(judge().operations.longestOutageMs).toBe(7500);
  });
  test('undecided when an election that failed explains it, red when it explains less or the plan says how long', () => {
    const epochs = (growth: number, more: ScriptOptions = late) =>
      judge({
        ...more,
        view: (_, ms, server) => ({ ...server, currentEpoch: ms < 25_800 ? 7 : 7 + growth }),
      });
    expect(check(epochs(2), 'outage-within-budget')).toMatchObject({
      verdict: 'inconclusive',
      observed: expect.stringContaining('one election failed before a replica was promoted'),
    });
    // one epoch is that of the election that was won
    expect(red(epochs(1))).toEqual(['outage-within-budget']);
    const later = { promotedMs: 56_000, releasedMs: 57_000, backMs: 60_000 };
    expect(red(epochs(2, later))).toEqual(['outage-within-budget']);
    expect(red(epochs(3, later))).toEqual([]);
    const strict = (p: typeof plan) => ({
      ...p,
      assert: { ...p.assert, outageBudgetMs: 13_000 },
    });
    expect(red(epochs(2, { ...late, plan: strict }))).toEqual(['outage-within-budget']);
    expect(epochs(2, {}).verdict).toBe('pass');
    // what does not end with the promotion is no election's doing
    const silentLater: ScriptOptions = {
      ...late,
      history: (history) => {
        history.operations = history.operations.filter(
          ({ key, startUs }) => key !== 'k1' || startUs < 60e6 || startUs > 80e6,
        );
      },
    };
    expect(check(epochs(2, silentLater), 'outage-within-budget').verdict).toBe('fail');
  });
  test('undecided when our own stall explains the excess, red when it explains less than that', () => {
    const stalled = (seconds: readonly number[]) => (events: readonly RunEvent[]) =>
      events.map((e) =>
        e.kind === 'host' && seconds.includes(e.atUs / 1e6) ? { ...e, loopLagMs: 900 } : e,
      );
    expect(
      check(judge({ ...late, events: stalled([24, 25]) }), 'outage-within-budget').verdict,
    ).toBe('inconclusive');
    expect(check(judge({ ...late, events: stalled([24]) }), 'outage-within-budget').verdict).toBe(
      'fail',
    );
  });
  test('a busy host explains an outage only where our own loop was late as well', () => {
    const pressed = (loopLagMs: number) => (events: readonly RunEvent[]) =>
      events.map((e) =>
        e.kind === 'host' ? { ...e, cpuPressure: 0.99, loopLagMs, runDelay: 0.1 } : e,
      );
    const verdictAt = (loopLagMs: number) =>
      check(judge({ ...late, events: pressed(loopLagMs) }), 'outage-within-budget').verdict;
    expect(verdictAt(40)).toBe('fail');
    expect(verdictAt(150)).toBe('inconclusive');
  });
});

describe('claims', () => {
  const wrong: ScriptOptions['view'] = (pod, ms, server) =>
    pod === 'redis-0' && ms > after
      ? { ...server, replication: { ...server.replication, masterHost: '10.0.0.99' } }
      : server;
  test('a red of a class that is not claimed is told as expected and decides nothing', () => {
    const evaluation = judge({ name: 'shard-delete', view: wrong, endMs: 110_000 });
    expect(check(evaluation, 'replication-restored')).toMatchObject({
      verdict: 'fail',
      expectedRed: true,
    });
    expect(evaluation.verdict).toBe('pass');
    expect(evaluation.reasons[0]).toContain('replication-restored (expected: not claimed)');
  });
  test('without any red nothing is excused: a run that ended early stays undecided', () => {
    const evaluation = judge({
      name: 'shard-delete',
      events: (events) => events.filter(({ atUs }) => atUs < 40e6),
    });
    expect(red(evaluation)).toEqual([]);
    expect(evaluation.verdict).toBe('inconclusive');
  });
  test('guards are never excused', () => {
    const evaluation = judge({
      name: 'shard-delete',
      view: wrong,
      endMs: 110_000,
      events: (events) =>
        events.map((e) => (e.kind === 'generator' ? { ...e, maxLagUs: 400_000 } : e)),
    });
    expect(check(evaluation, 'load-sufficient').expectedRed).toBeUndefined();
    expect(evaluation.verdict).toBe('inconclusive');
  });
  test('claimed, it decides', () => {
    const evaluation = judge({
      name: 'shard-delete',
      view: wrong,
      endMs: 110_000,
      plan: (p) => ({ ...p, faults: { ...p.faults, claims: ['one-pod', 'shard'] } }),
    });
    expect(evaluation.verdict).toBe('fail');
  });
});
