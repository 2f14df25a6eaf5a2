import { describe, expect, test } from 'vitest';
import { openLedgers } from '../../../src/checker/counter/ledgers.ts';
import { historyOf } from '../../../src/checker/history.ts';
import { tellStory, worldAt } from '../../../src/checker/run-story.ts';
import type { EventBody, PhaseName, RunEvent } from '../../../src/model/event.ts';
import type { PodState } from '../../../src/model/pod.ts';
import { podState, viewEvent } from './script-cluster.ts';
import { ipOf, plan, victim } from './script-plan.ts';
import { at, initial, request, storyOf } from './small-story.ts';

type FaultBody = Extract<EventBody, { kind: 'fault' }>;
const stage = (ms: number, name: FaultBody['stage'], change: Partial<FaultBody> = {}): RunEvent =>
  at(ms, {
    kind: 'fault',
    faultId: 'f1',
    name: 'master-delete',
    hold: 'auto',
    stage: name,
    targets: [],
    predicted: null,
    detail: name,
    ...change,
  });
const phase = (ms: number, name: PhaseName, edge: 'begin' | 'end' = 'begin'): RunEvent =>
  at(ms, { kind: 'phase', name, edge });
const note = (ms: number): RunEvent => at(ms, { kind: 'note', text: 'hm' });
const pod = (ms: number, change: Partial<PodState> = {}, part: 'redis' | 'app' = 'redis') =>
  at(ms, { kind: 'pod', part, pod: { ...podState(0, ipOf(0)), ...change } });

describe('a fault’s story', () => {
  const told = (...events: RunEvent[]) => storyOf(events).faults;
  const first = (...events: RunEvent[]) => {
    const [fault] = told(...events);
    if (!fault) throw new Error('a fault was told');
    return fault;
  };
  test('has its moments from its stages', () => {
    const other = { ...victim, pod: 'redis-9' };
    const fault = first(
      stage(10, 'inject'),
      stage(20, 'injected', { targets: [victim], predicted: { lowMs: 1, highMs: 2 } }),
      stage(30, 'landed', { targets: [other], predicted: { lowMs: 3, highMs: 4 } }),
      stage(40, 'release'),
      stage(50, 'released'),
      note(60),
    );
    expect(fault).toMatchObject({
      id: 'f1',
      name: 'master-delete',
      hold: 'auto',
      held: true,
      targets: [victim],
      predicted: { lowMs: 3, highMs: 4 },
      beginUs: 10_000,
      injectedUs: 20_000,
      landing: { landed: true, detail: 'landed' },
      releaseUs: 40_000,
      releasedUs: 50_000,
      endUs: 60_000,
    });
  });
  test('has nothing of what did not happen', () => {
    expect(first(stage(10, 'inject', { hold: 'none' }))).toMatchObject({
      held: false,
      targets: [],
      predicted: null,
      injectedUs: null,
      landing: null,
      releaseUs: null,
      releasedUs: null,
      endUs: 10_000,
    });
    expect(first(stage(10, 'inject'), stage(50, 'released')).releaseUs).toBe(50_000);
  });
  test('is held until a release, unless the recovery began without one', () => {
    const inject = stage(10, 'inject');
    expect(first(inject, note(99)).held).toBe(true);
    expect(first(inject, phase(50, 'recover'), note(99)).held).toBe(false);
    expect(first(inject, phase(10, 'recover'), note(99)).held).toBe(false);
    expect(first(inject, note(50), phase(50, 'recover')).held).toBe(false);
    expect(first(phase(9, 'recover'), inject, note(99)).held).toBe(true);
    expect(first(inject, phase(50, 'recover', 'end'), note(99)).held).toBe(true);
    expect(first(inject, phase(50, 'heal'), note(99)).held).toBe(true);
    expect(first(inject, stage(40, 'release'), phase(50, 'recover')).held).toBe(true);
    expect(first(stage(10, 'inject', { hold: 'none' }), stage(40, 'release')).held).toBe(false);
  });
  test('is a miss when one target says so, in its words', () => {
    const landing = (...stages: RunEvent[]) => first(stage(10, 'inject'), ...stages).landing;
    expect(
      landing(stage(20, 'landed', { detail: 'a' }), stage(30, 'landed', { detail: 'b' })),
    ).toEqual({ landed: true, detail: 'a; b' });
    expect(
      landing(stage(20, 'landed', { detail: 'a' }), stage(30, 'missed', { detail: 'b' })),
    ).toEqual({ landed: false, detail: 'b' });
  });
  test('sees the world right before it, and at its end', () => {
    const faults = told(
      pod(10),
      stage(10, 'inject'),
      pod(10, { uid: 'uid-1' }),
      stage(20, 'inject', { faultId: 'f2' }),
      pod(20, { uid: 'uid-2' }),
      pod(30, { uid: 'uid-3' }),
    );
    expect(faults.map(({ beginUs, endUs }) => [beginUs, endUs])).toEqual([
      [10_000, 20_000],
      [20_000, 30_000],
    ]);
    const uids = faults.map(({ before, after }) => [
      [...before.pods.keys()].join(' '),
      [...after.pods.keys()].join(' '),
    ]);
    expect(uids).toEqual([
      ['uid-0', 'uid-0 uid-1 uid-2'],
      ['uid-0 uid-1', 'uid-0 uid-1 uid-2 uid-3'],
    ]);
  });
  test('expects what was there before', () => {
    const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
    const fault = first(
      pod(5),
      at(6, viewEvent(0, 6, now, undefined)),
      stage(10, 'inject'),
      note(20),
    );
    expect(fault.expectation.nodeCount).toBe(1);
    expect([...fault.expectation.ids.keys()]).toEqual(['redis-0']);
  });
});

