import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import type { FaultTarget } from '../../../src/model/fault.ts';
import type { ServerView } from '../../../src/model/view.ts';
import { after, judge } from './judging.ts';
import type { ScriptOptions } from './script.ts';
import { idOf, ipOf, newIp, ranges, times, victim } from './script-plan.ts';

/** A fault hits several: each has its own record, moments, mode and promotion. */
const second: FaultTarget = {
  pod: 'redis-1',
  uid: 'uid-1',
  nodeId: idOf(1),
  ip: ipOf(1),
  role: 'master',
  slots: [ranges[1]],
};
const replica: FaultTarget = {
  ...second,
  pod: 'redis-4',
  uid: 'uid-4',
  nodeId: idOf(4),
  ip: ipOf(4),
  role: 'slave',
  slots: [],
};

const hitting = (targets: readonly FaultTarget[], options: ScriptOptions = {}) =>
  judge({
    ...options,
    events: (events) => {
      const changed = events.map((e) => (e.kind === 'fault' ? { ...e, targets } : e));
      return options.events ? options.events(changed) : changed;
    },
  });
const gone = (pod: string, uid: string, index: number, ms: number): RunEvent => ({
  atUs: ms * 1000,
  kind: 'view',
  view: {
    pod,
    uid,
    address: `${ipOf(index)}:6379`,
    status: 'unreachable',
    error: 'ECONNRESET',
    server: null,
  },
});
const adding =
  (...more: readonly RunEvent[]) =>
  (events: readonly RunEvent[]) =>
    [...events, ...more].sort((a, b) => a.atUs - b.atUs);

describe('a fault with several victims', () => {
  test('has one entry a victim, of one id, each with its own moments', () => {
    const stop = gone('redis-1', 'uid-1', 1, times.stopped + 300);
    const { faults } = hitting([victim, second], { name: 'node-stop', events: adding(stop) });
    expect(faults.map(({ id, name, target }) => [id, name, target.pod])).toEqual([
      ['f1', 'node-stop', 'redis-0'],
      ['f1', 'node-stop', 'redis-1'],
    ]);
    expect(faults.map(({ timeline }) => timeline.promotedMs)).toEqual([27_600, null]);
    expect(faults.map(({ timeline }) => timeline.failedMs)).toEqual([times.failed, null]);
    expect(faults.map(({ oldIp, newIp: now }) => [oldIp, now])).toEqual([
      [ipOf(0), newIp],
      [ipOf(1), ipOf(1)],
    ]);
    expect(faults.map(({ mode }) => mode)).toEqual(['promoted', 'restarted']);
    expect(faults.map(({ predictedMs }) => predictedMs?.lowMs)).toEqual([6000, 6000]);
    const deleted = hitting([victim, second], { events: adding(stop) }).faults;
    expect(deleted.map(({ timeline }) => timeline.stoppedMs)).toEqual([
      times.stopped,
      times.stopped + 300,
    ]);
  });

  test('asks for a promotion of every master among them, and of no replica', () => {
    const promotions = (targets: readonly FaultTarget[]) =>
      hitting(targets, { releasedMs: 52_000, backMs: 56_000, endMs: 130_000 })
        .findings.filter(({ id }) => id === 'promotion')
        .map(({ verdict, expected, faultId }) => [verdict, expected.split(' while')[0], faultId]);
    expect(promotions([victim])).toEqual([['pass', 'a replica has taken over from redis-0', 'f1']]);
    expect(promotions([victim, second])).toEqual([
      ['pass', 'a replica has taken over from redis-0', 'f1'],
      ['fail', 'a replica has taken over from redis-1', 'f1'],
    ]);
    expect(promotions([second, victim]).map(([verdict]) => verdict)).toEqual(['fail', 'pass']);
    expect(promotions([victim, replica])).toEqual([
      ['pass', 'a replica has taken over from redis-0', 'f1'],
    ]);
  });

  test('predicts nothing for a replica among them, which has recovered when it answers again', () => {
    const targets = [victim, replica];
    const [, back] = hitting(targets).faults;
    expect([back?.mode, back?.predictedMs]).toEqual(['restarted', null]);
    const silent = (pod: string, ms: number, server: ServerView): ServerView | null =>
      pod === 'redis-4' && ms > after ? null : server;
    expect(hitting(targets, { view: silent }).faults.map(({ mode }) => mode)).toEqual([
      'promoted',
      'unrecovered',
    ]);
  });

  test('excuses what was lost by each of them in its own second', () => {
    const lost = (node: string, key: string, targets: readonly FaultTarget[]) => {
      const evaluation = hitting(targets, {
        name: 'node-stop',
        promotedMs: null,
        history: (h) => {
          const ids = h.operations.filter(
            (op) => op.key === key && op.outcome === 'ok' && op.endUs < times.injected * 1000,
          );
          const last = ids.at(-1);
          expect(last?.node).toContain(node);
          const kept = (h.ledgers.get(key) ?? []).filter((id) => id !== last?.id);
          h.ledgers.set(key, kept);
          const places = new Map(kept.map((id, index) => [id, index + 1]));
          h.operations = h.operations.map((op) => ({
            ...op,
            value: places.get(op.id) ?? op.value,
          }));
        },
      });
      return evaluation.findings.find(({ id }) => id === 'counter-continuity')?.verdict;
    };
    expect(lost(idOf(1), 'k1', [victim, second])).toBe('pass');
    expect(lost(idOf(1), 'k1', [victim])).toBe('fail');
    expect(lost(idOf(0), 'hits', [victim, second])).toBe('pass');
  });
});

test('a fault without a victim moved no replica', () => {
  const { findings, faults } = hitting([], { name: 'noop', hold: 'none' });
  expect(faults).toEqual([]);
  expect(findings.filter(({ note }) => note?.includes('a replica moved'))).toEqual([]);
});
