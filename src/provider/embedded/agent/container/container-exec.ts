import { spawn } from 'node:child_process';
import { InfrastructureError } from '../../../../model/errors.ts';
import type { Tools } from '../image/tools.ts';
import type { Credentials } from '../kubelet/credentials.ts';

export interface ExecTarget {
  readonly pid: number;
  readonly credentials: Credentials;
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDir: string;
}

export interface ExecOutcome {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly timedOut: boolean;
}

/** How long output may still come after the program itself has ended. */
const afterExitMs = 500;

/**
 * Runs argv in a container's namespaces, with its environment, user and folder. It gets a process
 * group of its own, which is killed when the time is up, so that nothing stays behind.
 * @throws InfrastructureError when the program does not exist in the container
 */
export function execInContainer(
  tools: Tools,
  target: ExecTarget,
  argv: readonly string[],
  options: {
    readonly stdin?: Uint8Array;
    readonly timeoutMs: number;
    readonly signal?: AbortSignal;
  },
): Promise<ExecOutcome> {
  const args = [
    `--target=${target.pid}`,
    '--mount',
    '--uts',
    '--ipc',
    '--net',
    '--pid',
    tools.setpriv,
    ...target.credentials.setpriv,
    '--',
    '/usr/bin/env',
    `--chdir=${target.workingDir}`,
    ...argv,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(tools.nsenter, args, {
      env: target.environment,
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let timedOut = false;
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // it ended at this very moment
      }
    };
    const closePipes = () => {
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, options.timeoutMs);
    options.signal?.addEventListener('abort', kill, { once: true });
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => {}); // the program did not read it: its exit code says why
    child.stdin.end(options.stdin ?? '');
    child.on('error', (cause) =>
      reject(new InfrastructureError(`cannot run ${tools.nsenter}: ${cause.message}`, { cause })),
    );
    // A grandchild that keeps the pipes open must not keep the caller waiting for their 'close'.
    child.on('exit', () => setTimeout(closePipes, afterExitMs).unref());
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', kill);
      const errors = Buffer.concat(stderr);
      const missing = /^\/usr\/bin\/env: .*No such file or directory\s*$/.test(errors.toString());
      if (code === 127 && missing && stdout.length === 0) {
        return reject(
          new InfrastructureError(`exec: "${argv[0]}": executable file not found in $PATH`),
        );
      }
      resolve({
        exitCode: code ?? 128 + (signal === 'SIGKILL' ? 9 : signal === 'SIGTERM' ? 15 : 1),
        stdout: Buffer.concat(stdout),
        stderr: errors,
        timedOut,
      });
    });
  });
}
