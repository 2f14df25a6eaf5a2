import { describe, expect, test } from 'vitest';
import { predictionOf, promotionFinding } from '../../../src/checker/availability/promotion.ts';
import { type Moments, momentsOf } from '../../../src/checker/availability/timeline.ts';
import type { FaultStory } from '../../../src/checker/run-story.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import { emptyWorld } from '../../../src/topology/state.ts';
import { type ClusterNow, viewEvent } from './script-cluster.ts';
import { ipOf, victim } from './script-plan.ts';
import { at, faultStory, storyOf } from './small-story.ts';

const noMoments: Moments = momentsOf(storyOf([]), faultStory({ targets: [] }), []);
const predicted = { lowMs: 6000, highMs: 10_000 };
const held: Partial<FaultStory> = { held: true, hold: 'auto', releaseUs: 50e6, predicted };
const judged = (
  change: Partial<FaultStory>,
  moments: Partial<Moments>,
  events: readonly RunEvent[] = [],
) => {
  const fault = faultStory({ predicted, ...change });
  const [target = victim] = fault.targets;
  return promotionFinding(storyOf(events), fault, {
    target,
    moments: { ...noMoments, ...moments },
  });
};

describe('what is predicted', () => {
  const replica = { ...victim, role: 'slave' as const };
  const predictedFor = (change: Partial<FaultStory>) =>
    predictionOf(storyOf([]), faultStory(change));
  test('is what the fault said, else follows the node timeout of 5 s', () => {
    expect(predictedFor({ predicted: { lowMs: 1, highMs: 2 } })).toEqual({ lowMs: 1, highMs: 2 });
    expect(predictedFor({})).toEqual({ lowMs: 6000, highMs: 10_000 });
    expect(predictedFor({ targets: [replica, victim] })).toEqual({ lowMs: 6000, highMs: 10_000 });
  });
  test('is nothing where no master goes, or nobody can be promoted', () => {
    expect(predictedFor({ targets: [replica] })).toBeNull();
    expect(predictedFor({ name: 'all-delete' })).toBeNull();
  });
  test('is asked for only where a master of slots was aimed at', () => {
    expect(judged({ targets: [replica] }, {})).toBeNull();
    expect(judged({ targets: [{ ...victim, slots: [] }] }, {})).toBeNull();
  });
});

describe('a held master', () => {
  const stopped = { stoppedUs: 20e6 };
  test.each<[afterS: number, note: string | undefined]>([
    [6, undefined],
    [10, undefined],
    [5.9, 'promoted 5.9s after the exit, outside the predicted 6.0s to 10.0s'],
    [10.1, 'promoted 10.1s after the exit, outside the predicted 6.0s to 10.0s'],
  ])('promoted %d s after its exit', (afterS, note) => {
    const finding = judged(held, { ...stopped, promotedUs: (20 + afterS) * 1e6 });
    expect(finding).toMatchObject({
      verdict: 'pass',
      expected:
        'a replica has taken over from redis-0 while it is down, 6.0s to 10.0s after its exit',
      observed: `promoted ${afterS.toFixed(1)}s after the exit`,
      faultId: 'f1',
    });
    expect(finding?.note).toBe(note);
  });
  test('while it was down, which ends with the release, or with the span', () => {
    const until = (promotedUs: number, change: Partial<FaultStory> = {}) =>
      judged({ ...held, ...change }, { ...stopped, promotedUs })?.verdict;
    expect(until(50e6)).toBe('pass');
    expect(until(50e6 + 1)).toBe('fail');
    expect(until(100e6, { releaseUs: null })).toBe('pass');
    expect(until(100e6 + 1, { releaseUs: null })).toBe('fail');
  });
  test('not promoted: red from the prediction and one failed election on, 30 s', () => {
    expect(judged(held, stopped)).toMatchObject({
      verdict: 'fail',
      observed: 'nothing was promoted in the 30.0s that the master was down',
    });
    expect(judged(held, { stoppedUs: 20e6 + 1 })).toMatchObject({
      verdict: 'inconclusive',
      observed:
        'nothing was promoted in the 30.0s that the master was down; one failed election alone may take until 30.0s',
    });
  });
  test('its exit was not seen: the deed counts; it was not done: undecided', () => {
    expect(judged(held, { promotedUs: 17e6 })?.observed).toBe('promoted 7.0s after the exit');
    expect(judged(held, { stoppedUs: 17e6, promotedUs: 17e6 })?.observed).toBe(
      'promoted 0ms after the exit',
    );
    expect(judged(held, { stoppedUs: 17.5e6, promotedUs: 17e6 })?.observed).toBe(
      'promoted 500ms before the exit',
    );
    const undone = { ...held, injectedUs: null };
    expect(judged(undone, {})).toMatchObject({
      verdict: 'inconclusive',
      observed: 'the fault was not done',
    });
    expect(judged(undone, { promotedUs: 17e6 })).toMatchObject({
      verdict: 'pass',
      observed: 'promoted',
    });
    expect(judged(undone, { promotedUs: 17e6 })?.note).toBeUndefined();
  });
});

