import { expect, test } from 'vitest';
import type { EventBody } from '../../../src/model/event.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import type { NdjsonWriter } from '../../../src/platform/ndjson-writer.ts';
import { green } from '../../../src/run/setup/settle.ts';
import type { ObservedStage } from '../../../src/run/stage.ts';
import { openRecorder } from '../../../src/run/watch/recorder.ts';
import { clusterTopology } from '../../../src/topology/cluster/cluster.ts';
import { expectationOf } from '../../../src/topology/cluster/expectation.ts';
import { podState, viewEvent } from '../checker/script-cluster.ts';
import { ipOf } from '../checker/script-plan.ts';

/**
 * Goal: a run goes on looking until it has seen what the checker asks for. Method: six healthy pods, a
 * clock that only sleeping moves, and lines of proof that are missing for a while.
 */
const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
const indices = [0, 1, 2, 3, 4, 5];

/** How long it looked, s, when a second's lines are left out where these say so. */
async function watched(
  missing: { readonly listed?: (s: number) => boolean; readonly looks?: (s: number) => boolean },
  forMs: number,
  timeoutMs = 60_000,
): Promise<number> {
  let nowUs = 0;
  const second = (s: number) => {
    const say = (body: EventBody) => recorder.record(body, s * 1e6);
    const looks = indices.map((index) => ({ uid: `uid-${index}`, turn: 1, agoUs: 0 }));
    if (!missing.looks?.(s)) say({ kind: 'looks', looks });
    if (!missing.listed?.(s)) {
      say({ kind: 'listed', pods: indices.map((index) => ({ uid: `uid-${index}`, turn: 1 })) });
    }
  };
  const clock: Clock = {
    nowUs: () => nowUs,
    wallMs: () => nowUs / 1000,
    sleep: async (ms) => {
      const from = Math.floor(nowUs / 1e6);
      nowUs += ms * 1000;
      for (let s = from + 1; s <= nowUs / 1e6; s++) second(s);
    },
  };
  const recorder = openRecorder(clock, 0, { write: () => {} } as unknown as NdjsonWriter);
  for (const index of indices) {
    recorder.record({ kind: 'pod', part: 'redis', pod: podState(index, ipOf(0)), turn: 1 });
    recorder.record({ ...viewEvent(index, 0, now, undefined), turn: 1 } as EventBody);
  }
  second(0);
  const progress = { status: () => {}, say: () => {} };
  const stage = {
    topology: clusterTopology,
    recorder,
    clock,
    signal: new AbortController().signal,
    progress,
  };
  const expectation = expectationOf(recorder.world);
  expect(await green(stage as unknown as ObservedStage, expectation, forMs, timeoutMs)).toBe(true);
  return nowUs / 1e6;
}
const between = (from: number, to: number) => (s: number) => s > from && s < to;

test('a green that was looked at all the time is watched for as long as it must last', async () => {
  expect(await watched({}, 10_000)).toBeCloseTo(10, 1);
  expect(await watched({ listed: between(2, 6), looks: between(2, 4) }, 10_000)).toBeCloseTo(10, 1);
});

test('what nobody looked at is watched anew', async () => {
  expect(await watched({ listed: between(0, 8) }, 10_000)).toBeCloseTo(18, 1);
  expect(await watched({ looks: between(3, 7) }, 10_000)).toBeCloseTo(17, 1);
  expect(await watched({ listed: between(1, 8), looks: between(12, 16) }, 10_000)).toBeCloseTo(
    26,
    1,
  );
});

test('but not for ever, and not where a moment is asked for', async () => {
  expect(await watched({ listed: (s) => s > 0 }, 10_000, 20_000)).toBeLessThanOrEqual(31);
  expect(await watched({ listed: between(0, 8) }, 0)).toBe(0);
});
