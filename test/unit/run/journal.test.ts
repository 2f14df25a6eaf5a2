import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WriteError } from '../../../src/model/errors.ts';
import { findJournals, openJournal, strikeOut } from '../../../src/run/undo/journal.ts';

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

test('an undo that cannot be written is told and thrown, so that its deed is left undone', async () => {
  const failures: WriteError[] = [];
  const journal = openJournal(dir, 'r1', (error) => failures.push(error));
  await journal.record({ kind: 'hold', pod: 'a' });
  const kept = readFileSync(journal.path, 'utf8');
  rmSync(journal.path);
  mkdirSync(journal.path); // as good as a full disk: no append gets through
  await expect(journal.record({ kind: 'hold', pod: 'b' })).rejects.toThrow(/cannot write/);
  // what was undone is undone, whether or not it could be struck out
  await journal.done('u1');
  expect(failures.length).toBe(2);
  expect(journal.pending()).toEqual([]);

  // room again: the line that was torn spoils no other
  rmSync(journal.path, { recursive: true });
  writeFileSync(journal.path, `${kept}{"id":"u2","un`);
  await journal.record({ kind: 'hold', pod: 'c' });
  expect(findJournals(dir)[0]?.pending.map(({ undo }) => undo.pod)).toEqual(['c', 'a']);
});

test('a journal that cannot be begun leaves nothing behind', () => {
  writeFileSync(join(dir, 'file'), '');
  expect(() => openJournal(join(dir, 'file', 'below'), 'r1')).toThrow(/cannot write/);
});
