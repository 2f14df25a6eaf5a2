import { join } from 'node:path';
import { buildHistory } from '../src/checker/history.ts';
import type { Operation } from '../src/model/operation.ts';
import { systemClock } from '../src/platform/clock.ts';
import { readNdjson } from '../src/platform/ndjson-reader.ts';
import { waitFor } from '../src/platform/wait.ts';
import { startRecordedLoad } from '../src/run/load/recorded-load.ts';
import { ownPattern } from '../src/workload/http-target.ts';

export interface OpenLoopRun {
  readonly origin: string;
  readonly ratePerSecond: number;
  readonly seconds: number;
  /** Where history.ndjson goes. */
  readonly dir: string;
}

/** What the recorded history says of the generator. */
export interface Lateness {
  /** Requests that the generator says it scheduled, and those in the history. */
  readonly scheduled: number;
  readonly recorded: number;
  readonly differentIds: number;
  readonly acknowledged: number;
  /** Starts a second, from the first to the last. */
  readonly startedPerSecond: number;
  /** Whether the intended times are one interval apart from first to last: the schedule never moved. */
  readonly onSchedule: boolean;
  /** From the intended to the real start, ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Drives the run's own load against a server for so long, then reads its history back from disk. */
export async function measureLateness(run: OpenLoopRun): Promise<Lateness> {
  const historyPath = join(run.dir, 'history.ndjson');
  const zeroUs = systemClock.nowUs();
  const inMemory = buildHistory(run.ratePerSecond * run.seconds); // as a run keeps it for its checker
  let ended = 0;
  let scheduled = 0;
  await using load = await startRecordedLoad({
    origin: run.origin,
    load: { rate: run.ratePerSecond, requestTimeoutMs: 1000, maxInFlight: 10_000 },
    app: { own: true, path: '/', pattern: ownPattern },
    keys: ['hits'],
    idPrefix: 'bench:',
    historyPath,
    nowUs: () => systemClock.nowUs() - zeroUs,
    onWriteFailure: (error) => {
      throw error;
    },
    onOperation: (operation) => {
      inMemory.add(operation);
      ended++;
    },
    onSample: (sample) => {
      scheduled += sample.scheduled;
    },
  });
  const wanted = run.ratePerSecond * run.seconds;
  await waitFor(
    {
      what: `${wanted} requests`,
      timeoutMs: (run.seconds + 30) * 1000,
      everyMs: 50,
      signal: new AbortController().signal,
    },
    () =>
      ended >= wanted ? { done: true, value: null } : { done: false, seen: `${ended} have ended` },
  );
  await load.drain();
  return latenessOf(historyPath, run.ratePerSecond, scheduled);
}

function latenessOf(historyPath: string, ratePerSecond: number, scheduled: number): Lateness {
  const operations: Operation[] = [];
  readNdjson(historyPath, (line) => operations.push(line as Operation));
  operations.sort((a, b) => a.intendedUs - b.intendedUs);
  const lateUs = operations.map(({ startUs, intendedUs }) => startUs - intendedUs);
  lateUs.sort((a, b) => a - b);
  const at = (share: number) => (lateUs[Math.ceil(lateUs.length * share) - 1] ?? Number.NaN) / 1000;
  const starts = operations.map(({ startUs }) => startUs).sort((a, b) => a - b);
  const firstUs = operations[0]?.intendedUs ?? Number.NaN;
  const spanUs = (starts.at(-1) ?? Number.NaN) - (starts[0] ?? Number.NaN);
  return {
    scheduled,
    recorded: operations.length,
    differentIds: new Set(operations.map(({ id }) => id)).size,
    acknowledged: operations.filter(({ outcome }) => outcome === 'ok').length,
    startedPerSecond: ((operations.length - 1) * 1e6) / spanUs,
    onSchedule: operations.every(
      ({ intendedUs }, index) =>
        // each was rounded to a whole µs
        Math.abs(intendedUs - firstUs - (index * 1e6) / ratePerSecond) <= 1,
    ),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
}
