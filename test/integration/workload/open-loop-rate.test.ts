import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lateness } from '../../../bench/lateness.ts';
import { openOtherWork } from '../../../bench/other-work.ts';

/**
 * Goal: at 5,000 requests a second the generator keeps its schedule, and all of it is on record.
 * Method: a run's own load (`startRecordedLoad`) in a process of its own, as in a run, against the
 * hit-counter's page in another; the verdict comes from the history.ndjson that it wrote. There is no
 * Redis behind the page: three busy processes on two cores wait up to 4 ms for each other, which is the
 * scheduler's slice and not the generator's doing (measured: p99 1.7 to 3.0 ms without, 3.9 to 4.8 with).
 */
const ratePerSecond = 5000;
const limitMs = 5;
/** With more than this many CPUs' worth of other work no process is sure to run within 5 ms. */
const quietCpus = 0.4;

const bench = join(import.meta.dirname, '..', '..', '..', 'bench');
const dir = mkdtempSync(join(tmpdir(), 'rkc-rate-'));
let server: ChildProcess;
let origin: string;
beforeAll(async () => {
  const program = join(bench, 'load-server.ts');
  server = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = server.stdout ? await once(server.stdout, 'data') : [''];
  origin = `http://127.0.0.1:${/\d+$/m.exec(String(line))?.[0]}`;
});
afterAll(() => {
  server.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

async function drive(seconds: number, holdUpMs = 0) {
  const args = [origin, ratePerSecond, seconds, dir, holdUpMs].map(String);
  const child = spawn(process.execPath, [join(bench, 'lateness-run.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const otherWork = openOtherWork([process.pid, server.pid ?? 0, child.pid ?? 0]);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child.stdout, 'end'); // it still runs: its CPU time can be told from others'
  const otherCpus = otherWork() ?? 0;
  return { lateness: JSON.parse(output) as Lateness, otherCpus };
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
  const { lateness, otherCpus } = await drive(10);
  expectFullRecord(lateness, 10);
  expect(lateness.startedPerSecond).toBeGreaterThanOrEqual(0.99 * ratePerSecond);
  const seen = `p99 ${lateness.p99Ms} ms with ${otherCpus.toFixed(2)} CPUs of other work`;
  skip(otherCpus > quietCpus && lateness.p99Ms > limitMs, `a busy machine: ${seen}`);
  expect(lateness.p99Ms, seen).toBeLessThanOrEqual(limitMs);
  expect(lateness.acknowledged).toBeGreaterThanOrEqual(0.99 * lateness.scheduled);
});

test('a generator that is held up says so: late by its own record, and none left out', async () => {
  const { lateness } = await drive(2, 30);
  expectFullRecord(lateness, 2);
  expect(lateness.p99Ms).toBeGreaterThan(limitMs);
  expect(lateness.maxMs).toBeGreaterThan(20);
});
