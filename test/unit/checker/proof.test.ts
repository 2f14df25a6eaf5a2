import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/checker/evaluate.ts';
import { proofOf } from '../../../src/checker/guards/proof.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { PodState } from '../../../src/model/pod.ts';
import { check, judge, red } from './judging.ts';
import { scriptRun } from './script.ts';
import { podState, viewEvent } from './script-cluster.ts';
import { ipOf } from './script-plan.ts';
import { at } from './small-story.ts';

/**
 * Goal: time in which nobody looked counts as unseen, whatever the last view says, up to the end of each
 * window and of the run. Method: healthy runs whose proof of looking has a hole, a view less, or no end.
 */
const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
const view = (ms: number, turn: number): RunEvent =>
  at(ms, { ...viewEvent(1, ms, now, undefined), turn } as RunEvent);
const looks = (ms: number, turn: number, agoUs = 0): RunEvent =>
  at(ms, { kind: 'looks', looks: [{ uid: 'uid-1', turn, agoUs }] });
const pod = (ms: number, turn: number, uid = 'uid-1'): RunEvent =>
  at(ms, { kind: 'pod', part: 'redis', pod: { ...podState(1, ''), uid }, turn });
const listed = (ms: number, pods: Record<string, number>): RunEvent =>
  at(ms, { kind: 'listed', pods: Object.entries(pods).map(([uid, turn]) => ({ uid, turn })) });
const ms = (spans: readonly { fromUs: number; toUs: number }[] | undefined) =>
  spans?.map(({ fromUs, toUs }) => [fromUs / 1000, toUs / 1000]);
const server = (endMs: number, ...events: RunEvent[]) =>
  ms(proofOf(events, endMs * 1000)?.servers.get('uid-1'));
const pods = (endMs: number, ...events: RunEvent[]) => ms(proofOf(events, endMs * 1000)?.pods);

describe('a server', () => {
  test('is seen from one look to the next, up to 2.5 s', () => {
    expect(server(3500, view(1000, 1), looks(2000, 1), looks(3000, 1))).toEqual([]);
    expect(server(3500, view(1000, 1), looks(3500, 1))).toEqual([]);
    expect(server(3501, view(1000, 1), looks(3500.001, 1))).toEqual([[1000, 3500.001]]);
  });
  test('is seen up to the end of a look that was under way when it was stopped', () => {
    // the next look begins 100 ms after the last and is given up 2 s later, on a machine that is busy
    expect(server(4000, view(1000, 1), looks(2000, 1, 29_000), view(4075, 2))).toEqual([]);
  });
  test('is seen when the look was, not when it was told', () => {
    expect(server(4000, view(1000, 1), looks(3600, 1, 50_000))).toEqual([[1000, 3550]]);
  });
  test('is unseen from the last look on when no other comes', () => {
    expect(server(9000, view(1000, 1), looks(2000, 1))).toEqual([[2000, 9000.001]]);
    expect(server(4500, view(1000, 1), looks(2000, 1))).toEqual([]);
  });
  test('is unseen around a view that is missing', () => {
    const held = [view(1000, 1), looks(2000, 1), view(3500, 3), looks(4000, 3)];
    expect(server(4500, ...held)).toEqual([[2000, 3500]]);
    // a look that confirmed it confirms nothing
    expect(server(4500, view(1000, 1), looks(2000, 1), looks(3000, 2), view(3500, 3))).toEqual([
      [2000, 3500],
    ]);
    expect(server(5000, view(1000, 1), looks(2000, 1), looks(3000, 2), looks(4000, 2))).toEqual([
      [2000, 5000.001],
    ]);
  });
  test('has to be seen until its pod is on its way out or gone, and no longer', () => {
    const gone = (ms: number) =>
      at(ms, { kind: 'pod-gone', name: 'redis-1', uid: 'uid-1', turn: 2 });
    const leaving = (ms: number, of: Partial<PodState>): RunEvent =>
      at(ms, { kind: 'pod', part: 'redis', pod: { ...podState(1, ''), uid: 'uid-1', ...of } });
    const seen = [view(1000, 1), looks(2000, 1)];
    expect(server(9000, ...seen, gone(4500))).toEqual([]);
    expect(server(9000, ...seen, gone(4501))).toEqual([[2000, 9000.001]]);
    expect(server(9000, ...seen, leaving(4500, { terminating: true }), gone(8000))).toEqual([]);
    expect(server(9000, ...seen, leaving(4500, { phase: 'Succeeded' }))).toEqual([]);
    // one that comes to be there again, by its own word, was never away
    expect(server(9000, ...seen, leaving(2500, { terminating: true }), pod(3000, 3))).toEqual([
      [2000, 9000.001],
    ]);
  });
  test('of a pod with two is the Sentinel, too', () => {
    const one = view(1000, 1);
    if (one.kind !== 'view') throw new Error('no view');
    const sentinel = { ...one, view: { ...one.view, uid: 'uid-1/sentinel' } };
    const gone = at(2000, { kind: 'pod-gone', name: 'redis-1', uid: 'uid-1', turn: 2 });
    const of = (...events: RunEvent[]) =>
      ms(proofOf(events, 9_000_000)?.servers.get('uid-1/sentinel'));
    expect(of(sentinel, gone)).toEqual([]);
    expect(of(sentinel)).toEqual([[1000, 9000.001]]);
  });
  test('two clocks of one moment make no hole', () => {
    expect(server(3000, view(1000, 1), looks(1999.9, 2), view(2000, 2))).toEqual([]);
  });
});

