import { expect, test } from 'vitest';
import type { Counter, CounterResult } from '../../../src/pod/counter.ts';
import { SentinelCounters } from '../../../src/pod/sentinel-counters.ts';

/** Goal: each key is counted in the master that it is named for, each master opened once. */
test('keys of ours go where they are named for, all others to the usual one', async () => {
  const opened: (string | null)[] = [];
  const closed: (string | null)[] = [];
  const counted: string[] = [];
  const counters = new SentinelCounters(null, (name): Counter => {
    opened.push(name);
    return {
      increment: async ({ key }) => {
        counted.push(`${name}: ${key}`);
        return {} as CounterResult;
      },
      close: () => void closed.push(name),
    };
  });
  for (const key of ['hits', 'rkc:r:@a', 'rkc:r:@b', 'rkc:r:@a', 'user@b', 'rkc:old:1']) {
    await counters.increment({ key, opId: 'x', wait: null });
  }
  expect(opened).toEqual([null, 'a', 'b']);
  expect(counted).toEqual([
    'null: hits',
    'a: rkc:r:@a',
    'b: rkc:r:@b',
    'a: rkc:r:@a',
    'null: user@b',
    'null: rkc:old:1',
  ]);
  counters.close();
  expect(closed).toEqual([null, 'a', 'b']);
});
