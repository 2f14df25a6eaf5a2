import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WriteError } from '../../../src/model/errors.ts';
import { openNdjson } from '../../../src/platform/ndjson-writer.ts';
import { appendAfterLastLine, cutTornLine } from '../../../src/platform/torn-line.ts';

/** Goal: a full disk is told once and never thrown. Method: /dev/full (ENOSPC, full(4)) and a folder. */
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rkc-ndjson-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test('lines are in the file once it is closed', async () => {
  const path = join(dir, 'a.ndjson');
  const failures: WriteError[] = [];
  const writer = openNdjson(path, (error) => failures.push(error));
  writer.write({ a: 1 });
  writer.write({ b: 'two' });
  await writer.close([{ last: true }]);
  expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n{"b":"two"}\n');
  expect(failures).toEqual([]);
});

test('every line is there, in order, whether it was gathered or its batch was full', async () => {
  const path = join(dir, 'all.ndjson');
  const writer = openNdjson(path, (error) => expect(error).toBeNull());
  // about 1 MB in lines of many lengths: several full batches, the rest at close
  const lines = Array.from({ length: 3000 }, (_, n) => ({ n, text: 'x'.repeat((n * 37) % 700) }));
  for (const line of lines) writer.write(line);
  await writer.close();
  const expected = lines.map((line) => `${JSON.stringify(line)}\n`);
  expect(readFileSync(path, 'utf8')).toBe(expected.join(''));
});

test('a line reaches the file by itself, without a close', async () => {
  const path = join(dir, 'soon.ndjson');
  const writer = openNdjson(path, (error) => expect(error).toBeNull());
  writer.write({ a: 1 });
  await until(() => existsSync(path) && readFileSync(path, 'utf8') === '{"a":1}\n');
  await writer.close();
});

test.skipIf(!existsSync('/dev/full'))(
  'a full disk is told although the line was only gathered when the file was closed',
  async () => {
    const failures: WriteError[] = [];
    const writer = openNdjson('/dev/full', (error) => failures.push(error));
    writer.write({ a: 1 });
    await writer.close();
    expect(failures).toHaveLength(1);
  },
);

test.skipIf(!existsSync('/dev/full'))(
  'a full disk is told once; writing and closing go on',
  async () => {
    const failures: WriteError[] = [];
    const writer = openNdjson('/dev/full', (error) => failures.push(error));
    writer.write({ a: 1 });
    await until(() => failures.length > 0);
    writer.write({ a: 2 });
    await writer.close();
    expect(failures.map(({ message }) => message)).toEqual([
      'cannot write /dev/full: ENOSPC: no space left on device, write; make room there, or name a folder elsewhere',
    ]);
  },
);

test('a file that cannot be opened is told too, also when nobody wrote before the close', async () => {
  const failures: WriteError[] = [];
  const writer = openNdjson(join(dir, 'no', 'such', 'folder'), (error) => failures.push(error));
  await writer.close([{ last: true }]);
  expect(failures.map(({ message }) => message)).toEqual([expect.stringContaining('ENOENT')]);
});

test.each([
  ['{"a":1}\n{"b', '{"a":1}\n'],
  ['{"a":1}\n', '{"a":1}\n'],
  ['{"a', ''],
  ['', ''],
  [`{"a":1}\n${'x'.repeat(200_000)}`, '{"a":1}\n'],
])('the torn end of a file is cut off', (text, left) => {
  const path = join(dir, 'torn');
  writeFileSync(path, text);
  cutTornLine(path);
  expect(readFileSync(path, 'utf8')).toBe(left);
  appendAfterLastLine(path, [{ z: 1 }]);
  expect(readFileSync(path, 'utf8')).toBe(`${left}{"z":1}\n`);
});
