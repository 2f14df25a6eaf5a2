/** The Action's main step: runs the step, then ends the process. */
import { mainStep } from './action/main-step.ts';
import { describeError, InterruptedError } from './model/errors.ts';
import { exitProcess } from './platform/exit.ts';
import { healWhenUnexpected, outliveOutput } from './platform/unexpected.ts';
import { agentArgument } from './provider/embedded/agent-command.ts';

async function runStep(): Promise<number> {
  // The runner cancels with SIGINT, 7.5 s later SIGTERM, 2.5 s later the kill of the whole tree: the
  // first one heals and cleans up, and what is then left is in the journal for `post`.
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => abort.abort(new InterruptedError(`stopped by ${signal}`)));
  }
  healWhenUnexpected((error) => abort.abort(error));
  outliveOutput();
  try {
    return (await mainStep(abort.signal)) === 'success' ? 0 : 1;
  } catch (error) {
    process.stderr.write(`redis-k8s-chaos: ${describeError(error)}\n`);
    return 1;
  }
}

if (process.argv[2] === agentArgument) {
  // the embedded provider starts this very bundle again as its node's agent
  void import('./provider/embedded/agent/agent.ts').then(({ runAgent }) => runAgent());
} else {
  // A socket left open by a library must not keep the job waiting: everything of ours is closed by now.
  void runStep().then(exitProcess);
}
