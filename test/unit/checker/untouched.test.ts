import { describe, expect, test } from 'vitest';
import type { PodState } from '../../../src/model/pod.ts';
import { check, judge, red } from './judging.ts';
import type { ScriptOptions } from './script.ts';
import { podState } from './script-cluster.ts';
import { ipOf, newIp } from './script-plan.ts';

/** Goal: a server at which the fault did not aim neither crashes nor stays unready without a word. */
const podAt = (ms: number, change: Partial<PodState>): ScriptOptions => ({
  events: (events) => [
    ...events,
    { atUs: ms * 1000, kind: 'pod', part: 'redis', pod: { ...podState(2, ipOf(0)), ...change } },
  ],
});
const restarted = (reason: string, exitCode: number): Partial<PodState> => ({
  containers: podState(2, ipOf(0)).containers.map((container) => ({
    ...container,
    restarts: 1,
    lastExit: { reason, exitCode },
  })),
});
const converged = (options: ScriptOptions) => {
  const evaluation = judge(options);
  return { ...check(evaluation, 'topology-converged'), reds: red(evaluation) };
};

describe('a server at which the fault did not aim', () => {
  test.each([25_000, 30_000, 60_000])('crashes at %d ms, and heals', (ms) => {
    expect(converged(podAt(ms, restarted('OOMKilled', 137)))).toMatchObject({
      reds: ['topology-converged'],
      observed:
        'redis-2, at which the fault did not aim, restarted: redis OOMKilled, exit code 137',
    });
  });
  test('that restarted before the fault is another matter', () => {
    expect(converged(podAt(5000, restarted('Error', 1))).verdict).toBe('pass');
  });
  test('is killed from outside: red, but on a machine that stood still', () => {
    const kill = podAt(30_000, restarted('Error', 137));
    expect(converged(kill).reds).toEqual(['topology-converged']);
    const still: ScriptOptions = {
      events: (events) =>
        (kill.events?.(events) ?? events).map((e) =>
          e.kind === 'host' && e.atUs > 21e6 && e.atUs < 29e6
            ? { ...e, loopLagMs: 900, cpuPressure: 0.99 }
            : e,
        ),
    };
    expect(converged(still)).toMatchObject({
      reds: [],
      verdict: 'inconclusive',
      observed: expect.stringContaining('stalled'),
    });
  });
  test('goes on while a container beside it restarts: a note', () => {
    const [redis] = podState(2, ipOf(0)).containers;
    if (!redis) throw new Error('a pod without a container');
    const lastExit = { reason: 'Error', exitCode: 1 };
    const beside = podAt(40_000, {
      containers: [redis, { ...redis, name: 'exporter', restarts: 1, lastExit }],
    });
    expect(converged(beside)).toMatchObject({
      verdict: 'pass',
      reds: [],
      note: 'redis-2, at which the fault did not aim, restarted: exporter Error, exit code 1',
    });
    // whose process it was, only a server that was seen since can tell
    const anew: ScriptOptions = {
      ...beside,
      view: (pod, ms, server) =>
        pod === 'redis-2' && ms > 40_000 ? { ...server, runId: 's'.repeat(40) } : server,
    };
    expect(converged(anew).reds).toEqual(['topology-converged']);
    const unseen: ScriptOptions = {
      events: (events) => [
        ...(beside.events?.(events) ?? events),
        { atUs: 50e6, kind: 'target-gone', pod: 'redis-2', uid: 'uid-2' },
      ],
    };
    expect(converged(unseen).reds).toEqual(['topology-converged']);
  });
  test('starts anew within its container', () => {
    const evaluation = converged({
      view: (pod, ms, server) =>
        pod === 'redis-2' && ms > 40_000 ? { ...server, runId: 's'.repeat(40) } : server,
    });
    expect(evaluation).toMatchObject({
      reds: ['topology-converged'],
      observed: expect.stringContaining('the server of redis-2, at which the fault did not aim'),
    });
  });
  test('whose pod is removed: undecided', () => {
    const removed = converged({
      events: (events) => [
        ...events,
        { atUs: 99.9e6, kind: 'pod-gone', name: 'redis-2', uid: 'uid-2' },
      ],
    });
    expect(removed).toMatchObject({ verdict: 'inconclusive' });
    expect(removed.observed).toContain('redis-2, at which the fault did not aim, was removed');
  });
  test('is not ready for good after the first green', () => {
    expect(converged(podAt(60_000, { ready: false }))).toMatchObject({
      reds: ['topology-converged'],
      observed: expect.stringContaining('then not ready for the last'),
    });
    expect(converged(podAt(97_000, { ready: false })).verdict).toBe('pass');
  });
});

describe('a server that had come back', () => {
  /** The successor of the victim, from this moment (ms) on; all is green from 34 s on. */
  const anew = (fromMs: number, kind?: ScriptOptions): ScriptOptions => ({
    ...kind,
    view: (pod, ms, server) =>
      pod === 'redis-0' && ms > fromMs ? { ...server, runId: 's'.repeat(40) } : server,
  });
  const counted = (ms: number, exitCode: number): ScriptOptions => ({
    events: (events) => [
      ...events,
      {
        atUs: ms * 1000,
        kind: 'pod',
        part: 'redis',
        pod: {
          ...podState(0, newIp),
          uid: 'uid-0b',
          ...restarted(exitCode === 137 ? 'Killed' : 'Error', exitCode),
        },
      },
    ],
  });
  test('crashes after all was green: red, also when it heals at once', () => {
    expect(converged(anew(60_000))).toMatchObject({
      reds: ['topology-converged'],
      observed: 'the server of redis-0, which had come back, started anew (its run_id changed)',
    });
    expect(converged(counted(60_000, 139))).toMatchObject({
      reds: ['topology-converged'],
      observed: 'redis-0, which had come back, restarted: redis Error, exit code 139',
    });
    expect(converged(counted(60_000, 137)).reds).toEqual(['topology-converged']);
  });
  test('may need several tries until then, and the kubelet may count late', () => {
    expect(converged(counted(33_500, 1)).verdict).toBe('pass');
    expect(converged(counted(36_000, 1)).verdict).toBe('pass');
    expect(converged(anew(20_000)).verdict).toBe('pass');
  });
  test('killed from outside on a machine that stood still: undecided', () => {
    const kill = counted(60_000, 137);
    const still: ScriptOptions = {
      events: (events) =>
        (kill.events?.(events) ?? events).map((e) =>
          e.kind === 'host' && e.atUs > 40e6 && e.atUs < 58e6 ? { ...e, loopLagMs: 900 } : e,
        ),
    };
    expect(converged(still)).toMatchObject({ reds: [], verdict: 'inconclusive' });
  });
});
