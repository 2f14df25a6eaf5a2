import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entries } from '../../scripts/zoo/entries.ts';
import { type Row, startZoo } from '../../scripts/zoo/run.ts';

/**
 * Goal: every known-bad set-up goes red with its named check and for its own reason, and its healthy
 * sister stays green; and `check` says of every stored report what the run said.
 * Method: run for real on the embedded provider, as many at a time as the machine bears: while one waits
 * for a recovery that will not come others have the processors. A row is ready when its two runs are.
 */
describe('the known-bad zoo', () => {
  const stop = new AbortController();
  let rows: ReadonlyMap<string, Promise<Row>>;
  beforeAll(() => {
    rows = startZoo({
      provider: 'embedded',
      jobs: entries.length + 4, // the machine's keeper says how many at a time
      seed: 1,
      only: [],
      flags: [],
      keepDir: null,
      signal: stop.signal,
      moreRoom: true,
    });
  });
  afterAll(async () => {
    stop.abort();
    await Promise.allSettled(rows.values());
  });

  test.each(entries.map(({ name, red }) => ({ name, red })))('$name: $red', async ({ name }) => {
    const row = await rows.get(name);
    expect(row?.wrong).toEqual([]);
  });
});
