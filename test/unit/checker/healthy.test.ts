import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/checker/evaluate.ts';
import type { CheckId } from '../../../src/model/finding.ts';
import { judge, withVerdict } from './judging.ts';
import { proven } from './proven.ts';
import { type ScriptOptions, scriptRun } from './script.ts';
import { ipOf, newIp, plan } from './script-plan.ts';

const allChecks: readonly CheckId[] = [
  'topology-formed',
  'fault-landed',
  'load-sufficient',
  'promotion',
  'ip-rewrite',
  'identity-kept',
  'topology-converged',
  'slots-covered',
  'replication-restored',
  'one-owner',
  'counter-continuity',
  'no-duplicates',
  'linearizable',
  'outage-within-budget',
  'data-kept',
];

describe('a healthy run', () => {
  test.each([
    ['held', {}],
    ['natural', { hold: 'none' as const }],
  ])('%s: every check is there, green, and nothing is said against it', (_, options) => {
    const evaluation = judge(options);
    expect(evaluation.reasons).toEqual([]);
    expect(evaluation.verdict).toBe('pass');
    expect(withVerdict(evaluation, 'pass')).toEqual(allChecks);
  });

  test.each([
    ['held', {}],
    ['natural', { hold: 'none' as const }],
  ])('%s: every green check shows a person what it saw, in 12 lines at most', (_, options) => {
    for (const { id, evidence } of judge(options).findings) {
      expect(evidence.length, id).toBeGreaterThan(0);
      expect(evidence.length, id).toBeLessThanOrEqual(12);
      for (const line of evidence) expect(line, id).not.toMatch(/undefined|NaN|null/);
    }
  });

  test('the evidence carries the numbers and names of this run', () => {
    const lines = new Map(judge().findings.map(({ id, evidence }) => [id, evidence.join('\n')]));
    expect(lines.get('ip-rewrite')).toContain(`redis-0 says ${newIp}:6379 of itself`);
    expect(lines.get('promotion')).toContain('27.600 s redis-3 said that it is master of 0-5460');
    expect(lines.get('counter-continuity')).toMatch(/hits: 0 before \+ (\d+) in the ledger = \1;/);
    expect(lines.get('replication-restored')).toContain('redis-0 dials 10.0.0.4:6379 for redis-3');
    expect(lines.get('load-sufficient')).toContain('1ms late at worst');
  });

  test('its timeline is read from the events', () => {
    const [fault] = judge().faults;
    expect(fault).toMatchObject({
      mode: 'promoted',
      oldIp: ipOf(0),
      newIp,
      predictedMs: { lowMs: 6000, highMs: 10_000 },
      timeline: {
        injectedMs: 20_000,
        lastAckMs: 20_140,
        stoppedMs: 20_200,
        suspectedMs: 25_400,
        failedMs: 25_900,
        promotedMs: 27_600,
        firstAckMs: 27_640,
        firstOkMs: 27_604,
        endpointMs: 20_205,
        podReadyMs: 33_000,
        redundantMs: 34_000,
      },
    });
  });

  test('a natural delete is told as a restart, with no promotion', () => {
    const [fault] = judge({ hold: 'none' }).faults;
    expect(fault?.mode).toBe('restarted');
    expect(fault?.timeline).toMatchObject({ promotedMs: null, failedMs: null, firstAckMs: 23_040 });
  });

  test('the same evidence in another order is judged the same', () => {
    const evidence = scriptRun();
    const reversed = { ...evidence, operations: [...evidence.operations].reverse() };
    expect(evaluate(reversed)).toEqual(evaluate(evidence));
  });
});

describe('two faults', () => {
  /** The same run again 100 s later: the second fault finds the set-up as the first one left it. */
  const twice = (second: ScriptOptions = {}) => {
    const first = scriptRun({
      events: (events) =>
        events.filter((e) => e.atUs < 100e6 && (e.kind !== 'phase' || e.name !== 'drain')),
    });
    const again = scriptRun({ ...second, endMs: 100_000 });
    const shifted = again.events
      .filter((e) => e.kind === 'fault')
      .map((e) => ({ ...e, atUs: e.atUs + 100e6, faultId: 'f2', targets: [] }));
    return evaluate({
      ...first,
      plan: { ...first.plan, faults: { ...first.plan.faults, failovers: 2 } },
      events: proven([...first.events, ...shifted, { atUs: 200e6, kind: 'note', text: 'end' }]),
    });
  };
  test('each has findings of its own; the first one’s span ends where the second begins', () => {
    const evaluation = twice();
    const converged = evaluation.findings.filter(({ id }) => id === 'topology-converged');
    expect(converged.map(({ faultId, verdict }) => [faultId, verdict])).toEqual([
      ['f1', 'pass'],
      ['f2', 'pass'],
    ]);
    expect(evaluation.findings.filter(({ id }) => id === 'topology-formed')).toHaveLength(1);
    expect(evaluation.faults.map(({ id }) => id)).toEqual(['f1']);
  });
  test('one of two is not enough for a pass', () => {
    const evaluation = judge({
      plan: (p) => ({ ...p, faults: { ...p.faults, failovers: 2 } }),
    });
    expect(evaluation.verdict).toBe('inconclusive');
    expect(evaluation.reasons).toEqual(['the run ended after 1 of 2 faults']);
  });
});

describe('a run that ended early', () => {
  test('before the fault: nothing is proven, and nothing passes', () => {
    const evaluation = judge({ events: (events) => events.filter(({ atUs }) => atUs < 19e6) });
    expect(evaluation.verdict).toBe('inconclusive');
    expect(evaluation.findings.map(({ id }) => id)).toEqual(['topology-formed']);
  });
  test('after the injection: every check that needs more is undecided, none is green by silence', () => {
    const evaluation = judge({ events: (events) => events.filter(({ atUs }) => atUs < 24e6) });
    expect(
      withVerdict(evaluation, 'pass').filter(
        (id) => !['topology-formed', 'fault-landed'].includes(id),
      ),
    ).toEqual([]);
    expect(evaluation.verdict).toBe('inconclusive');
  });
  test('an empty run is not a pass', () => {
    expect(evaluate({ plan, topology: 'cluster', events: [], operations: [] }).verdict).toBe(
      'inconclusive',
    );
  });
});
