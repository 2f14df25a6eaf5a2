import { describe, expect, test } from 'vitest';
import type { Stretch } from '../../../src/checker/structure/stretches.ts';
import { judgeStructure } from '../../../src/checker/structure/structure.ts';
import type { CheckId } from '../../../src/model/finding.ts';
import type { Violation } from '../../../src/topology/state.ts';

/**
 * Goal: every limit in time of the structural checks, to the microsecond. Method: hand-made stretches
 * against a deadline of 60 s, 10 s of green that are needed, and a node timeout of 5 s.
 */
const violation = (
  code: Violation['code'],
  text = `${code} of redis-1`,
  check: Violation['check'] = 'slots-covered',
): Violation => ({ check, code, pod: text.split(' ').at(-1) ?? null, text });
const sl = violation('SL');
const unseen = (pod = 'redis-1') => violation('UNSEEN', `no view of ${pod}`, 'topology-converged');
const notReady = violation('NRDY', 'not ready: redis-1', 'topology-converged');
const gone = violation('RDY', 'no live redis-1', 'topology-converged');

/** `[until in seconds, what is wrong]`, without a gap. */
type Part = readonly [untilS: number, ...wrong: readonly Violation[]];
const stretchesOf = (parts: readonly Part[], blind = false): Stretch[] =>
  parts.map(([untilS, ...violations], index) => ({
    fromUs: (parts[index - 1]?.[0] ?? 0) * 1e6,
    toUs: untilS * 1e6,
    violations,
    blind,
  }));
const patience = {
  baseUs: 0,
  deadlineUs: 60e6,
  neededUs: 10e6,
  relapseUs: 5e6,
  standstills: [],
  contentUs: 60e6,
};
const judged = (parts: readonly Part[], id: CheckId = 'slots-covered', blind = false) =>
  judgeStructure(id, stretchesOf(parts, blind), patience);

describe('until it is green for long enough', () => {
  test.each<[name: string, parts: readonly Part[], verdict: string, observed: string]>([
    ['nothing', [], 'inconclusive', 'nothing was observed after the fault'],
    ['green for 10 s', [[10]], 'pass', 'green 0ms after it'],
    [
      'green for less',
      [[9.999999]],
      'inconclusive',
      'green, but watched for only 10.0s of it before the run ended',
    ],
    ['begun at the deadline', [[60, sl], [70]], 'pass', 'green 1m0s after it'],
    ['begun after it', [[60.000001, sl], [75]], 'fail', 'green only 1m0s after it: SL of redis-1'],
    [
      'begun before it and not watched for long enough',
      [[55, sl], [62]],
      'inconclusive',
      'green, but watched for only 7.0s of it before the run ended',
    ],
    [
      'begun at it and not watched for long enough',
      [[60, sl], [62]],
      'inconclusive',
      'green, but watched for only 2.0s of it before the run ended',
    ],
    [
      'begun after it and not watched for long enough',
      [[61, sl], [66]],
      'fail',
      'not green 1m6s after it: SL of redis-1',
    ],
    [
      'red and not watched to the deadline',
      [[59.999999, sl]],
      'inconclusive',
      'the run looked for only 60.0s, and it was not green then',
    ],
    ['red to the deadline', [[60, sl]], 'fail', 'not green 1m0s after it: SL of redis-1'],
    [
      'green for too short, then red',
      [[9], [61, sl]],
      'fail',
      'not green 1m1s after it: SL of redis-1',
    ],
    [
      'green for too short, then red for less than the deadline',
      [[9], [59, sl]],
      'inconclusive',
      'the run looked for only 59.0s, and it was not green then',
    ],
  ])('%s', (_, parts, verdict, observed) => {
    expect(judged(parts)).toMatchObject({ verdict, observed });
  });

  test('what was wrong last is the evidence of a run that ended early', () => {
    const other = violation('SL', 'SL of redis-2');
    expect(
      judged([
        [20, other],
        [30, sl, sl],
      ]).evidence,
    ).toEqual(['SL of redis-1']);
  });

  test('twelve different lines are enough', () => {
    const many = Array.from({ length: 13 }, (_, index) => violation('SL', `SL of redis-${index}`));
    expect(judged([[60, ...many]]).evidence).toEqual(many.slice(0, 12).map(({ text }) => text));
  });

  test('only what stands in the last ten seconds before the deadline is its failure', () => {
    const hidden = 'not green 1m10s after it: not every pod could be asked';
    expect(
      judged([
        [50, sl],
        [70, unseen()],
      ]),
    ).toMatchObject({
      verdict: 'inconclusive',
      observed: hidden,
      evidence: ['no view of redis-1'],
    });
    expect(
      judged([
        [50.000001, sl],
        [70, unseen()],
      ]).verdict,
    ).toBe('fail');
    expect(
      judged([
        [60, unseen()],
        [70, sl],
      ]).verdict,
    ).toBe('fail');
    expect(
      judged([
        [60.000001, unseen()],
        [70, sl],
      ]).observed,
    ).toBe(hidden);
  });

  test('a pod that is not there or not seen hides every check, another check’s red none', () => {
    expect(judged([[20, gone]]).verdict).toBe('inconclusive');
    expect(judged([[20, unseen()]]).verdict).toBe('inconclusive');
    expect(judged([[20, notReady]]).verdict).toBe('pass');
    expect(judged([[20, violation('SELF', 'own', 'ip-rewrite')]]).verdict).toBe('pass');
    expect(judged([[20, notReady]], 'topology-converged').verdict).toBe('inconclusive');
  });
});

