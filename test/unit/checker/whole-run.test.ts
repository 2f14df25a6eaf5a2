import { describe, expect, test } from 'vitest';
import { accountsOf } from '../../../src/checker/accounting.ts';
import { evaluate } from '../../../src/checker/evaluate.ts';
import { failoverStatistics } from '../../../src/checker/failover-statistics.ts';
import type { FaultStory } from '../../../src/checker/run-story.ts';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import { checkIds, type Finding } from '../../../src/model/finding.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { check, judge } from './judging.ts';
import { scriptRun } from './script.ts';
import { ipOf, newIp, plan } from './script-plan.ts';
import { at, faultStory, request, storyOf } from './small-story.ts';

const adding =
  (...bodies: EventBody[]) =>
  (events: readonly RunEvent[]): RunEvent[] => [
    ...events,
    ...bodies.map((body) => at(99_000, body)),
  ];
const infrastructure: EventBody = { kind: 'infrastructure', message: 'the node is gone' };
const leftover: EventBody = { kind: 'leftover', message: 'a namespace is left' };
const missed = (events: readonly RunEvent[]) =>
  events.map((event) =>
    event.kind === 'fault' && event.stage === 'landed'
      ? { ...event, stage: 'missed' as const }
      : event,
  );

describe('the verdict of a run', () => {
  test('is an error when infrastructure ended it, with all that is known', () => {
    const evaluation = judge({ events: adding(leftover, infrastructure) });
    expect(evaluation.verdict).toBe('error');
    expect(evaluation.reasons).toEqual(['the node is gone', 'a namespace is left']);
    expect(evaluation.findings.length).toBeGreaterThan(10);
  });
  test('is an error when only something was left behind, but a finding outranks that', () => {
    const green = judge({ events: adding(leftover) });
    expect([green.verdict, green.reasons]).toEqual(['error', ['a namespace is left']]);
    const unclear = judge({ events: (events) => adding(leftover)(missed(events)) });
    expect(unclear.verdict).toBe('inconclusive');
    expect(unclear.reasons).toEqual([
      'fault-landed undecided: the fault missed: redis-0: landed',
      'a namespace is left',
    ]);
  });
  test('needs as many faults as were asked for', () => {
    const failovers = (count: number, name: Plan['faults']['name'] = 'master-delete') =>
      judge({ plan: (p) => ({ ...p, faults: { ...p.faults, failovers: count, name } }) });
    expect(failovers(1).verdict).toBe('pass');
    expect(failovers(2)).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['the run ended after 1 of 2 faults'],
    });
    expect(failovers(2, 'none').verdict).toBe('pass');
    const red = judge({
      plan: (p) => ({ ...p, faults: { ...p.faults, failovers: 2 } }),
      history: (h) => h.finals.set('k2', 7),
    });
    expect(red.reasons).toEqual(['counter-continuity: k2 is 7, its ledger makes it 940']);
  });
});

describe('what is checked', () => {
  test('only the set-up itself where no fault was planned', () => {
    const quiet = scriptRun({
      plan: (p) => ({ ...p, faults: { ...p.faults, name: 'none' } }),
      events: (events) => events.filter(({ atUs, kind }) => kind !== 'fault' && atUs < 19e6),
    });
    const evaluation = evaluate({ ...quiet, operations: [] });
    expect(evaluation.findings.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['topology-formed', 'pass'],
      ['ip-rewrite', 'pass'],
      ['topology-converged', 'pass'],
      ['slots-covered', 'pass'],
      ['replication-restored', 'pass'],
    ]);
    expect(evaluation).toMatchObject({ verdict: 'pass', faults: [], statistics: null });
    const refusal: EventBody = {
      kind: 'refusal',
      pod: 'redis-0',
      stage: 'after',
      refused: false,
      answer: 'PONG',
    };
    const open = evaluate({ ...quiet, events: adding(refusal)(quiet.events), operations: [] });
    expect(open.findings.map(({ id }) => id)).not.toContain('auth-enforced');
  });
  test('a fault that was begun and not done says only that', () => {
    const undone = judge({
      events: (events) =>
        events.filter(
          (event) => event.kind !== 'fault' || (event.stage === 'inject' && event.atUs < 20e6),
        ),
    });
    expect(undone.findings.map(({ id }) => id)).toEqual(['topology-formed', 'fault-landed']);
    expect(undone.verdict).toBe('inconclusive');
    expect(undone.faults).toHaveLength(1);
  });
  test('in the order of the contract', () => {
    const ids = judge({ events: adding(leftover) }).findings.map(({ id }) => checkIds.indexOf(id));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
  });
  test('no promotion and no outage where nobody can be promoted, but a budget is asked for', () => {
    const idsOf = (outageBudgetMs: number | null) =>
      judge({
        name: 'all-delete',
        plan: (p) => ({ ...p, assert: { ...p.assert, outageBudgetMs } }),
      }).findings.map(({ id }) => id);
    expect(idsOf(null)).not.toContain('promotion');
    expect(idsOf(null)).not.toContain('outage-within-budget');
    expect(idsOf(1000)).toContain('outage-within-budget');
  });
  test('what a red means is told by its own fault’s end', () => {
    const evaluation = judge({
      name: 'shard-delete',
      plan: (p) => ({ ...p, assert: { ...p.assert, outageBudgetMs: 50 } }),
    });
    expect(check(evaluation, 'outage-within-budget')).toMatchObject({
      verdict: 'fail',
      expectedRed: true,
      why: expect.stringContaining('cluster-require-full-coverage'),
    });
  });
});

