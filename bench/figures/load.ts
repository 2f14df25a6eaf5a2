import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Lateness } from '../lateness.ts';
import { openOtherWork } from '../other-work.ts';
import type { Figure } from './figure.ts';

/**
 * A run's own load (`startRecordedLoad`) in a process of its own, as in a run, against the hit-counter's
 * page in another; what is said comes from the history.ndjson that it wrote. There is no Redis behind the
 * page: three busy processes on two cores wait for each other, which is the scheduler's slice and not the
 * generator's doing.
 */
export interface LoadServer extends Disposable {
  readonly origin: string;
  readonly pid: number;
}

const bench = join(import.meta.dirname, '..');

export async function startLoadServer(): Promise<LoadServer> {
  const program = join(bench, 'load-server.ts');
  const child: ChildProcess = spawn(process.execPath, [program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = child.stdout ? await once(child.stdout, 'data') : [''];
  return {
    origin: `http://127.0.0.1:${/\d+$/m.exec(String(line))?.[0]}`,
    pid: child.pid ?? 0,
    [Symbol.dispose]: () => child.kill('SIGKILL'),
  };
}

export interface Drive {
  readonly ratePerSecond: number;
  readonly seconds: number;
  /** Where history.ndjson goes. */
  readonly dir: string;
  /** Holds the generator up for so long three times a second. */
  readonly holdUpMs?: number;
}

export interface Driven {
  readonly lateness: Lateness;
  /** What the machine did beside it, in CPUs. */
  readonly otherCpus: number;
}

export async function drive(server: LoadServer, run: Drive): Promise<Driven> {
  const { ratePerSecond, seconds, dir, holdUpMs = 0 } = run;
  const args = [server.origin, ratePerSecond, seconds, dir, holdUpMs].map(String);
  const child = spawn(process.execPath, [join(bench, 'lateness-run.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const otherWork = openOtherWork([process.pid, server.pid, child.pid ?? 0]);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child.stdout, 'end'); // it still runs: its CPU time can be told from others'
  return { lateness: JSON.parse(output) as Lateness, otherCpus: otherWork() ?? 0 };
}

/** Lateness at a high rate beside that at a fifth of it: what the machine does comes to both. */
export function lateFigure(ratePerSecond: number, high: Lateness, low: Lateness): Figure {
  return {
    what: `99 % of ${ratePerSecond.toLocaleString('en')} requests a second start within`,
    measured: high.p99Ms,
    reference: low.p99Ms,
    of: `the same at ${(ratePerSecond / 5).toLocaleString('en')} a second`,
    unit: 'ms',
  };
}
