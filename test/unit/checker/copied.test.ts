import { describe, expect, test } from 'vitest';
import { copiedAt } from '../../../src/checker/counter/copied.ts';
import { worldAt } from '../../../src/checker/run-story.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { NodeView } from '../../../src/model/view.ts';
import { expectationOf } from '../../../src/topology/cluster/expectation.ts';
import { check, judge } from './judging.ts';
import type { ScriptOptions } from './script.ts';
import { podState, viewEvent } from './script-cluster.ts';
import type { History } from './script-history.ts';
import { withOffsets } from './script-offsets.ts';
import { idOf, ipOf, times, victim } from './script-plan.ts';
import { at, faultStory, storyOf } from './small-story.ts';

const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
const six = [0, 1, 2, 3, 4, 5];
const before = worldAt(
  six.flatMap((index) => [
    at(0, { kind: 'pod', part: 'redis', pod: podState(index, ipOf(0)) }),
    at(0, viewEvent(index, 0, now, undefined)),
  ]),
  0,
);
const fault = faultStory({ before, expectation: expectationOf(before) });

describe('a replica had what its master acknowledged', () => {
  const offset = (ms: number, index: number, bytes: number, role: 'master' | 'slave' = 'slave') =>
    at(ms, { kind: 'offset', uid: `uid-${index}`, role, offset: bytes });
  const master = (ms: number, bytes: number) => offset(ms, 0, bytes, 'master');
  const back = (ms: number, status: NodeView['status'], pod = 'redis-0') => {
    const event = viewEvent(0, ms, now, undefined);
    if (event.kind !== 'view') throw new Error('a view is told as a view');
    return at(ms, { ...event, view: { ...event.view, status, pod } });
  };
  /** Acknowledged at 19.5 s, the master died at 20 s. */
  const copied = (events: readonly RunEvent[], promotedUid: string | null = null, what = fault) =>
    copiedAt(storyOf(events), what, victim, { deathUs: 20e6, promotedUid })(19.5e6).copied;

  test('when it was as far as the master after the acknowledgement', () => {
    expect(copied([master(19_600, 7), offset(20_100, 3, 7)])).toBe('yes');
    expect(copied([master(19_600, 7), offset(19_600, 3, 8)])).toBe('yes');
    expect(copied([master(19_600, 7), offset(20_100, 3, 6)])).toBe('no');
    // the first look after the acknowledgement asks for the least
    expect(copied([master(19_600, 7), master(19_900, 9), offset(20_100, 3, 8)])).toBe('yes');
    const story = storyOf([master(19_600, 7), offset(20_100, 3, 8)]);
    expect(copiedAt(story, fault, victim, { deathUs: 20e6, promotedUid: null })(0)).toEqual({
      copied: 'yes',
      by: 'redis-3 had copied up to 8 of 7 bytes that its master had written then',
    });
  });
  test('what the master wrote after it was last asked nobody is known to have had', () => {
    expect(copied([master(19_500, 7), offset(20_100, 3, 9)])).toBe('no');
    expect(copied([master(19_501, 7), offset(20_100, 3, 9)])).toBe('yes');
    expect(copied([master(20_000, 7), offset(20_100, 3, 9)])).toBe('yes');
  });
  test('only a look at it that came later than that at the master counts', () => {
    expect(copied([offset(19_599, 3, 9), master(19_600, 7)])).toBe('unknown');
    // what comes after the death is another process's offset
    const late = [master(19_000, 7), master(20_001, 7), offset(20_100, 3, 9)];
    expect(copied(late)).toBe('no');
  });
  test('and only until the victim’s pod answers again', () => {
    const told = [master(19_600, 7), offset(19_700, 3, 6), offset(20_500, 3, 9)];
    expect(copied(told)).toBe('yes');
    for (const status of ['ok', 'loading'] as const) {
      expect(copied([...told, back(20_500, status)])).toBe('no');
      expect(copied([...told, back(20_501, status)])).toBe('yes');
    }
    expect(copied([...told, back(20_400, 'ok'), back(30_000, 'ok')])).toBe('no');
    expect(copied([...told, back(20_400, 'unreachable')])).toBe('yes');
    expect(copied([...told, back(20_400, 'ok', 'redis-1')])).toBe('yes');
    expect(copied([...told, back(20_000, 'ok')])).toBe('yes');
  });
  test('not somebody else, and not once it is a master itself', () => {
    const stays = [master(19_600, 7), offset(20_100, 3, 6)];
    expect(copied([...stays, offset(20_100, 4, 9)])).toBe('no');
    expect(copied([...stays, offset(20_200, 3, 9, 'master')])).toBe('no');
  });
  test('where one was promoted its own word counts', () => {
    const both = [master(19_600, 7), offset(20_100, 3, 9), offset(20_100, 4, 6)];
    expect(copied(both, 'uid-4')).toBe('no');
    expect(copied(both, 'uid-3')).toBe('yes');
    const stranger = storyOf([
      master(19_600, 7),
      at(20_100, { kind: 'offset', uid: 'new', role: 'slave', offset: 9 }),
    ]);
    const of = copiedAt(stranger, fault, victim, { deathUs: 20e6, promotedUid: 'new' });
    expect(of(19.5e6)).toMatchObject({ by: expect.stringContaining('new had copied up to 9') });
  });
  test('is unknown where nobody looked at either in the last second and a half', () => {
    expect(copied([])).toBe('unknown');
    expect(copied([master(19_600, 7)])).toBe('unknown');
    expect(copied([offset(20_100, 3, 9)])).toBe('unknown');
    expect(copied([master(18_500, 7), offset(20_100, 3, 9)])).toBe('no');
    expect(copied([master(18_499, 7), offset(20_100, 3, 9)])).toBe('unknown');
    expect(copied([master(19_400, 7), offset(19_399, 3, 7)])).toBe('unknown');
    expect(copied([master(19_400, 7), offset(19_400, 3, 7)])).toBe('no');
  });
  test('without a replica there is nobody to ask', () => {
    const lone = faultStory({ before });
    expect(copied([], null, lone)).toBe('no');
  });
  test('each of several replicas must have been looked at', () => {
    const members = [idOf(0), idOf(3), idOf(4)];
    const shards = expectationOf(before).shards.map((shard) => ({ ...shard, members }));
    const two = faultStory({ before, expectation: { ...expectationOf(before), shards } });
    const one = [master(19_600, 7), offset(20_100, 3, 6)];
    expect(copied(one, null, two)).toBe('unknown');
    expect(copied([...one, offset(20_100, 4, 6)], null, two)).toBe('no');
    expect(copied([...one, offset(20_100, 4, 7)], null, two)).toBe('yes');
  });
});

