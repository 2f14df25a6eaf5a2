import { describe, expect, test } from 'vitest';
import { check, judge } from './judging.ts';
import { told } from './told-healthy.ts';

/**
 * Goal: every word and number that a person reads of a healthy run is right. Method: the whole text of
 * the scripted held master delete, written down; node ids (one letter 40 times) are shortened to `a*`.
 */
const short = (text: string) => text.replaceAll(/(\w)\1{39}/g, '$1*');

describe('a healthy held delete is told', () => {
  const evaluation = judge();
  test('completely', () => {
    expect(evaluation.findings.map(({ id }) => id)).toEqual(told.map(([id]) => id));
    expect(evaluation.operations).toEqual({
      attempted: 3760,
      ok: 3612,
      rejected: 148,
      indeterminate: 0,
      lost: 0,
      phantom: 0,
      duplicate: 0,
      stale: 0,
      finalCounter: 866,
      latencyUs: { p50: 4000, p95: 4000, p99: 4000, max: 4000 },
      longestOutageMs: 7500,
    });
  });
  test.each(told)('%s', (id, expected, observed, evidence) => {
    const finding = check(evaluation, id);
    expect(finding.expected).toBe(expected);
    expect(finding.observed).toBe(observed);
    expect(finding.evidence.map(short)).toEqual(evidence);
    expect(finding.note).toBeUndefined();
    expect(finding.why).toBeUndefined();
    expect(finding.expectedRed).toBeUndefined();
  });
});

test('a natural delete is told by who said what when', () => {
  expect(check(judge({ hold: 'none' }), 'promotion')).toEqual({
    id: 'promotion',
    verdict: 'pass',
    expected: 'a promotion only if the pod was away for long enough',
    observed: 'nothing was promoted, the master came back; the pod was away for 3.8s',
    evidence: [
      '19.990 s redis-0 said that it is master of 0-5460',
      '20.200 s redis-0 was gone',
      '24.000 s redis-0 said that it is master of 0-5460',
    ],
    faultId: 'f1',
  });
});
