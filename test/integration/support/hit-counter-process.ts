import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { waitFor } from '../../../src/platform/wait.ts';
import type { RedisProcess } from './redis-process.ts';

const program = join(import.meta.dirname, '..', '..', '..', 'src', 'pod', 'main.ts');

/** The hit-counter as a process on loopback, in front of one Redis, which it reaches when `start` returns. */
export class HitCounterProcess {
  readonly origin: string;
  readonly pid: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: string) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.origin = `http://127.0.0.1:${port}`;
  }

  static async start(redis: RedisProcess): Promise<HitCounterProcess> {
    const child = spawn(process.execPath, [program, 'hit-counter'], {
      env: {
        PORT: '0',
        REDIS_MODE: 'single',
        REDIS_HOST: '127.0.0.1',
        REDIS_PORT: String(redis.port),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    process.once('exit', () => child.kill('SIGKILL'));
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const signal = new AbortController().signal;
    const wait = { what: 'the hit-counter', timeoutMs: 20_000, everyMs: 20, signal };
    return waitFor(wait, async () => {
      const port = /listens on port (\d+)/.exec(output)?.[1];
      if (port === undefined) return { done: false, seen: output };
      const { status } = await fetch(`http://127.0.0.1:${port}/?key=ready`);
      return status === 200
        ? { done: true, value: new HitCounterProcess(child, port) }
        : { done: false, seen: `status ${status}` };
    });
  }

  async dispose(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }
}
