import { describe, expect, test } from 'vitest';
import { compose, reasonsOf } from '../../../src/checker/compose.ts';
import { momentText, shortened } from '../../../src/checker/evidence.ts';
import { applies, withClaims, withoutIdleExcuses } from '../../../src/checker/expectations.ts';
import { natureOf } from '../../../src/fault/catalogue.ts';
import type { FaultName } from '../../../src/model/fault.ts';
import type { CheckId, Finding } from '../../../src/model/finding.ts';

const finding = (verdict: Finding['verdict'], change: Partial<Finding> = {}): Finding => ({
  id: 'one-owner',
  verdict,
  expected: 'one',
  observed: 'seen',
  evidence: [],
  ...change,
});

describe('evidence is shortened', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);
  test('not at all up to twelve lines, and counted from there', () => {
    expect(shortened(lines(12))).toEqual(lines(12));
    expect(shortened(lines(13))).toEqual([...lines(11), 'and 2 more']);
    expect(shortened([])).toEqual([]);
  });
  test('a moment is told in seconds', () => {
    expect(momentText(20_140_400)).toBe('20.140 s');
  });
});

describe('one verdict of many', () => {
  const expectedRed = true;
  test.each<[string, Finding[], string]>([
    ['nothing', [], 'inconclusive'],
    ['only what is expected', [finding('fail', { expectedRed })], 'inconclusive'],
    ['green', [finding('pass'), finding('fail', { expectedRed })], 'pass'],
    ['one undecided', [finding('pass'), finding('inconclusive')], 'inconclusive'],
    ['one red', [finding('pass'), finding('inconclusive'), finding('fail')], 'fail'],
    ['undecided as expected', [finding('pass'), finding('inconclusive', { expectedRed })], 'pass'],
  ])('%s', (_, findings, verdict) => {
    expect(compose(findings)).toBe(verdict);
  });

  test('what decides is told first, and a green only with a note', () => {
    const reasons = reasonsOf([
      finding('pass'),
      finding('pass', { note: 'odd' }),
      finding('fail', { expectedRed, observed: 'known' }),
      finding('inconclusive', { observed: 'unclear' }),
      finding('fail', { observed: 'broken', why: 'Because' }),
      finding('inconclusive', { observed: 'excused', expectedRed }),
    ]);
    expect(reasons).toEqual([
      'one-owner: broken. Because',
      'one-owner undecided: unclear',
      'one-owner (expected: not claimed): known',
      'one-owner (expected: not claimed): excused',
      'one-owner: odd',
    ]);
  });
});

describe('what is claimed', () => {
  test.each<[FaultName, string, boolean, boolean]>([
    ['two-masters', 'majority', false, false],
    ['shard-delete', 'shard', false, true],
    ['all-delete', 'all', false, false],
    ['master-delete', 'one-pod', true, true],
    ['partition', 'one-pod', true, true],
  ])('%s takes away: %s', (name, fault, promotion, outage) => {
    expect(natureOf(name).class).toBe(fault);
    expect(applies('promotion', name)).toBe(promotion);
    expect(applies('outage-within-budget', name)).toBe(outage);
    expect(applies('one-owner', name)).toBe(true);
  });

  const excused = (change: Partial<Finding>, name: FaultName = 'all-delete') =>
    withClaims(finding('fail', change), name, ['one-pod']).expectedRed;
  test('what is not claimed is excused, but for guards and what comes before the fault', () => {
    expect(excused({})).toBe(true);
    expect(excused({ verdict: 'inconclusive', unanswered: true })).toBe(true);
    expect(excused({ verdict: 'inconclusive', unanswered: false })).toBeUndefined();
    expect(excused({ verdict: 'inconclusive' })).toBeUndefined();
    expect(excused({ verdict: 'pass' })).toBeUndefined();
    expect(excused({}, 'master-delete')).toBeUndefined();
    const guards = ['topology-formed', 'fault-landed', 'load-sufficient', 'auth-enforced'] as const;
    for (const id of guards) expect(excused({ id }), id).toBeUndefined();
  });
  test('a fault that takes the volume brings reds by design, and no others', () => {
    const byDesign: readonly CheckId[] = [
      'ip-rewrite',
      'identity-kept',
      'topology-converged',
      'slots-covered',
      'replication-restored',
      'one-owner',
    ];
    for (const id of byDesign) expect(excused({ id }, 'delete-with-claim'), id).toBe(true);
    expect(excused({ id: 'data-kept' }, 'delete-with-claim')).toBeUndefined();
  });
  test('undecided is excused only by a red that is expected', () => {
    const unclear = finding('inconclusive', { expectedRed: true });
    const verdicts = (findings: readonly Finding[]) =>
      withoutIdleExcuses(findings).map(({ expectedRed }) => expectedRed);
    expect(verdicts([unclear, finding('fail')])).toEqual([undefined, undefined]);
    expect(verdicts([unclear, finding('pass')])).toEqual([undefined, undefined]);
    const broken = finding('fail', { expectedRed: true });
    expect(verdicts([unclear, broken])).toEqual([true, true]);
    expect(withoutIdleExcuses([unclear])[0]).toEqual(finding('inconclusive'));
  });
});
