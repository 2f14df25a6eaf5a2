import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import { expectationOf } from '../../../src/topology/cluster/expectation.ts';
import { violations } from '../../../src/topology/cluster/invariants.ts';
import { advance, emptyWorld, livePods } from '../../../src/topology/state.ts';
import { scriptRun } from '../checker/script.ts';
import { idOf, times } from '../checker/script-plan.ts';

const worldUntil = (untilMs: number, events: readonly RunEvent[] = scriptRun().events) =>
  events.filter(({ atUs }) => atUs < untilMs * 1000).reduce(advance, emptyWorld);

describe('the world state', () => {
  test('an event that says nothing of the world leaves the same object', () => {
    const world = worldUntil(10_000);
    expect(advance(world, { atUs: 1, kind: 'note', text: 'hello' })).toBe(world);
  });

  test('a terminating pod is still there and no longer live; a gone one is neither', () => {
    const held = worldUntil(times.injected + 1000);
    expect(held.pods.has('uid-0')).toBe(true);
    expect(livePods(held).map(({ name }) => name)).toEqual([
      'redis-1',
      'redis-2',
      'redis-3',
      'redis-4',
      'redis-5',
    ]);
    const released = worldUntil(29_000);
    expect(released.pods.has('uid-0')).toBe(false);
    expect(released.views.has('uid-0')).toBe(false);
  });

  test('folding changes no earlier world', () => {
    const before = worldUntil(10_000);
    const pods = before.pods.size;
    worldUntil(30_000);
    advance(before, { atUs: 1, kind: 'pod-gone', name: 'redis-1', uid: 'uid-1' });
    expect(before.pods.size).toBe(pods);
  });
});

describe('the invariants of one instant', () => {
  const expectation = expectationOf(worldUntil(10_000));

  test('what was before the fault is what is expected: ids, shards and replicas in sync', () => {
    expect(Object.fromEntries(expectation.ids)).toEqual(
      Object.fromEntries([0, 1, 2, 3, 4, 5].map((index) => [`redis-${index}`, idOf(index)])),
    );
    expect(expectation.shards.map(({ replicas }) => replicas)).toEqual([1, 1, 1]);
    expect(expectation.nodeCount).toBe(6);
  });

  test('green before the fault and after recovery', () => {
    expect(violations(worldUntil(10_000), expectation)).toEqual([]);
    expect(violations(worldUntil(60_000), expectation)).toEqual([]);
  });

  test('red at once when the victim goes, and while it is held', () => {
    const checks = (ms: number) =>
      new Set(violations(worldUntil(ms), expectation).map(({ code }) => code));
    expect(checks(times.injected + 100)).toContain('RDY');
    expect(checks(times.failed + 100)).toEqual(new Set(['RDY', 'PEER', 'FL', 'SL', 'REP']));
  });

  test('a pod without a view is unseen, and no other check speaks of it', () => {
    const events = scriptRun().events.filter((e) => e.kind !== 'view' || e.view.pod !== 'redis-4');
    const found = violations(worldUntil(10_000, events), expectation);
    expect(found.map(({ code }) => code)).toEqual(['UNKNOWN']);
  });
});
