import { expect, test } from 'vitest';
import {
  actionOutputs,
  earlyOutputs,
  reportOutputs,
  setOutputs,
} from '../../../src/action/outputs.ts';
import { faultOf, findingOf, reportOf } from './report.ts';
import { openRunner } from './runner.ts';

test('every output is set from the report; promotion counts from the container’s exit', () => {
  const report = reportOf({
    verdict: 'fail',
    faults: [
      faultOf({ injectedMs: 1000, stoppedMs: 1500, promotedMs: 8000 }),
      faultOf({ injectedMs: 20_000, stoppedMs: 21_000, promotedMs: 28_500.4 }),
      faultOf({ injectedMs: 40_000, stoppedMs: 40_100 }),
    ],
    operations: { ...reportOf().operations, lost: 3, longestOutageMs: 9001.6 },
  });
  const outputs = reportOutputs(report, '/w/report', '/w/report/summary.md');
  expect(outputs).toEqual({
    verdict: 'fail',
    seed: '7',
    'report-dir': '/w/report',
    lost: '3',
    'promotion-ms': '7500',
    'outage-ms': '9002',
    'summary-file': '/w/report/summary.md',
  });
  expect(Object.keys(outputs)).toEqual(Object.keys(actionOutputs));
});

test('what did not happen is blank, never 0', () => {
  const outputs = reportOutputs(reportOf({ faults: [faultOf({ stoppedMs: 5 })] }), '/r', '/r/s');
  expect(outputs).toMatchObject({ 'promotion-ms': '', 'outage-ms': '' });
});

test.each([
  ['pass', 0, '0'],
  ['fail', 2, '2'],
  ['inconclusive', 0, ''],
  ['inconclusive', 1, '1'],
  [null, 0, ''],
] as const)('counter-continuity %s with %i lost: lost is "%s"', (verdict, lost, text) => {
  const checks = verdict === null ? [] : [findingOf({ id: 'counter-continuity', verdict })];
  const operations = { ...reportOf().operations, lost };
  expect(reportOutputs(reportOf({ checks, operations }), '/r', '/r/s').lost).toBe(text);
});

test('the runner gets them, and a later value wins', () => {
  using runner = openRunner();
  setOutputs(earlyOutputs(7, '/w/report'));
  expect(runner.values('GITHUB_OUTPUT')).toEqual({
    verdict: 'error',
    seed: '7',
    'report-dir': '/w/report',
  });
  setOutputs({ verdict: 'pass' });
  expect(runner.values('GITHUB_OUTPUT')).toMatchObject({ verdict: 'pass', seed: '7' });
});
