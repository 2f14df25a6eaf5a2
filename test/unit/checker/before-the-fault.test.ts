import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Operation } from '../../../src/model/operation.ts';
import { check, judge, undecided } from './judging.ts';
import type { ScriptOptions } from './script.ts';
import { times, victim } from './script-plan.ts';

describe('topology-formed', () => {
  const firstEvents =
    (untilUs: number, ...more: RunEvent[]) =>
    (events: readonly RunEvent[]) => [...events.filter(({ atUs }) => atUs <= untilUs), ...more];

  test('red when a master has no replica in sync before the fault', () => {
    const evaluation = judge({
      view: (pod, ms, server) =>
        pod === 'redis-3' && ms < times.injected
          ? { ...server, replication: { ...server.replication, masterLink: 'down' } }
          : server,
    });
    expect(check(evaluation, 'topology-formed')).toMatchObject({ verdict: 'fail' });
    expect(check(evaluation, 'topology-formed').why).toContain('they cannot copy from it');
    expect(evaluation.verdict).toBe('fail');
  });

  test('red when forming did not succeed; what never came is absent', () => {
    const failed: RunEvent = {
      atUs: 9e6,
      kind: 'formed',
      ok: false,
      by: 'tool',
      detail: 'create hangs',
    };
    const evaluation = judge({ events: firstEvents(2e6, failed) });
    expect(evaluation.findings.map(({ id }) => id)).toEqual(['topology-formed']);
    expect(check(evaluation, 'topology-formed').why).toContain('announce');
    expect(evaluation.verdict).toBe('fail');
  });

  test('red with the reason and the last log lines of a pod that crashes', () => {
    const evaluation = judge({
      pod: (pod) => ({
        ...pod,
        ready: false,
        containers: pod.containers.map((container) => ({
          ...container,
          state: 'waiting',
          ready: false,
          reason: 'CrashLoopBackOff',
          restarts: 3,
          lastExit: { reason: 'Error', exitCode: 1 },
        })),
      }),
      events: firstEvents(
        1e6,
        {
          atUs: 5e6,
          kind: 'pod-log',
          pod: 'redis-0',
          container: 'redis',
          lines: ['*** FATAL CONFIG FILE ERROR ***'],
        },
        { atUs: 6e6, kind: 'broken', message: 'pod redis-0: redis crashed' },
      ),
    });
    const finding = check(evaluation, 'topology-formed');
    expect(finding.verdict).toBe('fail');
    expect(finding.evidence.join('\n')).toContain(
      'CrashLoopBackOff, 3 restarts; last exit: Error, code 1',
    );
    expect(finding.evidence.join('\n')).toContain('FATAL CONFIG FILE ERROR');
  });

  test('absent, and the verdict an error, when infrastructure ended the run', () => {
    const evaluation = judge({
      events: firstEvents(2e6, {
        atUs: 3e6,
        kind: 'infrastructure',
        message: 'image redis:7 cannot be pulled',
      }),
    });
    expect(evaluation).toMatchObject({ verdict: 'error', findings: [] });
    expect(evaluation.reasons).toEqual(['image redis:7 cannot be pulled']);
  });

  test('undecided when a pod had restarted 5 s before the fault', () => {
    const evaluation = judge({
      events: (events) =>
        events.flatMap((event) => {
          if (event.kind !== 'pod' || event.pod.name !== 'redis-2') return [event];
          const containers = event.pod.containers.map((c) => ({ ...c, restarts: 1 }));
          return [event, { ...event, atUs: 15e6, pod: { ...event.pod, containers } }];
        }),
    });
    expect(undecided(evaluation)).toEqual(['topology-formed']);
  });
});

describe('fault-landed', () => {
  const staged = (change: (event: RunEvent) => RunEvent[]) => (events: readonly RunEvent[]) =>
    events.flatMap(change);

  test('undecided, never red, when the target says that it was missed', () => {
    const evaluation = judge({
      events: staged((e) =>
        e.kind === 'fault' && e.stage === 'landed' ? [{ ...e, stage: 'missed' }] : [e],
      ),
    });
    expect(undecided(evaluation)).toEqual(['fault-landed']);
    expect(evaluation.verdict).toBe('inconclusive');
  });

  test('undecided when nobody confirmed it', () => {
    const evaluation = judge({
      events: staged((e) => (e.kind === 'fault' && e.stage === 'landed' ? [] : [e])),
    });
    expect(undecided(evaluation)).toEqual(['fault-landed']);
  });

  test('undecided when the victim was not the master that it was taken for', () => {
    const target = { ...victim, role: 'slave' as const };
    const evaluation = judge({
      events: staged((e) => (e.kind === 'fault' ? [{ ...e, targets: [target] }] : [e])),
    });
    expect(check(evaluation, 'fault-landed')).toMatchObject({
      verdict: 'inconclusive',
      observed:
        'the target was not what it was taken for: redis-0 says master, the fault aimed at a slave',
    });
  });

  test('undecided when a held pod had a successor at once', () => {
    const evaluation = judge({
      events: staged((e) =>
        e.kind === 'pod' && e.pod.uid === 'uid-0b' && !e.pod.ready
          ? [e, { ...e, atUs: 21e6 }]
          : [e],
      ),
    });
    expect(check(evaluation, 'fault-landed').observed).toContain('the hold did not hold');
  });
});

describe('load-sufficient', () => {
  test.each([
    [
      'too little before',
      {
        history: (h: { operations: Operation[] }) => {
          h.operations = h.operations.filter(({ key, startUs }) => key !== 'k1' || startUs > 17e6);
        },
      },
      'before the fault only 30 acknowledged for k1, needed 40',
    ],
    [
      'too little during',
      {
        history: (h: { operations: Operation[] }) => {
          h.operations = h.operations.filter(
            ({ startUs, id }) => startUs < 20e6 || startUs > 34e6 || Number(id.slice(1)) % 3 === 0,
          );
        },
      },
      'scheduled requests were started',
    ],
    [
      'blind',
      {
        events: (events: readonly RunEvent[]) => [
          ...events,
          { atUs: 26e6, kind: 'blind', fromUs: 23.9e6, toUs: 26e6 } as const,
        ],
      },
      'the observer was blind for 2.1s',
    ],
  ])('%s: undecided, naming the guard', (_, options, text) => {
    const finding = check(judge(options as ScriptOptions), 'load-sufficient');
    expect(finding.verdict).toBe('inconclusive');
    expect(finding.evidence.join('\n')).toContain(text);
  });

  test('late by whatever it was, and 2 s blind, are still enough', () => {
    const evaluation = judge({
      events: (events) => [
        ...events.map((e) => (e.kind === 'generator' ? { ...e, maxLagUs: 360_000 } : e)),
        { atUs: 26e6, kind: 'blind', fromUs: 24e6, toUs: 26e6 },
      ],
    });
    expect(evaluation.verdict).toBe('pass');
  });
});