/** The last `count` acknowledged ones of hits before the stop are not in the ledger, and so is what follows. */
const losing =
  (count: number, numbers: (value: number) => number = (value) => value) =>
  (h: History) => {
    const mine = h.operations.filter(({ key, outcome }) => key === 'hits' && outcome === 'ok');
    const early = mine.filter(({ endUs }) => endUs < times.stopped * 1000);
    const lost = new Set(early.slice(-count).map(({ id }) => id));
    const kept = mine.filter(({ id }) => !lost.has(id)).map(({ id }) => id);
    h.ledgers.set('hits', kept);
    const places = new Map(kept.map((id, index) => [id, index + 1]));
    h.operations = h.operations.map((op) => ({
      ...op,
      value: lost.has(op.id) ? numbers(op.value ?? 0) : (places.get(op.id) ?? op.value),
    }));
  };

const outcomes = [
  ['that restarted in place', {}],
  ['whose replica was promoted', { promotedMs: 27_600, backMs: 34_000 }],
] as const;
for (const [what, how] of outcomes) {
  describe(`a master killed in a second of writes, ${what}`, () => {
    const killed = (
      history: (h: History) => void,
      events: NonNullable<ScriptOptions['events']> = (same) => same,
    ) => judge({ name: 'process-kill', hold: 'none', ...how, history, events });
    const counted = ['counter-continuity', 'linearizable'] as const;
    const seen = (...args: Parameters<typeof killed>) =>
      counted.map((id) => check(killed(...args), id).verdict);

    test('lost what its replica had: red, and it says so', () => {
      const evaluation = killed(losing(3), withOffsets());
      expect(counted.map((id) => check(evaluation, id).verdict)).toEqual(['fail', 'fail']);
      const { observed, evidence, why } = check(evaluation, 'counter-continuity');
      expect([observed, ...evidence].join()).toContain(
        'and is missing, though redis-3 had copied up to 20000 of 20000 bytes that its master had written then',
      );
      expect(why).toContain('A replica had copied the write before its master died');
      const counter = check(evaluation, 'linearizable');
      expect(counter.observed).toContain(', though redis-3 had copied up to 20000 of 20000 bytes');
      expect(counter.why).toBe(why);
    });
    test('lost what its replica had not copied yet: that is the price', () => {
      expect(seen(losing(3), withOffsets({ copiedMs: 19_800 }))).toEqual(['pass', 'pass']);
      // what it had copied is not excused, what it had not is: one of three
      expect(seen(losing(3), withOffsets({ copiedMs: 20_000 }))).toEqual(['fail', 'fail']);
      expect(seen(losing(1), withOffsets({ lastMasterMs: 20_104 }))).toEqual(['pass', 'pass']);
    });
    test('lost some, and nobody looked how far its replica was: undecided', () => {
      expect(seen(losing(3))).toEqual(['inconclusive', 'inconclusive']);
      expect(check(killed(losing(3)), 'linearizable').observed).toContain(
        'and is missing; how far its replicas were then was not recorded',
      );
      expect(seen(losing(3), withOffsets({ replicaUid: 'uid-4' }))[0]).toBe('inconclusive');
    });
    test('lost nothing: offsets do not matter', () => {
      expect(seen(() => {})).toEqual(['pass', 'pass']);
      expect(seen(() => {}, withOffsets())).toEqual(['pass', 'pass']);
    });
    test('gave a number nine seconds late: what one server acknowledged is one counter', () => {
      const notCopied = withOffsets({ copiedMs: 19_000 });
      expect(
        seen(
          losing(1, (value) => value - 90),
          notCopied,
        ),
      ).toEqual(['pass', 'fail']);
      const { observed, evidence } = check(
        killed(
          losing(1, (value) => value - 90),
          notCopied,
        ),
        'linearizable',
      );
      expect([observed, ...evidence].join()).toMatch(
        /hits: o564 \(20\.100-20\.104 s\) got 52 and is missing, and o560 \(20\.000-20\.004 s\) got 141 from the same server and is kept/,
      );
      // the number right before its own is the last one that is kept
      expect(
        seen(
          losing(1, (value) => value - 1),
          notCopied,
        ),
      ).toEqual(['pass', 'fail']);
    });
  });
}