describe('the pods', () => {
  test('are known from one list to the next, up to 5 s, when it is as told', () => {
    expect(pods(7000, pod(0, 1), listed(0, { 'uid-1': 1 }), listed(5000, { 'uid-1': 1 }))).toEqual(
      [],
    );
    expect(pods(6000, pod(0, 1), listed(0, { 'uid-1': 1 }), listed(5001, { 'uid-1': 1 }))).toEqual([
      [0, 5001],
    ]);
    expect(pods(5001, pod(0, 1), listed(0, { 'uid-1': 1 }))).toEqual([[0, 5001.001]]);
  });
  test('are unknown around an event that is missing', () => {
    const begun = [pod(0, 1), listed(0, { 'uid-1': 1 })];
    expect(pods(2000, ...begun, pod(800, 3), listed(1000, { 'uid-1': 3 }))).toEqual([[0, 1000]]);
    expect(pods(2000, ...begun, listed(1000, { 'uid-1': 2 }))).toEqual([[0, 2000.001]]);
    expect(pods(2000, ...begun, listed(1000, {}))).toEqual([[0, 2000.001]]);
    expect(pods(2000, ...begun, listed(1000, { 'uid-1': 1, 'uid-2': 1 }))).toEqual([[0, 2000.001]]);
    const gone = at(900, { kind: 'pod-gone', name: 'redis-1', uid: 'uid-1', turn: 2 });
    expect(pods(2000, ...begun, gone, listed(1000, {}))).toEqual([]);
  });
});

describe('a healthy run', () => {
  const healthy = scriptRun();
  const structural = [
    'ip-rewrite',
    'identity-kept',
    'topology-converged',
    'slots-covered',
    'replication-restored',
  ] as const;
  const without = (gone: (event: RunEvent) => boolean) =>
    evaluate({ ...healthy, events: healthy.events.filter((event) => !gone(event)) });
  const undecided = (evaluation: ReturnType<typeof without>) => {
    expect(evaluation.verdict).toBe('inconclusive');
    expect(red(evaluation)).toEqual([]);
    return evaluation;
  };

  test('whose observer never comes back after some moment', () => {
    const evaluation = undecided(without((e) => e.kind === 'looks' && e.atUs > 70e6));
    for (const id of structural) {
      expect(check(evaluation, id).evidence.join()).toContain('no proof of a look from 70.000 s');
    }
    expect(check(evaluation, 'load-sufficient').observed).toBe(
      'the observer was blind for 30.2s from 70.0 s on: what the servers said then is not known',
    );
  });
  test('whose observer was away for a while, and its stream said nothing of it', () => {
    const away = (e: RunEvent) => e.kind === 'looks' && e.atUs > 40e6 && e.atUs < 44.7e6;
    expect(check(undecided(without(away)), 'load-sufficient').observed).toMatch(/blind for [45]/);
  });
  test('one of whose servers was not looked at', () => {
    const evaluation = undecided(
      evaluate({
        ...healthy,
        events: healthy.events.map((e) =>
          e.kind === 'looks' && e.atUs > 50e6
            ? { ...e, looks: e.looks.filter(({ uid }) => uid !== 'uid-2') }
            : e,
        ),
      }),
    );
    expect(check(evaluation, 'topology-converged').evidence.join()).toContain(
      'nobody looked at redis-2: no proof of a look from 50.000 s',
    );
    expect(check(evaluation, 'load-sufficient').verdict).toBe('pass');
  });
  test('whose pods were not listed any more', () => {
    const evaluation = undecided(without((e) => e.kind === 'listed' && e.atUs > 60e6));
    expect(check(evaluation, 'topology-converged').evidence.join()).toContain(
      'the pods were not listed from 60.000 s',
    );
  });
  test('whose pods were not listed for a while before the fault', () => {
    const evaluation = undecided(
      without((e) => e.kind === 'listed' && e.atUs > 8e6 && e.atUs < 15e6),
    );
    expect(check(evaluation, 'topology-formed').observed).toContain('nobody listed the pods');
  });
  test('of a version that kept no proof', () => {
    const old = healthy.events.flatMap((event): RunEvent[] => {
      if (event.kind === 'looks' || event.kind === 'listed') return [];
      if (event.kind !== 'view' && event.kind !== 'pod') return [event];
      const { turn: _, ...rest } = event;
      return [rest];
    });
    const evaluation = undecided(evaluate({ ...healthy, events: old }));
    for (const id of ['topology-formed', ...structural] as const) {
      expect(check(evaluation, id).observed).toContain('older version');
    }
  });
});

test('that nothing was promoted is no finding where nobody looked at who could have been', () => {
  const options = { promotedMs: null, releasedMs: 60_000, backMs: 64_000 };
  expect(red(judge(options))).toContain('promotion');
  const blind = scriptRun(options);
  const evaluation = evaluate({
    ...blind,
    events: blind.events.map((e) =>
      e.kind === 'looks' && e.atUs > 50e6 && e.atUs < 62e6
        ? { ...e, looks: e.looks.filter(({ uid }) => uid !== 'uid-3') }
        : e,
    ),
  });
  expect(check(evaluation, 'promotion')).toMatchObject({
    verdict: 'inconclusive',
    observed: expect.stringContaining('nobody looked at redis-3'),
  });
});