describe('the record of a fault', () => {
  test('has both addresses where there are any', () => {
    expect(judge().faults[0]).toMatchObject({ oldIp: ipOf(0), newIp, mode: 'promoted' });
    const nowhere = judge({
      backMs: null,
      events: (events) =>
        events.map((event) =>
          event.kind === 'fault'
            ? { ...event, targets: event.targets.map((target) => ({ ...target, ip: '' })) }
            : event,
        ),
    });
    expect(nowhere.faults[0]).toMatchObject({ oldIp: null, newIp: null });
  });
  test('notes a new pod at the old address', () => {
    const same = judge({
      events: (events) =>
        events.map((event) =>
          event.kind === 'fault'
            ? { ...event, targets: event.targets.map((target) => ({ ...target, ip: newIp })) }
            : event,
        ),
    });
    expect(check(same, 'ip-rewrite').note).toContain('came back with its old address');
    expect(check(same, 'slots-covered').note).toBeUndefined();
  });
});

describe('the statistics of fail-overs', () => {
  const [one, two] = [
    faultStory({ id: 'f1', beginUs: 20e6, endUs: 50e6 }),
    faultStory({ id: 'f2', beginUs: 50e6, endUs: 80e6 }),
  ];
  const finding = (faultId: string, change: Partial<Finding> = {}): Finding => ({
    id: 'fault-landed',
    verdict: 'pass',
    expected: '',
    observed: '',
    evidence: [],
    faultId,
    ...change,
  });
  const landed = [finding('f1'), finding('f2')];
  /** `hits` every second from 10 to 90 s but for 30-36 s and 60-69 s; these ids are in its ledger. */
  const seconds = Array.from({ length: 81 }, (_, index) => 10 + index).filter(
    (second) => !((second > 30 && second < 36) || (second > 60 && second < 69)),
  );
  const statistics = (
    findings: readonly Finding[],
    lost: readonly number[] = [],
    faults: readonly FaultStory[] = [one, two],
  ) => {
    const operations = seconds.map((second) =>
      request({ id: `o${second}`, startUs: second * 1e6, endUs: second * 1e6, value: second }),
    );
    const entries = operations
      .map(({ id }) => id)
      .filter((id) => !lost.includes(Number(id.slice(1))));
    const ledger = at(1, {
      kind: 'ledger',
      key: 'hits',
      owner: 'x',
      offset: 0,
      entries,
      last: true,
    });
    const drain = at(90_000, { kind: 'phase', name: 'drain', edge: 'begin' });
    const story = { ...storyOf([ledger, drain], operations), faults };
    return failoverStatistics(story, accountsOf(story), findings);
  };
  test('need two that landed', () => {
    expect(statistics(landed)).toMatchObject({ failovers: 2 });
    expect(statistics(landed.slice(1))).toBeNull();
    expect(statistics([finding('f1'), finding('f2', { verdict: 'inconclusive' })])).toBeNull();
    expect(statistics([finding('f1'), finding('f2', { id: 'promotion' })])).toBeNull();
  });
  test('count those with a red of their own that was not expected', () => {
    const red = (change: Partial<Finding>) =>
      statistics([...landed, finding('f2', { id: 'promotion', ...change })])?.red.count;
    expect(red({ verdict: 'fail' })).toBe(1);
    expect(red({ verdict: 'fail', expectedRed: true })).toBe(0);
    expect(red({ verdict: 'inconclusive' })).toBe(0);
    expect(red({ verdict: 'fail', faultId: 'f9' })).toBe(0);
  });
  test('count those that lost a write: by its end, the fault whose span it is in or comes next', () => {
    const lossy = (...lost: readonly number[]) => statistics(landed, lost)?.lossy.count;
    expect(lossy()).toBe(0);
    expect(lossy(10)).toBe(1);
    expect(lossy(10, 30, 50)).toBe(1);
    expect(lossy(50, 51)).toBe(2);
    expect(lossy(51, 80)).toBe(1);
    expect(lossy(85)).toBe(1);
    expect(lossy(50, 85)).toBe(2);
    expect(statistics(landed, [85], [one, two])?.lossy.upper).toBeCloseTo(0.9747, 4);
  });
  test('have the longest outage of each, in whole ms', () => {
    expect(statistics(landed)?.outageMs).toEqual({
      p50: { value: 6000, low: null, high: null },
      p95: { value: 9000, low: 6000, high: null },
      max: 9000,
    });
  });
});

test('an empty plan is not a pass, and a run of nothing has no numbers', () => {
  const { operations, verdict } = evaluate({
    plan,
    topology: 'cluster',
    events: [],
    operations: [],
  });
  expect(verdict).toBe('inconclusive');
  expect(operations).toMatchObject({ attempted: 0, finalCounter: null, longestOutageMs: null });
});
