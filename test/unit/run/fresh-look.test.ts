import { expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import { newestLooks } from '../../../src/run/watch/fresh-look.ts';
import { scriptRun } from '../checker/script.ts';

const { events } = scriptRun();

test('the newest look at a server is its newest view or what the observer says of its looks', () => {
  const uid = 'u';
  const looks = (atUs: number, agoUs: number): RunEvent => ({
    atUs,
    kind: 'looks',
    looks: [{ uid, turn: 1, agoUs }],
  });
  expect(newestLooks([looks(5e6, 100), looks(6e6, 40_000)], 0).get(uid)).toBe(6e6 - 40_000);
  // told out of order: the newest counts, not the last
  expect(newestLooks([looks(6e6, 0), looks(5.5e6, 0)], 0).get(uid)).toBe(6e6);
  expect(newestLooks([looks(1e6, 0)], 2e6).get(uid)).toBeUndefined();
  const views = newestLooks(
    events.filter(({ kind }) => kind === 'view'),
    0,
  );
  expect(views.size).toBeGreaterThanOrEqual(6);
});
