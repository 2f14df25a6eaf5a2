import { expect, test } from 'vitest';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import { check, judge, nodes } from './judging.ts';
import { idOf, ipOf, times } from './script-plan.ts';

/** Moments that look like what they are not, and texts that decide nothing but must be right. */
const adding =
  (...more: RunEvent[]) =>
  (events: readonly RunEvent[]) => [...events, ...more];
const at = (ms: number, body: EventBody): RunEvent => ({ atUs: ms * 1000, ...body });

test('a victim that still answers after the deed has not stopped', () => {
  const evaluation = judge({
    events: (events) => {
      const last = events.findLast(
        (event) => event.kind === 'view' && event.view.uid === 'uid-0' && event.view.server,
      );
      return last ? [...events, { ...last, atUs: (times.injected + 50) * 1000 }] : events;
    },
  });
  expect(evaluation.faults[0]?.timeline.stoppedMs).toBe(times.stopped);
});

test('one probe that failed and succeeded again before the stop is not the outage', () => {
  const probe = (ms: number, ok: boolean): RunEvent =>
    at(ms, {
      kind: 'probe',
      key: 'p0',
      slot: 300,
      ok,
      node: null,
      error: ok ? null : 'timeout',
      lastOkUs: 19_900_000,
    });
  const evaluation = judge({
    events: adding(probe(times.injected + 20, false), probe(times.injected + 80, true)),
  });
  expect(evaluation.faults[0]?.timeline).toMatchObject({ lastAckMs: 20_140, firstAckMs: 27_640 });
});

test('a pod that is not ready after two restarts crashes, after one it may still come', () => {
  const restarted = (restarts: number) =>
    judge({
      pod: (pod) => ({
        ...pod,
        ready: false,
        containers: pod.containers.map((container) => ({ ...container, ready: false, restarts })),
      }),
      events: (events) => events.filter(({ atUs }) => atUs <= 2e6),
    });
  expect(check(restarted(2), 'topology-formed')).toMatchObject({ verdict: 'fail' });
  expect(check(restarted(2), 'topology-formed').observed).toContain('running, 2 restarts');
  expect(check(restarted(1), 'topology-formed').verdict).toBe('inconclusive');
});

test('green for too short before the run ended says for how long it was watched', () => {
  const evaluation = judge({
    endMs: 60_000,
    view: (pod, ms, server) =>
      pod === 'redis-1' && ms > 30_000 && ms < 52_000
        ? nodes(server, (node) => (node.id === idOf(0) ? { ...node, ip: ipOf(0) } : node))
        : server,
  });
  expect(check(evaluation, 'topology-converged').observed).toMatch(/watched for only 8\.\ds/);
});
