import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The shipped cluster.yaml, broken in one way each; the edits are checked to have hit, so that a
 * change of the shipped file cannot quietly turn a broken set-up into a healthy one.
 */
export type Breakage =
  | 'none'
  | 'no-start-script'
  | 'every-address'
  | 'no-replicas'
  | 'no-persistence'
  | 'liveness-elsewhere';

const shipped = () =>
  readFileSync(join(import.meta.dirname, '..', '..', 'manifests', 'cluster.yaml'), 'utf8');

function replace(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`cluster.yaml no longer holds ${from}`);
  return text.replace(from, to);
}

const breakages: Readonly<Record<Breakage, (text: string) => string>> = {
  none: (text) => text,
  // the server starts as it is; nobody rewrites its own address
  'no-start-script': (text) =>
    replace(
      text,
      'command: [/conf/update-node.sh]\n          args: [redis-server, /conf/redis.conf]',
      'command: [redis-server, /conf/redis.conf]',
    ),
  // the classic sed without the `myself` pattern: every node gets this pod's address
  'every-address': (text) => replace(text, '/^[^ ]+ [^ ]+ ([^ ]+,)?myself[, ]/{', '/^[0-9a-f]+ /{'),
  'no-replicas': (text) => replace(text, 'replicas: 6', 'replicas: 3'),
  // a probe of a port where nobody listens: ready at first, then killed again and again
  'liveness-elsewhere': (text) =>
    replace(
      text,
      'livenessProbe:\n            exec:\n              command: [redis-cli, ping]\n            periodSeconds: 10',
      'livenessProbe:\n            tcpSocket:\n              port: 7777\n            periodSeconds: 1',
    ),
  'no-persistence': (text) => replace(text, 'appendonly yes', 'appendonly no'),
};

/** Node timeout 2 s unless said: a test need not wait longer to see the same. */
export function clusterManifest(breakage: Breakage, nodeTimeoutMs = 2000): string {
  const text = replace(
    shipped(),
    'cluster-node-timeout 5000',
    `cluster-node-timeout ${nodeTimeoutMs}`,
  );
  return breakages[breakage](text);
}
