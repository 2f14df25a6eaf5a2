import { describe, expect, test } from 'vitest';
import { appTrouble, killedAfterGrace } from '../../../src/checker/explain/ends.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { ContainerState, PodState } from '../../../src/model/pod.ts';
import { podState } from './script-cluster.ts';
import { ipOf } from './script-plan.ts';
import { at, faultStory, storyOf } from './small-story.ts';

const container = (change: Partial<ContainerState>): readonly ContainerState[] =>
  podState(0, ipOf(0)).containers.map((one) => ({ ...one, ...change }));
const fault = faultStory({ endUs: 100e6 });

describe('a victim that lived through its grace period', () => {
  const ending = (ms: number, change: Partial<PodState> = {}): RunEvent =>
    at(ms, {
      kind: 'pod',
      part: 'redis',
      pod: { ...podState(0, ipOf(0)), terminating: true, graceSeconds: 30, ...change },
    });
  const ended = (ms: number, change: Partial<ContainerState>) =>
    ending(ms, {
      containers: container({ state: 'terminated', reason: 'Error', exitCode: 137, ...change }),
    });
  const gone = (ms: number): RunEvent =>
    at(ms, { kind: 'pod-gone', name: 'redis-0', uid: 'uid-0' });
  const of = (...events: RunEvent[]) => killedAfterGrace(storyOf(events), fault);

  test('is one that the kubelet killed when it was over', () => {
    expect(of(ending(10_000), ended(40_200, {}))).toEqual({ pod: 'redis-0', afterMs: 30_200 });
    // not held, it may be gone before its container's end is seen
    expect(of(ending(10_000), gone(40_500))).toEqual({ pod: 'redis-0', afterMs: 30_500 });
  });
  test('is none that ended by itself, ran out of memory, or was killed on purpose', () => {
    expect(of(ending(10_000), ended(40_200, { exitCode: 0, reason: 'Completed' }))).toBeNull();
    expect(of(ending(10_000), ended(40_200, { reason: 'OOMKilled' }))).toBeNull();
    expect(of(ending(10_000), ended(11_000, {}))).toBeNull();
    expect(of(ending(10_000), ended(11_000, { exitCode: 0 }), gone(41_000))).toBeNull();
    expect(of(ending(10_000, { graceSeconds: 0 }), gone(41_000))).toBeNull();
    expect(of()).toBeNull();
  });
});

describe('the app’s own pods during a fault', () => {
  const app = at(0, { kind: 'app', own: false, service: 'web' });
  const endpoint = (ms: number, ...addresses: string[]) =>
    at(ms, { kind: 'endpoint', service: 'web', addresses });
  const pod = (ms: number, restarts: number, exitCode = 137): RunEvent =>
    at(ms, {
      kind: 'pod',
      part: 'other',
      pod: {
        ...podState(1, ipOf(0)),
        name: 'web-1',
        uid: 'w1',
        ips: ['10.9.0.1'],
        containers: container({ restarts, lastExit: { reason: 'Error', exitCode } }),
      },
    });
  const of = (...events: RunEvent[]) => appTrouble(storyOf([app, ...events]), fault);

  test('were restarted', () => {
    expect(of(endpoint(1, '10.9.0.1'), pod(1, 0), pod(20_000, 1))).toEqual({
      kind: 'restarted',
      pod: 'web-1',
      exitCode: 137,
    });
  });
  test('were not: before the fault, or pods of somebody else', () => {
    expect(of(endpoint(1, '10.9.0.1'), pod(1, 1), pod(20_000, 1))).toBeNull();
    expect(of(endpoint(1, '10.9.0.7'), pod(1, 0), pod(20_000, 1))).toBeNull();
    expect(appTrouble(storyOf([pod(1, 0), pod(20_000, 1)]), fault)).toBeNull();
  });
  test('were out of their Service, all of them and for longer than a moment', () => {
    const back = (ms: number) => of(endpoint(1, 'a'), endpoint(20_000), endpoint(ms, 'a'));
    expect(back(29_000)).toEqual({ kind: 'out-of-service', forMs: 9000 });
    expect(back(20_900)).toBeNull();
    expect(of(endpoint(1, 'a', 'b'), endpoint(20_000, 'a'))).toBeNull();
    expect(of(endpoint(1, 'a'), endpoint(20_000))).toEqual({
      kind: 'out-of-service',
      forMs: 80_000,
    });
  });
});
