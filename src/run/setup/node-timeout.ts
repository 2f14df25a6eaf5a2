import type { KubeObject } from '../../model/kube-object.ts';
import { nodeTimeoutOfCommand, nodeTimeoutOfFile } from '../../redis/node-timeout-text.ts';
import type { Setup } from './setup.ts';
import { workloadsOf } from './wanted-pods.ts';

/**
 * The node timeout of a server that does not tell its settings (CONFIG renamed or denied), ms: what its
 * arguments in the manifests say wins, as it does in Redis; then the file that INFO says it read; then what
 * all ConfigMaps of the set-up agree on. Null: it is not known, and nobody may take it for the default.
 */
export function nodeTimeoutElsewhere(
  { objects, selector }: Pick<Setup, 'objects' | 'selector'>,
  configFile: string | null,
): number | null {
  const commands = workloadsOf(objects, selector, 'redis').flatMap(commandsOf).join('\n');
  const said = nodeTimeoutOfCommand(commands);
  if (said !== null) return said;
  const read = configFile === null ? null : nodeTimeoutOfFile(configFile);
  if (read !== null) return read;
  const texts = objects
    .filter(({ kind }) => kind === 'ConfigMap')
    .flatMap(({ data }) => Object.values((data ?? {}) as Readonly<Record<string, string>>));
  const found = new Set(
    texts.flatMap((text) => nodeTimeoutOfCommand(text) ?? nodeTimeoutOfFile(text) ?? []),
  );
  const [only] = found;
  return found.size === 1 ? (only ?? null) : null;
}

function commandsOf(object: KubeObject): readonly string[] {
  const spec = object.spec as {
    template?: { spec?: { containers?: readonly { command?: unknown; args?: unknown }[] } };
  };
  return (spec.template?.spec?.containers ?? []).map(({ command, args }) =>
    [command, args]
      .flat()
      .filter((word) => typeof word === 'string')
      .join(' '),
  );
}
