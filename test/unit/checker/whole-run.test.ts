import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/checker/evaluate.ts';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import { checkIds } from '../../../src/model/finding.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { check, judge } from './judging.ts';
import { scriptRun } from './script.ts';
import { ipOf, newIp } from './script-plan.ts';
import { at } from './small-story.ts';

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
