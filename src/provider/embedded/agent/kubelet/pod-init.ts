import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { InfrastructureError } from '../../../../model/errors.ts';
import type { Tools } from '../image/tools.ts';

/** PID 1 of a process namespace that a pod's containers share: the pause container of Kubernetes. */
export interface PodInit {
  /** As the node sees it. */
  readonly pid: number;
  /** Ends it and, with it, every process of the namespace. */
  end(): void;
}

/** Reaps orphans (dash's and bash's `wait` collect every child) and does nothing else. */
const script = 'echo up; exec >&- 2>&-; sleep 2147483647 & while :; do wait; done';

/** @throws InfrastructureError when it cannot be started */
export function startPodInit(tools: Tools): Promise<PodInit> {
  const args = ['--pid', '--fork', '--kill-child', tools.sh, '-c', script];
  const child = spawn(tools.unshare, args, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', (cause) =>
      reject(new InfrastructureError(`cannot run ${tools.unshare}: ${cause.message}`, { cause })),
    );
    child.on('exit', (code) =>
      reject(
        new InfrastructureError(
          `a pod's shared process namespace could not be made: ${errors.trim() || `exit ${code}`}`,
        ),
      ),
    );
    child.stdout.once('data', () => {
      const file = `/proc/${child.pid}/task/${child.pid}/children`;
      const pid = Number(readFileSync(file, 'utf8').trim().split(' ')[0]);
      resolve({
        pid,
        end: () => {
          try {
            process.kill(pid, 'SIGKILL');
          } catch {
            // it is gone already
          }
        },
      });
    });
  });
}
