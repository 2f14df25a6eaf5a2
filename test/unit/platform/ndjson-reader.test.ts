import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UsageError } from '../../../src/model/errors.ts';
import { readNdjson } from '../../../src/platform/ndjson-reader.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'rkc-ndjson-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const read = (text: string): unknown[] => {
  const path = join(dir, 'lines.ndjson');
  writeFileSync(path, text);
  const values: unknown[] = [];
  readNdjson(path, (value) => values.push(value));
  return values;
};

test('hands over every line, with or without a last newline, and leaves empty ones out', () => {
  expect(read('1\n\n"é"\n{"a":[2]}')).toEqual([1, 'é', { a: [2] }]);
  expect(read('1\n2\n')).toEqual([1, 2]);
  expect(read('')).toEqual([]);
});

test('joins lines, and the bytes of a letter, that stand on the border of two chunks', () => {
  // A chunk is 1 MiB: lines of 1000 bytes and three-byte letters fall on it at every place.
  const lines = Array.from({ length: 3500 }, (_, number) => `${number} ${'€'.repeat(330)}`);
  expect(read(lines.map((line) => JSON.stringify(line)).join('\n'))).toEqual(lines);
  const long = 'x'.repeat(3_000_000);
  expect(read(`${JSON.stringify(long)}\n1\n`)).toEqual([long, 1]);
});

test('says file and line of what is not JSON, or of what is not wanted', () => {
  expect(() => read('1\n\n{"a":\n')).toThrow(/lines\.ndjson:3:1: not a line/);
  const path = join(dir, 'lines.ndjson');
  writeFileSync(path, '1\n2\n');
  const refuse = (value: unknown) => {
    if (value === 2) throw new TypeError('two is not wanted');
  };
  expect(() => readNdjson(path, refuse)).toThrow(UsageError);
  expect(() => readNdjson(path, refuse)).toThrow(/lines\.ndjson:2:1: .*two is not wanted/);
});
