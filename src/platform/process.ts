import { type ChildProcess, spawn } from 'node:child_process';
import { InfrastructureError } from '../model/errors.ts';

export interface ProcessResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface ProcessOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly stdin?: Buffer | string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Lines of stderr as they come, for progress. */
  readonly onStderr?: (text: string) => void;
}

/**
 * Runs a program to its end, without a shell. A non-zero exit is a result.
 * @throws InfrastructureError when it cannot be started or runs past `timeoutMs` (it is killed, with
 * its process group); the signal's reason when aborted.
 */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessResult> {
  options.signal.throwIfAborted();
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...(options.env ? { env: options.env } : {}),
    ...(options.cwd ? { cwd: options.cwd } : {}),
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr.push(chunk);
    options.onStderr?.(chunk.toString('utf8'));
  });
  child.stdin.on('error', () => {}); // EPIPE: the program ended without reading; its exit code says why
  child.stdin.end(options.stdin ?? '');

  let failure: unknown;
  const stop = (reason: unknown) => {
    failure ??= reason;
    killGroup(child);
  };
  const onAbort = () => stop(options.signal.reason);
  options.signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(
    () =>
      stop(
        new InfrastructureError(
          `${command} ran longer than ${options.timeoutMs} ms and was killed: ${[command, ...args].join(' ')}; stderr so far: ${tail(stderr)}`,
        ),
      ),
    options.timeoutMs,
  );
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.on('error', (cause) =>
        reject(new InfrastructureError(`cannot run ${command}: ${cause.message}`, { cause })),
      );
      child.on('close', (code, signal) => resolve(code ?? 128 + signalNumber(signal)));
    });
    if (failure !== undefined) throw failure;
    return { exitCode, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) };
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', onAbort);
  }
}

/** As runProcess, but a non-zero exit is an InfrastructureError with the command and its stderr. */
export async function runOrThrow(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessResult> {
  const result = await runProcess(command, args, options);
  if (result.exitCode !== 0) {
    throw new InfrastructureError(
      `${[command, ...args].join(' ')} exited ${result.exitCode}: ${tail([result.stderr, result.stdout])}`,
    );
  }
  return result;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

function tail(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8').trim().slice(-800) || '(nothing)';
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === 'SIGKILL' ? 9 : signal === 'SIGTERM' ? 15 : signal === 'SIGINT' ? 2 : 1;
}
