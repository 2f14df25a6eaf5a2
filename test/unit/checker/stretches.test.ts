import { describe, expect, test } from 'vitest';
import { worldAt } from '../../../src/checker/run-story.ts';
import { ofCheck, runsOf, stretches } from '../../../src/checker/structure/stretches.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { PodState } from '../../../src/model/pod.ts';
import { expectationOf } from '../../../src/topology/cluster/expectation.ts';
import { podState, viewEvent } from './script-cluster.ts';
import { ipOf } from './script-plan.ts';
import { at, storyOf } from './small-story.ts';

/** Six pods that are seen from 1 s on, and what comes then. */
const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
const pods = [0, 1, 2, 3, 4, 5];
const podAt = (ms: number, index: number, change: Partial<PodState> = {}): RunEvent =>
  at(ms, { kind: 'pod', part: 'redis', pod: { ...podState(index, ipOf(0)), ...change } });
const seenAt = (ms: number, index: number): RunEvent =>
  at(ms, viewEvent(index, ms, now, undefined));
const lostAt = (ms: number, index: number): RunEvent =>
  at(
    ms,
    viewEvent(index, ms, now, () => null),
  );
const formed = pods.flatMap((index) => [podAt(1000, index), seenAt(1000, index)]);

const over = (fromMs: number, toMs: number, ...more: RunEvent[]) => {
  const story = storyOf([...formed, ...more]);
  const start = worldAt(story.events, fromMs * 1000 - 1);
  const span = { fromUs: fromMs * 1000, toUs: toMs * 1000 };
  return stretches(story, span, start, expectationOf(worldAt(story.events, 1e6))).map(
    ({ fromUs, toUs, violations, blind }) =>
      [fromUs / 1000, toUs / 1000, violations.map(({ code }) => code).join(' '), blind] as const,
  );
};

describe('the stretches of a span', () => {
  test('nothing happens: one stretch', () => {
    expect(over(2000, 9000)).toEqual([[2000, 9000, '', false]]);
  });
  test('what changes nothing that is wrong does not end one', () => {
    const told = at(4000, { kind: 'endpoint', service: 'redis', addresses: [] });
    const note = at(4500, { kind: 'note', text: 'hm' });
    expect(over(2000, 9000, podAt(3000, 1), told, note)).toEqual([[2000, 9000, '', false]]);
  });
  test('it is cut where something turns wrong and right', () => {
    expect(over(2000, 9000, lostAt(4000, 1), seenAt(6000, 1))).toEqual([
      [2000, 4000, '', false],
      [4000, 6000, 'UNSEEN', false],
      [6000, 9000, '', false],
    ]);
  });
  test('and where another thing is wrong in the same number of lines', () => {
    const swapped = [lostAt(4000, 1), seenAt(6000, 1), lostAt(6000, 2)];
    expect(over(2000, 9000, ...swapped)).toEqual([
      [2000, 4000, '', false],
      [4000, 6000, 'UNSEEN', false],
      [6000, 9000, 'UNSEEN', false],
    ]);
  });
  test('what happens at its first moment belongs to it, what came before does not count again', () => {
    expect(over(4000, 9000, lostAt(4000, 1))).toEqual([[4000, 9000, 'UNSEEN', false]]);
    expect(over(5000, 9000, lostAt(4000, 1), seenAt(4500, 1))).toEqual([[5000, 9000, '', false]]);
  });
  test('what happens at its last moment does, too; later things do not', () => {
    const atTheEnd = over(2000, 9000, lostAt(9000, 1));
    expect(atTheEnd).toEqual([
      [2000, 9000, '', false],
      [9000, 9000, 'UNSEEN', false],
    ]);
    expect(over(2000, 9000, lostAt(9000.001, 1))).toEqual([[2000, 9000, '', false]]);
  });
  test('blind is only who sees none of pods that are all ready', () => {
    const lost = pods.map((index) => lostAt(4000, index));
    expect(over(4000, 9000, ...lost)[0]?.[3]).toBe(true);
    expect(over(4000, 9000, ...lost.slice(1))[0]?.[3]).toBe(false);
    const unready = podAt(4000, 3, { ready: false });
    expect(over(4000, 9000, ...lost, unready)[0]?.[3]).toBe(false);
    const ended = pods.map((index) =>
      at(4000, { kind: 'pod-gone', name: '', uid: `uid-${index}` }),
    );
    expect(over(4000, 9000, ...ended)[0]?.[3]).toBe(false);
    expect(over(2000, 9000, ...lost).map(([, , , blind]) => blind)).toEqual([false, true]);
    expect(over(5000, 9000, ...lost)[0]?.[3]).toBe(true);
  });
});

test('neighbours of one judgement are joined', () => {
  const part = (fromUs: number, toUs: number, text: string) => ({
    fromUs,
    toUs,
    blind: false,
    violations: [{ check: 'ip-rewrite' as const, code: 'SELF' as const, pod: null, text }],
  });
  const parts = [part(0, 1, 'a'), part(1, 2, 'a'), part(2, 3, 'b')];
  expect(runsOf(parts, ({ violations }) => violations[0]?.text)).toEqual([
    { fromUs: 0, toUs: 2, value: 'a' },
    { fromUs: 2, toUs: 3, value: 'b' },
  ]);
  expect(runsOf([], () => true)).toEqual([]);
  expect(parts.map((stretch) => ofCheck(stretch, 'ip-rewrite').length)).toEqual([1, 1, 1]);
  expect(parts.map((stretch) => ofCheck(stretch, 'slots-covered').length)).toEqual([0, 0, 0]);
});
