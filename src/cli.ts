/** The command line: reads arguments and environment, calls down, sets the exit code. */
import { parseArguments } from './cli/arguments.ts';
import { describeError, InterruptedError, UsageError } from './model/errors.ts';
import { exitCodes } from './model/verdict.ts';
import { exitProcess } from './platform/exit.ts';
import { healWhenUnexpected, outliveOutput } from './platform/unexpected.ts';
import { agentArgument } from './provider/embedded/agent-command.ts';

const abort = new AbortController();

async function main(argv: readonly string[]): Promise<number> {
  const invocation = parseArguments(argv);
  switch (invocation.command) {
    case 'help': {
      const { helpText } = await import('./cli/help.ts');
      process.stdout.write(helpText(invocation.about));
      return 0;
    }
    case 'version': {
      const { toolVersion } = await import('./platform/tool-version.ts');
      process.stdout.write(`${toolVersion}\n`);
      return 0;
    }
    case 'run': {
      const { planFrom } = await import('./run/setup/plan-from.ts');
      const { runCommand } = await import('./cli/run-command.ts');
      const plan = await planFrom(invocation.planPath, invocation.flags, 'auto');
      return runCommand(plan, invocation, abort.signal);
    }
    case 'plan': {
      const { planCommand } = await import('./cli/plan-command.ts');
      return planCommand(invocation);
    }
    case 'clean': {
      const { cleanCommand } = await import('./cli/clean-command.ts');
      return cleanCommand(invocation, abort.signal);
    }
    case 'doctor': {
      const { doctorCommand } = await import('./cli/doctor-command.ts');
      return doctorCommand(invocation, abort.signal);
    }
    case 'manifests': {
      const { shippedTextWithApp } = await import('./kube/shipped.ts');
      process.stdout.write(await shippedTextWithApp(invocation.topology));
      return 0;
    }
    case 'schema': {
      const { schemaText } = await import('./cli/schema-command.ts');
      process.stdout.write(schemaText(invocation.of));
      return 0;
    }
    case 'check': {
      const { checkCommand } = await import('./cli/check-command.ts');
      return checkCommand(invocation);
    }
    case 'merge': {
      const { mergeCommand } = await import('./cli/merge-command.ts');
      return mergeCommand(invocation);
    }
    case 'compare': {
      const { compareCommand } = await import('./cli/compare-command.ts');
      return compareCommand(invocation);
    }
  }
}

function exitCodeOf(error: unknown): number {
  process.stderr.write(`redis-k8s-chaos: ${describeError(error)}\n`);
  if (error instanceof UsageError) return exitCodes.usage;
  return error instanceof InterruptedError ? exitCodes.interrupted : exitCodes.error;
}

if (process.argv[2] === agentArgument) {
  // the embedded provider starts this very bundle again as its node's agent
  void import('./provider/embedded/agent/agent.ts').then(({ runAgent }) => runAgent());
} else {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => abort.abort(new InterruptedError(`stopped by ${signal}`)));
  }
  healWhenUnexpected((error) => abort.abort(error));
  const lostOutput = outliveOutput();
  // A socket left open by a library must not keep the job waiting: everything of ours is closed by now.
  void main(process.argv.slice(2))
    .catch(exitCodeOf)
    .then((code) => exitProcess(code === 0 && lostOutput() !== null ? exitCodes.error : code));
}
