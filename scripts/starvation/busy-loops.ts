import { spawn } from 'node:child_process';

/**
 * Programs that take all the CPU they get, until disposed of. They end with their parent: each looks once
 * a while whether it is still there.
 */
export function startBusyLoops(count: number): Disposable {
  const parent = process.pid;
  const loop = `let turns = 0; while (true) if (++turns % 1e8 === 0 && process.ppid !== ${parent}) process.exit();`;
  const loops = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', loop], { stdio: 'ignore' }),
  );
  return {
    [Symbol.dispose]: () => {
      for (const child of loops) child.kill('SIGKILL');
    },
  };
}
