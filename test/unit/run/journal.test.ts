import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findJournals, openJournal, strikeOut } from '../../../src/run/journal.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rkc-journal-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('an undo is on disk as soon as it is recorded, and gone with the file once all are done', async () => {
  const journal = openJournal(dir, 'r1');
  const first = await journal.record({ kind: 'hold', pod: 'a' });
  const second = await journal.record({ kind: 'kind-cluster', name: 'rkc-r1' });
  expect(findJournals(dir)[0]?.pending.map(({ undo }) => undo.kind)).toEqual([
    'kind-cluster',
    'hold',
  ]);
  expect(findJournals(dir)[0]?.ownerAlive).toBe(true);
  await journal.done(second);
  journal.close();
  expect(findJournals(dir)[0]?.pending.map(({ id }) => id)).toEqual([first]);
  await journal.done(first);
  journal.close();
  expect(readdirSync(dir)).toEqual([]);
});

test('a torn last line is passed over', async () => {
  const journal = openJournal(dir, 'r1');
  await journal.record({ kind: 'hold', pod: 'a' });
  appendFileSync(journal.path, '{"id":"u2","undo":{"ki');
  expect(findJournals(dir)[0]?.pending.length).toBe(1);
});

test('the owner of a journal is told apart from a later process with its pid', () => {
  writeFileSync(
    join(dir, 'r2.ndjson'),
    `${JSON.stringify({ run: 'r2', owner: { pid: process.pid, startTicks: 1 } })}\n`,
  );
  expect(findJournals(dir)[0]?.ownerAlive).toBe(false);
});

test('striking out keeps what could not be undone', async () => {
  const journal = openJournal(dir, 'r1');
  const first = await journal.record({ kind: 'hold', pod: 'a' });
  const second = await journal.record({ kind: 'hold', pod: 'b' });
  const [found] = findJournals(dir);
  if (!found) throw new Error('no journal');
  strikeOut(found, new Set([second]));
  const [again] = findJournals(dir);
  expect(again?.pending.map(({ id }) => id)).toEqual([first]);
  if (again) strikeOut(again, new Set([first]));
  expect(existsSync(journal.path)).toBe(false);
});

test('a folder that is not there holds no journals', () => {
  expect(findJournals(join(dir, 'nowhere'))).toEqual([]);
});
