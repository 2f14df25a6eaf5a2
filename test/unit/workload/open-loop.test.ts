import { expect, test } from 'vitest';
import type { Operation } from '../../../src/model/operation.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { HttpAnswer } from '../../../src/workload/http-answer.ts';
import type { HttpTarget } from '../../../src/workload/http-target.ts';
import { type GeneratorSample, startOpenLoop } from '../../../src/workload/open-loop.ts';

/**
 * Goal: the schedule holds whatever the server does. Method: a server in the hand of the test, the
 * real clock, and conditions instead of sleeps.
 */
const ok: HttpAnswer = { outcome: 'ok', value: 1, error: null, node: null };

function loopOn(target: HttpTarget, maxInFlight = 10_000) {
  const operations: Operation[] = [];
  const samples: GeneratorSample[] = [];
  const zeroUs = systemClock.nowUs();
  const loop = startOpenLoop({
    target,
    keys: ['a', 'b'],
    ratePerSecond: 500,
    maxInFlight,
    idPrefix: 't:',
    nowUs: () => systemClock.nowUs() - zeroUs,
    onOperation: (operation) => operations.push(operation),
    onSample: (sample) => samples.push(sample),
  });
  return { loop, operations, samples };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('condition not met within 10 s');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('an outage does not slow the generator down, and drain waits for the last one', async () => {
  const waiting: (() => void)[] = [];
  const { loop, operations } = loopOn({
    hit: (_key, _id, end) => void waiting.push(() => end(ok)),
    close: async () => {},
  });
  await until(() => waiting.length >= 50); // nobody was answered, and they kept coming
  expect(operations).toEqual([]);
  let drained = false;
  const drain = loop.drain().then(() => {
    drained = true;
  });
  const last = waiting.pop();
  for (const end of waiting) end();
  await Promise.resolve();
  expect(drained).toBe(false);
  last?.();
  await drain;
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  expect(new Set(operations.map(({ worker }) => worker)).size).toBe(operations.length); // all at once in flight
});

test('requests keep to their intended times, keys in turn, ids of 16 bytes at most', async () => {
  const { loop, operations } = loopOn({ hit: (_key, _id, end) => end(ok), close: async () => {} });
  await until(() => operations.length >= 100);
  await loop.drain();
  for (const [index, operation] of operations.entries()) {
    expect(operation.key).toBe(index % 2 === 0 ? 'a' : 'b');
    expect(operation.startUs).toBeGreaterThanOrEqual(operation.intendedUs);
    expect(operation.id.length).toBeLessThanOrEqual(16);
  }
  const [first, hundredth] = [operations[0], operations[99]];
  expect((hundredth?.intendedUs ?? 0) - (first?.intendedUs ?? 0)).toBe(99 * 2000);
  expect(loop.acknowledged.get('a')).toBe(operations.filter(({ key }) => key === 'a').length);
});

test('at the limit in flight the generator is late and says so', async () => {
  const waiting: (() => void)[] = [];
  const { loop, samples } = loopOn(
    { hit: (_k, _i, end) => void waiting.push(() => end(ok)), close: async () => {} },
    3,
  );
  await until(() => samples.length >= 1);
  const drain = loop.drain();
  for (const end of waiting) end();
  await drain;
  expect(waiting.length).toBe(3);
  expect(samples[0]?.maxLagUs).toBeGreaterThan(500_000);
});