describe('after a green that had lasted', () => {
  const relapse = (...parts: readonly Part[]) => judged([[20], ...parts]);
  test.each<[name: string, parts: readonly Part[], verdict: string]>([
    ['red for a node timeout', [[25, sl], [60]], 'fail'],
    ['red for less', [[24.999999, sl], [60]], 'inconclusive'],
    ['red for 1 s', [[21, sl], [60]], 'pass'],
    ['red for more than 1 s', [[21.000001, sl], [60]], 'inconclusive'],
    ['red for 1 s in two parts', [[20.5, sl], [40], [40.5, sl], [60]], 'pass'],
    ['red for more than 1 s in two parts', [[20.5, sl], [40], [40.6, sl], [60]], 'inconclusive'],
    ['red for a node timeout in two parts', [[23, sl], [40], [42, sl], [60]], 'fail'],
    ['out of sight for 2 s', [[22, unseen()], [60]], 'pass'],
    ['out of sight for more than 2 s', [[22.000001, unseen()], [60]], 'inconclusive'],
    ['out of sight for a node timeout', [[25, unseen()], [60]], 'inconclusive'],
    ['a short red and out of sight, 2 s together', [[21, sl], [22, unseen()], [60]], 'pass'],
    ['the same and more', [[21, sl], [22.1, unseen()], [60]], 'inconclusive'],
    ['red for 1 s, and green for 10 s then', [[21, sl], [31]], 'pass'],
    ['red for 1 s, and green for less then', [[21, sl], [30.999999]], 'inconclusive'],
    [
      'red and out of sight at the end, a node timeout',
      [
        [22, sl],
        [25, unseen()],
      ],
      'fail',
    ],
    [
      'red and out of sight at the end, less',
      [
        [22, sl],
        [24.9, unseen()],
      ],
      'inconclusive',
    ],
    ['out of sight at the end', [[26, unseen()]], 'inconclusive'],
    ['a pod not there for a node timeout', [[25, gone], [60]], 'inconclusive'],
    ['not ready', [[60, notReady]], 'pass'],
    ['another check’s red', [[60, violation('SELF', 'own', 'ip-rewrite')]], 'pass'],
  ])('%s', (_, parts, verdict) => {
    expect(relapse(...parts).verdict).toBe(verdict);
  });

  test('it is told when it went, for how long, and how it ended', () => {
    expect(relapse([23, sl], [60])).toEqual({
      verdict: 'inconclusive',
      observed:
        'green 0ms after it, then not for 3.0s from 20.000 s on, green again for the last 37.0s',
      evidence: ['SL of redis-1'],
      unanswered: true,
    });
    expect(relapse([22, sl]).observed).toBe(
      'green 0ms after it, then not for 2.0s from 20.000 s on, not green at the end',
    );
    const text =
      'green 0ms after it, then not for 1.0s from 20.000 s on, green again for the last 39.0s';
    expect(relapse([21, sl], [60])).toEqual({
      verdict: 'pass',
      observed: text,
      evidence: [],
      note: text,
    });
    expect(relapse([60, notReady])).toEqual({
      verdict: 'pass',
      observed: 'green 0ms after it',
      evidence: [],
    });
  });

  test('a kubelet that is late while a pod is out of sight is no red', () => {
    const late = judged([[20], [26, notReady, unseen()], [60]], 'topology-converged');
    expect(late.verdict).toBe('inconclusive');
  });
});

describe('what nobody could see for too long', () => {
  const blinded = (parts: readonly Part[], blind = false) =>
    judged(parts, 'topology-converged', blind);
  test('one and the same pod is red, as Kubernetes calls it ready', () => {
    expect(
      blinded([
        [55, unseen(), unseen('redis-2')],
        [70, unseen()],
      ]),
    ).toEqual({
      verdict: 'fail',
      observed: 'not green 1m10s after it: no view of redis-1',
      evidence: ['no view of redis-1'],
    });
  });
  test('now one and now another is undecided', () => {
    expect(
      blinded([
        [55, unseen()],
        [70, unseen('redis-2')],
      ]),
    ).toMatchObject({
      verdict: 'inconclusive',
      observed: 'not green 1m10s after it: the observer lost sight of pods from time to time',
      evidence: ['no view of redis-1', 'no view of redis-2'],
    });
  });
  test('all of them is undecided', () => {
    expect(blinded([[70, unseen()]], true)).toMatchObject({
      verdict: 'inconclusive',
      observed: 'not green 1m10s after it: the observer could reach no pod at all',
      evidence: ['no view of redis-1'],
    });
  });
  test('another check only says that it could not be asked', () => {
    expect(judged([[70, unseen()]]).observed).toBe(
      'not green 1m10s after it: not every pod could be asked',
    );
  });
  test('a pod that is not there is red', () => {
    expect(blinded([[70, gone]])).toMatchObject({
      verdict: 'fail',
      observed: 'not green 1m10s after it: no live redis-1',
    });
  });
});
