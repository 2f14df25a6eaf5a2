import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lateness, measureLateness } from '../../../bench/lateness.ts';
import { openOtherWork } from '../../../bench/other-work.ts';
import { HitCounterProcess } from '../support/hit-counter-process.ts';
import { RedisProcess } from '../support/redis-process.ts';

/**
 * Goal: at 5,000 requests a second the generator keeps its schedule, and all of it is on record.
 * Method: a run's own load (`startRecordedLoad`) against the hit-counter with a real Redis, each in a
 * process of its own; the verdict comes from the history.ndjson that it wrote. Two cores carry that:
 * measured, the generator takes 0.25 of a CPU, the hit-counter 0.4 and Redis 0.05.
 */
const ratePerSecond = 5000;
const limitMs = 5;
/** With more than this many CPUs' worth of other work no process is sure to run within 5 ms. */
const quietCpus = 0.4;
const mostWindows = 3;

let dir: string;
let redis: RedisProcess;
let app: HitCounterProcess;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rkc-rate-'));
  redis = await RedisProcess.start();
  app = await HitCounterProcess.start(redis);
});
afterAll(async () => {
  await app?.dispose();
  await redis?.dispose();
  await rm(dir, { recursive: true, force: true });
});

async function drive(seconds: number) {
  const otherWork = openOtherWork([process.pid, app.pid, redis.pid]);
  const lateness = await measureLateness({ origin: app.origin, ratePerSecond, seconds, dir });
  return { lateness, otherCpus: otherWork() ?? 0 };
}

function expectFullRecord(lateness: Lateness, seconds: number): void {
  expect(lateness.recorded).toBeGreaterThanOrEqual(ratePerSecond * seconds);
  expect(lateness.recorded).toBe(lateness.scheduled);
  expect(lateness.differentIds).toBe(lateness.scheduled);
  expect(lateness.onSchedule).toBe(true);
}

test('5,000 a second: 99 % start within 5 ms of their time, every one is in the history', async ({
  skip,
}) => {
  for (let window = 1; window <= mostWindows; window++) {
    const hitsBefore = Number(await redis.call('GET', 'hits'));
    const { lateness, otherCpus } = await drive(8);
    const hits = Number(await redis.call('GET', 'hits')) - hitsBefore;
    expectFullRecord(lateness, 8);
    expect(lateness.startedPerSecond).toBeGreaterThanOrEqual(0.99 * ratePerSecond);
    expect(hits).toBeGreaterThanOrEqual(lateness.acknowledged);
    expect(hits).toBeLessThanOrEqual(lateness.scheduled);
    if (lateness.p99Ms <= limitMs) {
      expect(lateness.acknowledged).toBeGreaterThanOrEqual(0.99 * lateness.scheduled);
      return;
    }
    const seen = `p99 ${lateness.p99Ms} ms, ${otherCpus.toFixed(2)} CPUs of other work`;
    // not the generator's lateness, by the kernel's account: look again, as the machine may be ours
    if (otherCpus <= quietCpus) expect(lateness.p99Ms, seen).toBeLessThanOrEqual(limitMs);
    process.stderr.write(`open loop at ${ratePerSecond}/s, window ${window}: ${seen}\n`);
  }
  skip(
    `the machine was busy in all of ${mostWindows} windows: its lateness is not the generator's`,
  );
});

test('a generator that is held up says so: late by its own record, and none left out', async () => {
  const holdUp = setInterval(() => {
    const untilMs = performance.now() + 30;
    while (performance.now() < untilMs);
  }, 300);
  try {
    const { lateness } = await drive(2);
    expectFullRecord(lateness, 2);
    expect(lateness.p99Ms).toBeGreaterThan(limitMs);
    expect(lateness.maxMs).toBeGreaterThan(20);
  } finally {
    clearInterval(holdUp);
  }
});
