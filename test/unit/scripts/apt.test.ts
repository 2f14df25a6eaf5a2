import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

/** Goal: another apt at work is waited for, not taken for the end. Method: an apt-get that says what apt says. */

interface Apt {
  aptGet(args: readonly string[], patience: object): { status: number | null; stderr: Buffer };
  openPatience(options: {
    waitMs?: number;
    everyMs?: number;
    say?: (text: string) => void;
  }): object;
}
const { aptGet, openPatience } = createRequire(import.meta.url)(
  join(import.meta.dirname, '..', '..', '..', 'scripts', 'apt.cjs'),
) as Apt;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rkc-apt-'));
  vi.stubEnv('PATH', `${dir}:${process.env.PATH}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true, force: true });
});

/** Fails `times` times with these words, then succeeds. */
function fakeApt(times: number, words: string): void {
  const script = `#!/bin/sh
echo "$@" >> '${dir}/calls'
[ "$(wc -l < '${dir}/calls')" -gt ${times} ] && exit 0
echo '${words}' >&2
exit 100
`;
  writeFileSync(join(dir, 'apt-get'), script);
  chmodSync(join(dir, 'apt-get'), 0o755);
}
const calls = () => readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n').length;

test.each([
  'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 42 (apt-get)',
  'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 42 (apt)',
  'E: Unable to lock directory /var/cache/apt/archives/',
])('it is waited for, and said once: %s', (words) => {
  fakeApt(3, words);
  const said: string[] = [];
  const patience = openPatience({ everyMs: 1, say: (text) => said.push(text) });
  expect(aptGet(['install', 'a'], patience).status).toBe(0);
  expect(calls()).toBe(4);
  expect(said).toEqual([
    expect.stringMatching(
      /^another apt is at work \((Could not|Unable to).*waiting for it, 120 s at most/,
    ),
  ]);
});

test('the wait has an end, with apt’s own words, for all calls together', () => {
  fakeApt(1e6, 'E: Could not get lock /var/lib/dpkg/lock-frontend');
  const patience = openPatience({ waitMs: 20, everyMs: 5, say: () => {} });
  expect(String(aptGet(['update'], patience).stderr)).toContain('lock-frontend');
  const before = calls();
  expect(aptGet(['install'], patience).status).toBe(100);
  expect(calls()).toBe(before + 1);
});

test('any other failure is one at once', () => {
  fakeApt(1e6, 'E: Unable to locate package nope');
  const said: string[] = [];
  const patience = openPatience({ everyMs: 1, say: (text) => said.push(text) });
  expect(aptGet(['install', 'nope'], patience).status).toBe(100);
  expect([calls(), said]).toEqual([1, []]);
});
