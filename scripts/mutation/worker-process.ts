import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Mutant } from './mutants.ts';
import type { Answer, Baseline, Fate, Request, TestName } from './protocol.ts';

/** Modules that were made for a mutant are never given back by the engine: start anew from here on. */
const enoughMb = 900;
/** V8 aborts when a mutant fills the heap: it loops as much as one that takes for ever. */
const outOfMemory = 'SIGABRT';

/** Optimised code does not count its calls: what gets hot would seem never to run. */
const coverageFlags = ['--no-opt', '--no-maglev', '--no-sparkplug'];

/** A worker process, started when needed and again when it has grown or was broken by a mutant. */
export class WorkerProcess implements Disposable {
  #child: ChildProcess | null = null;

  async baseline(mutants: readonly Mutant[]): Promise<Baseline> {
    const answer = await this.#ask({ kind: 'baseline', mutants }, coverageFlags);
    if (answer?.kind !== 'baseline') throw new Error('the tests run out of memory unmutated');
    this[Symbol.dispose]();
    return answer.baseline;
  }

  async try(mutant: Mutant, tests: readonly TestName[]): Promise<Fate> {
    const answer = await this.#ask({ kind: 'try', mutant, tests });
    if (answer === null) return { fate: 'hung', file: '', why: 'out of memory' };
    if (answer.kind !== 'fate') throw new Error(`${answer.kind} is no answer to a mutant`);
    if (answer.memoryMb > enoughMb) this[Symbol.dispose]();
    return answer.fate;
  }

  [Symbol.dispose](): void {
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }

  /** Null when the process ran out of memory. */
  async #ask(request: Request, flags: readonly string[] = []): Promise<Answer | null> {
    this.#child ??= fork(join(import.meta.dirname, 'worker.ts'), {
      execArgv: [
        '--experimental-vm-modules',
        '--no-warnings',
        '--max-old-space-size=1500',
        ...flags,
      ],
      env: { ...process.env, MUTATION: '1' },
    });
    const child = this.#child;
    const ended = new AbortController();
    child.send(request);
    const [answer, signal] = await Promise.race([
      once(child, 'message', ended).then(([message]) => [message as Answer, null] as const),
      once(child, 'exit', ended).then(([, by]) => [null, by as string | null] as const),
    ]).finally(() => ended.abort());
    if (answer?.kind === 'broken') throw new Error(answer.message);
    if (answer === null) {
      this.#child = null;
      if (signal !== outOfMemory) throw new Error(`a worker ended by itself (${signal})`);
    }
    return answer;
  }
}
