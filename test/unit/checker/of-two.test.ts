import { describe, expect, test } from 'vitest';
import { clockErrorUs } from '../../../src/checker/counter/loss-window.ts';
import { loadFinding } from '../../../src/checker/guards/load.ts';
import { worldAt } from '../../../src/checker/run-story.ts';
import { judgeStructure } from '../../../src/checker/structure/structure.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import { withAddressNote } from '../../../src/topology/cluster/disk.ts';
import { after, judge } from './judging.ts';
import { podState } from './script-cluster.ts';
import { idOf, ipOf, victim } from './script-plan.ts';
import { at, faultStory, request, storyOf } from './small-story.ts';

/** Which of two is meant. */
describe('two faults of different classes', () => {
  const second = (['inject', 'injected', 'landed'] as const).map(
    (stage, number): RunEvent => ({
      atUs: 80e6 + number * 1000,
      kind: 'fault',
      faultId: 'f2',
      name: 'noop',
      hold: 'none',
      stage,
      targets: [],
      predicted: null,
      detail: stage,
    }),
  );
  test('each red is excused, or not, by its own fault', () => {
    const { findings } = judge({
      name: 'all-delete',
      endMs: 150_000,
      view: (pod, ms, server) =>
        pod === 'redis-0' && ms > after
          ? { ...server, replication: { ...server.replication, masterLink: 'down' } }
          : server,
      events: (events) => [...events, ...second],
    });
    const restored = findings.filter(({ id }) => id === 'replication-restored');
    expect(restored.map(({ faultId, verdict }) => [faultId, verdict])).toEqual([
      ['f1', 'inconclusive'],
      ['f2', 'fail'],
    ]);
    const formed = findings.filter(({ expectedRed }) => expectedRed);
    expect(formed.map(({ faultId }) => faultId)).not.toContain('f2');
  });
  test('what is of the whole run is excused by the last', () => {
    const { findings } = judge({
      name: 'all-delete',
      endMs: 150_000,
      plan: (p) => ({ ...p, assert: { ...p.assert, outageBudgetMs: 50 } }),
      history: (h) => h.finals.set('k2', 7),
      events: (events) => [...events, ...second],
    });
    const reds = findings.filter(({ verdict }) => verdict === 'fail');
    expect(reds.map(({ id, faultId, expectedRed }) => [id, faultId, expectedRed])).toEqual([
      ['counter-continuity', undefined, undefined],
      ['outage-within-budget', 'f1', true],
      ['outage-within-budget', 'f2', undefined],
    ]);
  });
});

test('of two pods at their old addresses the first is named', () => {
  const other = { ...victim, pod: 'redis-1', uid: 'uid-1', nodeId: idOf(1), ip: ipOf(1) };
  const pods = [0, 1].map((index) =>
    at(0, {
      kind: 'pod',
      part: 'redis',
      pod: { ...podState(index, ipOf(0)), uid: `uid-${index}b` },
    }),
  );
  const fault = faultStory({ targets: [victim, other], after: worldAt(pods, 0) });
  const green = {
    id: 'ip-rewrite',
    verdict: 'pass',
    expected: '',
    observed: '',
    evidence: [],
  } as const;
  expect(withAddressNote(fault, green).note).toContain('redis-0 came back');
});

test('blind for a part of the time is enough not to know', () => {
  const unseen = {
    check: 'topology-converged',
    code: 'UNSEEN',
    pod: 'redis-1',
    text: 'no view of redis-1',
  } as const;
  const part = (fromUs: number, toUs: number, blind: boolean) => ({
    fromUs,
    toUs,
    blind,
    violations: [unseen],
  });
  const patience = {
    baseUs: 0,
    deadlineUs: 60e6,
    neededUs: 10e6,
    relapseUs: 5e6,
    standstills: [],
    contentUs: 60e6,
  };
  const parts = [part(0, 55e6, true), part(55e6, 70e6, false)];
  expect(judgeStructure('topology-converged', parts, patience).observed).toContain(
    'could reach no pod at all',
  );
});

test('nothing in flight and clocks without an error are told as nothing', () => {
  const sample = at(5, {
    kind: 'generator',
    scheduled: 0,
    started: 0,
    maxLagUs: 0,
    inFlight: 0,
  });
  const many = Array.from({ length: 600 }, (_, index) =>
    request({ id: `o${index}`, startUs: index * 50_000, endUs: index * 50_000 }),
  );
  const recovery = { parts: [], baseUs: 10e6, greenUs: 10e6 };
  const fault = faultStory({ targets: [] });
  const { evidence } = loadFinding(storyOf([sample], many), fault, recovery);
  expect(evidence).toContain(
    'the generator was 0ms late at worst in 1 samples, 0 requests in flight at most',
  );
  expect(clockErrorUs(storyOf([at(0, { kind: 'clock', offsetUs: 0, errorUs: 0 })]))).toBe(0);
});
