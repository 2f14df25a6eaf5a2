import { describe, expect, test } from 'vitest';
import { phaseUs, phaseWithin } from '../../../src/checker/phases.ts';
import { crashText, readySinceUs } from '../../../src/checker/structure/pod-trouble.ts';
import type { PhaseName, RunEvent } from '../../../src/model/event.ts';
import type { PodState } from '../../../src/model/pod.ts';
import {
  failedElectionMs,
  leastHoldMs,
  predictPromotion,
  recoveryDeadlineMs,
  stableMs,
} from '../../../src/rules/prediction.ts';
import { podState } from './script-cluster.ts';
import { ipOf } from './script-plan.ts';
import { at } from './small-story.ts';

const phase = (ms: number, name: PhaseName, edge: 'begin' | 'end' = 'begin'): RunEvent =>
  at(ms, { kind: 'phase', name, edge });
const pod = (ms: number, change: Partial<PodState> = {}, part: 'redis' | 'app' = 'redis') =>
  at(ms, { kind: 'pod', part, pod: { ...podState(0, ipOf(0)), ...change } });

describe('phases', () => {
  const events = [
    phase(1, 'recover'),
    phase(2, 'recover', 'end'),
    phase(3, 'recover'),
    phase(4, 'recover', 'end'),
  ];
  test('begin first and end last', () => {
    expect(phaseUs(events, 'recover', 'begin')).toBe(1000);
    expect(phaseUs(events, 'recover', 'end')).toBe(4000);
    expect(phaseUs(events, 'drain', 'begin')).toBeNull();
  });
  test('begin between two moments, both included', () => {
    const within = (fromMs: number, toMs: number, name: PhaseName = 'recover') =>
      phaseWithin(events, name, fromMs * 1000, toMs * 1000);
    expect([within(3, 9), within(0, 1), within(3.1, 9), within(1.1, 2.9)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(within(0, 9, 'drain')).toBe(false);
  });
});

describe('a pod in trouble', () => {
  type Container = PodState['containers'][number];
  const crash = (change: Partial<Container>, ready = false) => {
    const state = podState(0, ipOf(0));
    const containers = state.containers.map((container) => ({
      ...container,
      ready: false,
      ...change,
    }));
    return crashText({ ...state, ready, containers });
  };
  test('is told by its container’s reason, restarts and last exit', () => {
    const lastExit = { reason: 'Error', exitCode: 1 };
    expect(crash({ restarts: 2 })).toBe('redis-0: redis running, 2 restarts');
    expect(crash({ reason: 'CrashLoopBackOff', restarts: 1, lastExit, message: 'back-off' })).toBe(
      'redis-0: redis CrashLoopBackOff, 1 restarts; last exit: Error, code 1: back-off',
    );
    expect(crash({ reason: 'CreateContainerConfigError' })).toContain('0 restarts');
  });
  test('is none before the third start, when it is ready, or for another reason', () => {
    expect(crash({ restarts: 1 })).toBeNull();
    expect(crash({ restarts: 2, ready: true })).toBeNull();
    expect(crash({ restarts: 2 }, true)).toBeNull();
    expect(crash({ reason: 'ContainerCreating' })).toBeNull();
    expect(crashText({ ...podState(0, ipOf(0)), ready: false, containers: [] })).toBeNull();
  });
  test('is ready since its readiness or its restarts last changed', () => {
    const restarted = podState(0, ipOf(0)).containers.map((c) => ({ ...c, restarts: 1 }));
    const events = [
      pod(5, { ready: false }),
      pod(6),
      pod(7),
      pod(7.5, { name: 'app', ready: false }, 'app'),
      pod(8, { uid: 'uid-1' }),
      pod(9, { containers: restarted }),
    ];
    const since = (untilMs: number, uid?: string) => readySinceUs(events, untilMs * 1000, uid);
    expect([4, 5, 6, 7.9, 8, 9].map((ms) => since(ms))).toEqual([0, 5000, 6000, 6000, 8000, 9000]);
    expect(since(9, 'uid-0')).toBe(9000);
    expect(since(9, 'uid-1')).toBe(8000);
    expect(since(8.9, 'uid-0')).toBe(6000);
    expect(since(9, 'uid-7')).toBe(0);
  });
});

test('a recovery has the time that the pods’ own probes take on top', () => {
  expect(recoveryDeadlineMs(5000, 31_000)).toBe(91_000);
});

test('the limits follow the node timeout', () => {
  const limits = (ms: number) => [
    predictPromotion(ms),
    failedElectionMs(ms),
    leastHoldMs(ms),
    recoveryDeadlineMs(ms),
    stableMs(ms),
  ];
  expect(limits(5000)).toEqual([{ lowMs: 6000, highMs: 10_000 }, 20_000, 30_000, 60_000, 10_000]);
  expect(limits(333)).toEqual([{ lowMs: 1333, highMs: 3000 }, 4000, 7000, 60_000, 666]);
  expect(limits(20_000)).toEqual([
    { lowMs: 21_000, highMs: 32_500 },
    80_000,
    112_500,
    112_500, // a replica may need its second election
    40_000,
  ]);
});
