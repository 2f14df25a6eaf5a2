import { spawn } from 'node:child_process';

export interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
}

/** A program whose output is followed while it runs. Its group is killed by `kill`. */
export interface Started {
  readonly ended: Promise<Ended>;
  output(): string;
  signal(name: NodeJS.Signals): void;
  kill(): void;
}

export function start(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Started {
  const child = spawn(command, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, output }));
  });
  return {
    ended,
    output: () => output,
    signal: (name) => child.kill(name),
    kill() {
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL');
      } catch {
        // it has ended
      }
    },
  };
}
