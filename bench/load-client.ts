import { createRequire } from 'node:module';
import type { Operation } from '../src/model/operation.ts';
import { systemClock } from '../src/platform/clock.ts';
import { type HistoryName, histories } from './load-history.ts';
import { type TargetName, targets } from './load-variants.ts';

/** One client in closed loop: as many requests in flight as connections, all the time. */
export interface ClientRun {
  readonly client: TargetName | 'autocannon';
  /** Autocannon keeps none. */
  readonly history: HistoryName;
  readonly historyPath: string;
  readonly origin: string;
  readonly connections: number;
  readonly seconds: number;
}

export interface ClientResult {
  readonly requestsPerSecond: number;
  readonly failed: number;
  /** The client's own CPU time, µs a request. */
  readonly cpuUs: number;
}

/** What bench/load.ts uses of autocannon, which brings no types. */
type Autocannon = (options: {
  readonly url: string;
  readonly connections: number;
  readonly duration: number;
  readonly headers: Readonly<Record<string, string>>;
}) => Promise<{
  readonly requests: { readonly total: number };
  readonly duration: number;
  readonly non2xx: number;
  readonly errors: number;
}>;

async function runAutocannon({ origin, connections, seconds }: ClientRun) {
  const autocannon = createRequire(import.meta.url)('autocannon') as Autocannon;
  const headers = { 'x-op-id': 'bench:1' };
  const result = await autocannon({ url: origin, connections, duration: seconds, headers });
  const { requests, duration, non2xx, errors } = result;
  return { requests: requests.total, seconds: duration, failed: non2xx + errors };
}

async function runTarget(run: ClientRun & { readonly client: TargetName }) {
  const target = targets[run.client](run.origin, run.connections);
  const history = histories[run.history](run.historyPath);
  const inMemory: Operation[] = []; // as a run keeps them for its checker
  const zeroUs = systemClock.nowUs();
  const nowUs = () => systemClock.nowUs() - zeroUs;
  const endUs = run.seconds * 1_000_000;
  let started = 0;
  let failed = 0;
  const worker = (number: number, done: () => void) => {
    const id = `bench:${(started++).toString(36)}`;
    const startUs = nowUs();
    target.hit('hits', id, (answer) => {
      const operation: Operation = {
        ...{ id, key: 'hits', worker: number, intendedUs: startUs, startUs },
        ...{ endUs: nowUs(), ...answer },
      };
      if (answer.outcome !== 'ok') failed++;
      inMemory.push(operation);
      history.write(operation);
      if (operation.endUs < endUs) worker(number, done);
      else done();
    });
  };
  await Promise.all(
    Array.from(
      { length: run.connections },
      (_, number) => new Promise<void>((resolve) => worker(number, resolve)),
    ),
  );
  const seconds = nowUs() / 1e6;
  await target.close();
  await history.close();
  return { requests: inMemory.length, seconds, failed };
}

const run = JSON.parse(process.argv[2] ?? '') as ClientRun;
const { client } = run;
const before = process.cpuUsage();
const done = await (client === 'autocannon' ? runAutocannon(run) : runTarget({ ...run, client }));
const { user, system } = process.cpuUsage(before);
const result: ClientResult = {
  requestsPerSecond: done.requests / done.seconds,
  failed: done.failed,
  cpuUs: (user + system) / done.requests,
};
process.stdout.write(JSON.stringify(result));
