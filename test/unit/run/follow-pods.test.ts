import { expect, test } from 'vitest';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { followPods } from '../../../src/run/setup/deploy.ts';
import type { Stage } from '../../../src/run/stage.ts';
import type { ObserverTarget } from '../../../src/run/watch/observer-client.ts';
import { openRecorder } from '../../../src/run/watch/recorder.ts';
import { podState } from '../checker/script-cluster.ts';
import { ipOf } from '../checker/script-plan.ts';

/** Time passes when somebody sleeps. */
const clock = (): Clock => {
  let us = 0;
  return {
    nowUs: () => us,
    wallMs: () => us / 1000,
    sleep: async (ms) => {
      us += ms * 1000;
    },
  };
};
const pod = (index: number): EventBody => ({
  kind: 'pod',
  part: 'redis',
  pod: podState(index, ipOf(0)),
});
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('targets that the observer did not take are told again until it has taken them', async () => {
  const time = clock();
  const written: RunEvent[] = [];
  const recorder = openRecorder(time, 0, {
    write: (event: unknown) => written.push(event as RunEvent),
    close: async () => {},
  } as unknown as Parameters<typeof openRecorder>[2]);
  const stage = {
    recorder,
    clock: time,
    signal: new AbortController().signal,
    setup: { redisPorts: new Map([['redis', 6379]]), sentinelPorts: new Map() },
  } as unknown as Pick<Stage, 'recorder' | 'setup' | 'clock' | 'signal'>;
  const told: (readonly ObserverTarget[])[] = [];
  let refusals = 3;
  const stop = followPods(stage, {
    setTargets: async (targets) => {
      if (targets.length > 0 && refusals-- > 0) throw new Error('lost');
      told.push(targets);
    },
  });
  recorder.record(pod(1));
  await settled();
  expect(told.at(-1)?.map(({ uid }) => uid)).toEqual(['uid-1']);
  expect(time.nowUs()).toBe((100 + 200 + 400) * 1000);
  const times = told.length;
  recorder.record(pod(1));
  await settled();
  expect(told).toHaveLength(times);
  recorder.record(pod(2));
  await settled();
  expect(told.at(-1)?.map(({ uid }) => uid)).toEqual(['uid-1', 'uid-2']);
  stop();
  recorder.record(pod(3));
  await settled();
  expect(told).toHaveLength(times + 1);
});
