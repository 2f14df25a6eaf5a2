import { describe, expect, test } from 'vitest';
import { check, judge } from './judging.ts';
import type { ScriptOptions } from './script.ts';
import type { History } from './script-history.ts';
import { type plan, times } from './script-plan.ts';

/**
 * Goal: when a whole shard is gone only the other shards' keys are held to the outage budget.
 * Method: redis-0's shard is down from 20.2 to 55 s; with full coverage required k1 and k2 are too.
 */
const shard: ScriptOptions = {
  name: 'shard-delete',
  promotedMs: null,
  releasedMs: 52_000,
  backMs: 56_000,
};
const claimed = (p: typeof plan) => ({
  ...p,
  faults: { ...p.faults, claims: ['one-pod', 'shard'] as const },
});

/** Nobody's increments are taken from the failure's detection until the shard is back. */
function everyKeyStops(history: History): void {
  for (const [index, operation] of history.operations.entries()) {
    const { key, startUs } = operation;
    if (key !== 'k1' && key !== 'k2') continue;
    if (startUs < times.failed * 1000 || startUs > 55e6) continue;
    history.operations[index] = {
      ...operation,
      outcome: 'rejected',
      value: null,
      error: 'CLUSTERDOWN',
      node: null,
    };
    const ledger = history.ledgers.get(key);
    if (ledger)
      history.ledgers.set(
        key,
        ledger.filter((id) => id !== operation.id),
      );
  }
  renumber(history);
}

/** Values follow from the ledger again. */
function renumber(history: History): void {
  for (const [key, ids] of history.ledgers) {
    const place = new Map(ids.map((id, index) => [id, index + 1]));
    for (const [index, operation] of history.operations.entries()) {
      if (operation.key !== key || operation.outcome !== 'ok') continue;
      history.operations[index] = { ...operation, value: place.get(operation.id) ?? null };
    }
  }
}

describe('a shard is gone', () => {
  test('its own keys may wait, the others go on: green', () => {
    const evaluation = judge({ ...shard, plan: claimed });
    expect(check(evaluation, 'outage-within-budget')).toMatchObject({ verdict: 'pass' });
    expect(evaluation.findings.some(({ id }) => id === 'promotion')).toBe(false);
    expect(evaluation.faults[0]?.mode).toBe('restarted');
  });

  test('the other shards stop too: red, and it decides when the shard is claimed', () => {
    const evaluation = judge({ ...shard, plan: claimed, history: everyKeyStops });
    const outage = check(evaluation, 'outage-within-budget');
    expect(outage.verdict).toBe('fail');
    expect(outage.observed).toMatch(/of k[12] from/);
    expect(outage.evidence.join()).not.toContain('hits');
    expect(evaluation.verdict).toBe('fail');
  });

  test('not claimed: the same red is reported as expected', () => {
    const outage = check(judge({ ...shard, history: everyKeyStops }), 'outage-within-budget');
    expect(outage).toMatchObject({ verdict: 'fail', expectedRed: true });
  });
});

test('without a promotion to come none is predicted', () => {
  const silent = (name: 'shard-delete' | 'two-masters' | 'all-delete') =>
    judge({
      ...shard,
      name,
      events: (events) => events.map((e) => (e.kind === 'fault' ? { ...e, predicted: null } : e)),
    }).faults[0]?.predictedMs;
  expect(silent('shard-delete')).toBeNull();
  expect(silent('two-masters')).toBeNull();
  expect(silent('all-delete')).toBeNull();
});

test('writes that came back for a moment and stopped again are no recovery', () => {
  const turn = (ms: number, ok: boolean) => ({
    atUs: ms * 1000,
    kind: 'probe' as const,
    key: 'p0',
    slot: 300,
    ok,
    node: null,
    error: ok ? null : 'CLUSTERDOWN',
    lastOkUs: null,
  });
  const relapsing = judge({
    ...shard,
    name: 'all-delete',
    events: (events) => [...events, turn(57_000, false)].sort((a, b) => a.atUs - b.atUs),
  });
  expect(relapsing.faults[0]?.mode).toBe('unrecovered');
  expect(judge({ ...shard, name: 'all-delete' }).faults[0]?.mode).toBe('restarted');
});
