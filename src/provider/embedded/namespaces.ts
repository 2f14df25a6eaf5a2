import type { Tools } from './agent/image/tools.ts';

/** True when the tool is not root: everything then happens in a user namespace of its own. */
export function isRootless(): boolean {
  return process.getuid?.() !== 0;
}

/**
 * The command line that makes the node's namespaces and runs `script` with `sh` as PID 1 in them.
 * The shell stays: it reaps what is orphaned, which Node as PID 1 would not. Killing the returned
 * command kills everything (`--kill-child`), and the kernel kills it when the tool dies
 * (`--pdeathsig`; set after the user namespace, whose new credentials would clear it).
 */
export function inNewNode(
  tools: Tools,
  script: string,
  args: readonly string[],
): [string, string[]] {
  const chain = [
    ...(isRootless() ? [tools.unshare, '--user', '--map-root-user'] : []),
    tools.setpriv,
    '--pdeathsig',
    'KILL',
    tools.unshare,
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    tools.sh,
    '-c',
    script,
    'embedded-node',
    ...args,
  ];
  const [command = '', ...rest] = chain;
  return [command, rest];
}
