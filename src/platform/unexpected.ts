import { describeError, InfrastructureError } from '../model/errors.ts';
import { exitProcess } from './exit.ts';

/** Healing has deadlines of its own, all shorter; after this it will not come. */
const healingTimeoutMs = 180_000;

/**
 * An error that nobody awaits (thrown in a timer, in a stream's listener) must not end the process at
 * once, with a hold and a cluster left: `end` aborts what is going on, which then heals.
 */
export function healWhenUnexpected(end: (error: InfrastructureError) => void): void {
  process.on('uncaughtException', (error) => {
    process.exitCode = 3;
    process.stderr.write(`redis-k8s-chaos: unexpected: ${describeError(error)}\n${frames(error)}`);
    end(new InfrastructureError('the tool itself failed', { cause: error }));
    setTimeout(() => exitProcess(3), healingTimeoutMs).unref();
  });
}

/**
 * Output that goes to a file on a full disk, or to a reader who went away (`| head`), is lost; the run
 * goes on to its end, because it has things to heal.
 * @returns what was lost for another reason than a reader who wanted no more; null when nothing was
 */
export function outliveOutput(): () => Error | null {
  let lost: Error | null = null;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') lost ??= error;
    });
  }
  return () => lost;
}

/** Where it happened, for a bug report; the message may hold what others wrote, so only the frames. */
function frames(error: Error): string {
  const lines = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return lines.map((line) => `${line}\n`).join('');
}
