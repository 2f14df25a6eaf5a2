import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The bundle, started with this as its first argument, is the embedded node's agent. */
export const agentArgument = '__embedded-agent';

/**
 * What Node must run to become the agent: from the sources its own entry file; from a bundle (where
 * esbuild leaves `import.meta.url` empty) the same bundle again with `agentArgument`.
 */
export function agentCommand(): readonly string[] {
  const here: string | undefined = import.meta.url;
  if (here?.endsWith('.ts')) {
    return [join(dirname(fileURLToPath(here)), 'agent', 'agent-main.ts')];
  }
  return [process.argv[1] ?? '', agentArgument];
}
