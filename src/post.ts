/** The Action's post step: undoes what a killed main step left, then ends the process. */
import { postStep } from './action/post-step.ts';
import { describeError, InterruptedError } from './model/errors.ts';
import { exitProcess } from './platform/exit.ts';

/** A cancelled job's last steps have 5 minutes; an undo has its own, shorter deadline. */
const timeoutMs = 240_000;

async function runStep(): Promise<number> {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => abort.abort(new InterruptedError(`stopped by ${signal}`)));
  }
  try {
    const until = AbortSignal.any([abort.signal, AbortSignal.timeout(timeoutMs)]);
    return (await postStep(until)) === 'success' ? 0 : 1;
  } catch (error) {
    process.stderr.write(`redis-k8s-chaos: cannot clean up: ${describeError(error)}\n`);
    return 1;
  }
}

void runStep().then(exitProcess);
