import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/checker/evaluate.ts';
import { historyOf } from '../../../src/checker/history.ts';
import { faultGantt, rateChart } from '../../../src/report/mermaid.ts';
import { loadRates, rateSlices } from '../../../src/report/rate-slices.ts';
import { scriptRun } from '../checker/script.ts';

const evidence = scriptRun();
const [fault] = evaluate(evidence).faults;
if (!fault) throw new Error('the scripted run has one fault');

describe('the Gantt chart of a fault', () => {
  test('has a bar for each stage that happened', () => {
    const lines = faultGantt(fault).split('\n');
    expect(lines.slice(0, 3)).toEqual([
      '```mermaid',
      'gantt',
      '    title f1 master-delete of redis-0, promoted',
    ]);
    const names = lines.flatMap(
      (line) => / {4}(.*) :(?:crit|active|milestone), \d+, \d+$/.exec(line)?.[1] ?? [],
    );
    expect(names).toEqual([
      'no write on its slots',
      'container gone, pod not ready',
      'suspected by a peer',
      'failed by majority, election',
      'promoted, not yet redundant',
      'redundant again',
    ]);
  });

  test('leaves out what did not happen, and is empty where nothing was done', () => {
    const { timeline } = fault;
    const unpromoted = { ...fault, timeline: { ...timeline, promotedMs: null } };
    expect(faultGantt(unpromoted)).not.toContain('election');
    expect(faultGantt({ ...fault, timeline: { ...timeline, injectedMs: null } })).toBe('');
  });

  test('what a name holds cannot become syntax', () => {
    const pod = 'redis-0: crit; %% #quot;\n```\n<br/>';
    const [, , title = ''] = faultGantt({ ...fault, target: { ...fault.target, pod } }).split('\n');
    expect(title).toMatch(/^ {4}title [\w .,/()-]+$/);
  });
});

describe('the rate chart', () => {
  test('tells the acknowledged requests a second', () => {
    const chart = rateChart({ seconds: [1, 2, 3], ok: [10, 0, 12], rejected: [], unknown: [] });
    expect(chart).toContain('x-axis "seconds of the run" 1.0 --> 3.0');
    expect(chart).toContain('line [10, 0, 12]');
  });

  test('is empty without load or without one acknowledged request', () => {
    expect(loadRates(historyOf([]), 60)).toBeNull();
    expect(rateChart({ seconds: [1], ok: [0], rejected: [5], unknown: [0] })).toBe('');
    expect(rateChart({ seconds: [], ok: [], rejected: [], unknown: [] })).toBe('');
  });

  test('slices count every request once, in the outcome it had', () => {
    const history = historyOf(evidence.operations);
    const rates = loadRates(history, 50);
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    const [first, second] = rates?.seconds ?? [];
    const widthS = (second ?? 0) - (first ?? 0);
    const count = (outcome: string) =>
      evidence.operations.filter((operation) => operation.outcome === outcome).length;
    expect(sum(rates?.ok ?? []) * widthS).toBeCloseTo(count('ok'), -1);
    expect(sum(rates?.rejected ?? []) * widthS).toBeCloseTo(count('rejected'), -1);
  });

  test('what ended outside the span is in no slice', () => {
    const history = historyOf(evidence.operations);
    const none = rateSlices(history, { fromUs: -2e6, toUs: -1e6 }, 4);
    expect(none.ok).toEqual([0, 0, 0, 0]);
  });
});
