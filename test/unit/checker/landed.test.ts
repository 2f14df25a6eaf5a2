import { describe, expect, test } from 'vitest';
import { landedFinding } from '../../../src/checker/guards/landed.ts';
import { type FaultStory, worldAt } from '../../../src/checker/run-story.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { ServerView } from '../../../src/model/view.ts';
import { podState, type ViewChange, viewEvent } from './script-cluster.ts';
import { idOf, ipOf, victim } from './script-plan.ts';
import { at, faultStory, storyOf } from './small-story.ts';

const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
/** The world in which redis-0 says this of itself. */
const saying = (change?: ViewChange) => worldAt([at(0, viewEvent(0, 0, now, change))], 0);
const held = { held: true, releaseUs: 14e6, releasedUs: 14.1e6 };

const judged = (change: Partial<FaultStory> = {}, events: readonly RunEvent[] = []) => {
  const { id, evidence, ...said } = landedFinding(
    storyOf(events),
    faultStory({ before: saying(), ...change }),
  );
  return { ...said, evidence };
};
const unproven = (observed: string, evidence: readonly string[] = []) =>
  expect.objectContaining({ verdict: 'inconclusive', observed, evidence });

describe('fault-landed', () => {
  test('it hit what it claimed, told in its stages', () => {
    const stage = (ms: number, faultId: string) =>
      at(ms, {
        kind: 'fault',
        faultId,
        name: 'master-delete',
        hold: 'none',
        stage: 'injected',
        targets: [],
        predicted: null,
        detail: 'gone',
      });
    expect(judged({}, [stage(10_000, 'f1'), stage(11_000, 'f2')])).toEqual({
      verdict: 'pass',
      expected: 'master-delete hits redis-0 as master, confirmed by the target itself',
      observed: 'gone',
      evidence: ['10.000 s injected: gone'],
      faultId: 'f1',
    });
    const many = Array.from({ length: 13 }, (_, index) => stage(10_000 + index, 'f1'));
    expect(judged({}, many).evidence).toHaveLength(12);
    expect(judged({}, many).evidence[0]).toBe('10.000 s injected: gone');
  });
  test('there was nothing to hit', () => {
    expect(judged({ targets: [], landing: null, name: 'noop' })).toMatchObject({
      verdict: 'pass',
      expected: 'noop hits nothing, confirmed by the target itself',
      observed: 'nothing was to be hit',
    });
  });
  test('it was not done, missed, or never confirmed', () => {
    expect(judged({ injectedUs: null })).toEqual(unproven('the fault was begun and not done'));
    expect(judged({ landing: { landed: false, detail: 'still there' } })).toEqual(
      unproven('the fault missed: still there'),
    );
    expect(judged({ landing: null })).toEqual(unproven('the target never confirmed the fault'));
  });

  const server =
    (change: Partial<ServerView>): ViewChange =>
    (_pod, _ms, truth) => ({ ...truth, ...change });
  test('the target was of another role, or another node', () => {
    const slave = [{ ...victim, role: 'slave' as const }];
    const role = 'redis-0 says master, the fault aimed at a slave';
    expect(judged({ targets: slave })).toEqual(
      unproven(`the target was not what it was taken for: ${role}`, [role]),
    );
    const other = saying(server({ myId: idOf(4) }));
    const node = `redis-0 is node ${idOf(4)}, the fault aimed at ${idOf(0)}`;
    expect(judged({ before: other })).toEqual(
      unproven(`the target was not what it was taken for: ${node}`, [node]),
    );
  });
  test('the target served other slots than the ones aimed at, or was aimed at for none', () => {
    const aimed = (slots: readonly string[]) => judged({ targets: [{ ...victim, slots }] });
    const other = 'redis-0 serves 0-5460, the fault aimed at 5461-10922';
    expect(aimed(['5461-10922'])).toEqual(
      unproven(`the target was not what it was taken for: ${other}`, [other]),
    );
    expect(aimed([]).verdict).toBe('inconclusive');
    expect(aimed(['0-99']).verdict).toBe('pass');
  });
  test('who said nothing of itself contradicts nothing', () => {
    expect(judged({ before: saying(server({ myId: null })) }).verdict).toBe('pass');
    expect(judged({ before: saying(() => null) }).verdict).toBe('pass');
    expect(judged({ before: faultStory().before }).verdict).toBe('pass');
  });

  describe('a held pod must stay away', () => {
    const successor = (ms: number, change: { uid?: string; name?: string } = {}) =>
      at(ms, {
        kind: 'pod',
        part: 'redis',
        pod: { ...podState(0, ipOf(0)), uid: 'uid-0b', ...change },
      });
    const early = 'a new redis-0 was there 1.5s after the delete';
    test('for two seconds', () => {
      expect(judged(held, [successor(11_500)])).toEqual(
        unproven(`the hold did not hold: ${early}`, [early]),
      );
      expect(judged(held, [successor(10_000)]).verdict).toBe('inconclusive');
      expect(judged(held, [successor(9999)]).verdict).toBe('pass');
      expect(judged(held, [successor(11_999)]).verdict).toBe('inconclusive');
      expect(judged(held, [successor(12_000)]).verdict).toBe('pass');
    });
    test('or until it was released', () => {
      const soon = { ...held, releaseUs: 11e6 };
      expect(judged(soon, [successor(10_999)]).verdict).toBe('inconclusive');
      expect(judged(soon, [successor(11_000)]).verdict).toBe('pass');
      expect(judged({}, [successor(10_500)]).verdict).toBe('pass');
    });
    test('the pod itself and others are no successors', () => {
      expect(judged(held, [successor(11_000, { uid: 'uid-0' })]).verdict).toBe('pass');
      expect(judged(held, [successor(11_000, { name: 'redis-1' })]).verdict).toBe('pass');
    });
  });
});