describe('a run’s story', () => {
  test('ends with the last event before the report or the tear-down', () => {
    expect(storyOf([]).endUs).toBe(0);
    expect(storyOf([note(5), note(9)]).endUs).toBe(9000);
    expect(storyOf([note(5), phase(7, 'report'), note(9)]).endUs).toBe(5000);
    expect(storyOf([note(5), phase(7, 'dispose'), note(9)]).endUs).toBe(5000);
    expect(storyOf([note(5), phase(7, 'report', 'end'), note(9)]).endUs).toBe(9000);
    expect(storyOf([note(5), phase(7, 'audit'), note(9)]).endUs).toBe(9000);
    expect(storyOf([phase(7, 'report'), note(9)]).endUs).toBe(0);
  });
  test('knows the node timeout from a pod, the plan, or Redis’s default', () => {
    const told = (nodeTimeoutMs: number | null): RunEvent =>
      at(5, {
        kind: 'snapshot',
        stage: 'before',
        faultId: 'f1',
        pod: 'redis-0',
        uid: 'uid-0',
        diskMyselfIp: null,
        diskNodes: [],
        announceIp: null,
        nodeTimeoutMs,
        error: null,
      });
    const timeout = (planned: number | null, ...events: RunEvent[]) =>
      storyOf(events, [], (p) => ({ ...p, setup: { ...p.setup, nodeTimeoutMs: planned } })).timing
        .silenceMs;
    expect(timeout(5000, told(null), told(2000), told(3000))).toBe(2000);
    expect(timeout(5000, told(null))).toBe(5000);
    expect(timeout(null)).toBe(15_000);
  });
  test('has its load from the first start to the drain, or to the last start', () => {
    const some = [request({ startUs: 3000 }), request({ id: 'b', startUs: 5000 })];
    expect(storyOf([], []).load).toBeNull();
    expect(storyOf([], some).load).toEqual({ fromUs: 3000, toUs: 5000 });
    expect(storyOf([phase(9, 'drain')], some).load).toEqual({ fromUs: 3000, toUs: 9000 });
    expect(storyOf([phase(1, 'drain')], some).load).toEqual({ fromUs: 3000, toUs: 3000 });
  });
  test('knows each key once, sorted, with its acknowledged ends ascending', () => {
    const story = storyOf(
      [at(0, initial('z', 7)), at(0, initial('hits', 100))],
      [
        request({ id: 'a', startUs: 1, endUs: 9 }),
        request({ id: 'b', startUs: 2, endUs: 5 }),
        request({ id: 'c', startUs: 3, endUs: 6, outcome: 'rejected', value: null }),
        request({ id: 'd', startUs: 3, endUs: 7, key: 'b' }),
      ],
    );
    expect(story.keys).toEqual(['b', 'hits', 'z']);
    expect([...story.slotOf]).toEqual([
      ['z', 7],
      ['hits', 100],
    ]);
    expect([...story.acknowledgedUs('hits')]).toEqual([5, 9]);
    expect(story.acknowledgedUs('hits')).toBe(story.acknowledgedUs('hits'));
    expect([...story.acknowledgedUs('b')]).toEqual([7]);
    expect([...story.acknowledgedUs('z')]).toEqual([]);
  });
  test('takes ledgers and a history as they were read', () => {
    const history = historyOf([request()]);
    const ledgers = openLedgers(history);
    const story = tellStory({
      plan,
      topology: 'cluster',
      events: [],
      operations: history,
      ledgers,
    });
    expect(story.history).toBe(history);
    expect(story.ledgers).toBe(ledgers);
  });
  test('the world at a moment has seen that moment', () => {
    const events = [pod(5), pod(6, { uid: 'uid-1' })];
    expect([4.999, 5, 6].map((ms) => worldAt(events, ms * 1000).pods.size)).toEqual([0, 1, 2]);
  });
});