describe('a natural delete', () => {
  const now: ClusterNow = { promoted: false, back: true, victimIp: ipOf(0), flag: null };
  const back = (ms: number, index = 0, seen = true): RunEvent =>
    at(ms, viewEvent(index, ms, now, seen ? undefined : () => null));
  const stopped = { stoppedUs: 20e6 };
  test('nothing was promoted: told with the time that the pod was away', () => {
    const finding = judged({}, stopped, [
      back(19_000),
      back(22_000, 1),
      back(23_000, 0, false),
      back(24_500),
    ]);
    expect(finding).toMatchObject({
      verdict: 'pass',
      expected: 'a promotion only if the pod was away for long enough',
      observed: 'nothing was promoted, the master came back; the pod was away for 4.5s',
    });
    expect(judged({}, stopped, [back(20_000)])?.observed).not.toContain('away');
    expect(judged({}, stopped, [back(100_000)])?.observed).toContain('away for 1m20s');
    expect(judged({}, stopped, [back(100_001)])?.observed).not.toContain('away');
    expect(judged({}, {}, [back(24_500)])?.observed).toBe(
      'nothing was promoted, the master came back',
    );
  });
  test('promoted although it was away for less than a failover takes: a note', () => {
    const promoted = { ...stopped, promotedUs: 22e6 };
    expect(judged({}, promoted, [back(25_999)])).toMatchObject({
      verdict: 'pass',
      observed: 'a replica was promoted; the pod was away for 6.0s',
      note: 'a replica was promoted; the pod was away for 6.0s, less than the 6.0s that a failover takes: either the set-up hands over on purpose when it stops, or the pod came back as another node',
    });
    expect(judged({}, promoted, [back(26_000)])?.note).toBeUndefined();
    expect(judged({}, promoted)?.note).toBeUndefined();
    expect(judged({}, promoted)?.observed).toBe('a replica was promoted');
  });
});

describe('the evidence', () => {
  const now: ClusterNow = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
  const said = (ms: number, index: number, promoted: boolean): RunEvent =>
    at(ms, viewEvent(index, ms, { ...now, promoted }, undefined));
  const views = new Map(
    [0, 1].flatMap((index) => {
      const event = viewEvent(index, 0, now, undefined);
      return event.kind === 'view' ? [[event.view.uid, event.view] as const] : [];
    }),
  );
  test('is who said that it is master of the victim’s slots, when it changed, in the span', () => {
    const finding = judged(
      { ...held, releasedUs: 50.1e6, before: { ...emptyWorld, views } },
      { stoppedUs: 20e6, promotedUs: 27e6 },
      [
        said(9999, 3, true),
        said(26_000, 3, false),
        said(27_000, 3, true),
        said(28_000, 3, true),
        said(29_000, 1, true),
        at(
          30_000,
          viewEvent(4, 0, now, () => null),
        ),
        said(60_000, 0, true),
        said(61_000, 3, false),
        said(100_001, 3, true),
      ],
    );
    expect(finding?.evidence).toEqual([
      '10.000 s redis-0 said that it is master of 0-5460',
      '20.000 s redis-0 was gone',
      '27.000 s redis-3 said that it is master of 0-5460',
      '50.100 s released',
      '60.000 s redis-0 said that it is master of nothing of it',
      '61.000 s redis-3 said that it is master of nothing of it',
    ]);
    expect(judged({}, {})?.evidence).toEqual([]);
    expect(judged({}, {}, [said(10_000, 3, true), said(100_000, 3, false)])?.evidence).toHaveLength(
      2,
    );
  });
});
