import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { ClientResult, ClientRun } from './load-client.ts';

export interface Contestant extends Pick<ClientRun, 'client' | 'history'> {
  readonly name: string;
}

export interface Round {
  readonly autocannon: ClientResult;
  readonly others: readonly ClientResult[];
}

export interface RoundsOptions extends Pick<ClientRun, 'origin' | 'connections' | 'seconds'> {
  readonly rounds: number;
  /** Where the histories go, one at a time. */
  readonly dir: string;
}

/**
 * Every round drives the server with autocannon and with each of the others, one after the other, each
 * in a process of its own; every second round in the opposite order.
 */
export function playRounds(options: RoundsOptions, others: readonly Contestant[]): Round[] {
  const autocannon: Contestant = { name: 'autocannon', client: 'autocannon', history: 'none' };
  return Array.from({ length: options.rounds }, (_, number) => {
    const all = [autocannon, ...others];
    const order = number % 2 === 0 ? all : all.toReversed();
    const results = new Map(order.map((one) => [one.name, drive(options, one)]));
    const resultOf = ({ name }: Contestant) => results.get(name) as ClientResult;
    return { autocannon: resultOf(autocannon), others: others.map(resultOf) };
  });
}

function drive(options: RoundsOptions, { name, client, history }: Contestant): ClientResult {
  const { origin, connections, seconds } = options;
  const historyPath = join(options.dir, 'history.ndjson');
  const run: ClientRun = { client, history, historyPath, origin, connections, seconds };
  const program = join(import.meta.dirname, 'load-client.ts');
  const output = execFileSync(process.execPath, [program, JSON.stringify(run)], {
    timeout: (seconds + 30) * 1000,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const result = JSON.parse(output.toString('utf8')) as ClientResult;
  // a few time out where the machine is busy; more, and something else was measured
  const mostFailed = 0.001 * result.requestsPerSecond * seconds;
  if (result.failed > mostFailed) throw new Error(`${name}: ${result.failed} requests failed`);
  process.stderr.write(`${name}: ${result.requestsPerSecond.toFixed(0)}/s, `);
  process.stderr.write(`${result.cpuUs.toFixed(1)} µs of CPU a request\n`);
  return result;
}

/** Median, least and most. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [
    sorted[Math.ceil(half) - 1],
    sorted[Math.floor(half)],
  ];
  return {
    median: (low + high) / 2,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  };
}

/** The requests a second of one contestant over autocannon's of the same round. */
export function ratios(rounds: readonly Round[], index: number): Spread {
  return spread(
    rounds.map(
      ({ autocannon, others }) =>
        (others[index]?.requestsPerSecond ?? Number.NaN) / autocannon.requestsPerSecond,
    ),
  );
}
