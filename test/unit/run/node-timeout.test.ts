import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/model/kube-object.ts';
import { nodeTimeoutElsewhere } from '../../../src/run/setup/node-timeout.ts';

/** Goal: the node timeout of a server whose CONFIG is renamed is read elsewhere, or is not known. */
const server = (
  words: { command?: readonly string[]; args?: readonly string[] } = {},
): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'redis' },
  spec: {
    template: {
      metadata: { labels: { app: 'redis' } },
      spec: { containers: [{ name: 'redis', image: 'redis:8.0', ...words }] },
    },
  },
});
const conf = (name: string, text: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { 'redis.conf': text },
});
const found = (objects: readonly KubeObject[], file: string | null = null) =>
  nodeTimeoutElsewhere({ objects, selector: null }, file);
const args = { args: ['/conf/redis.conf', '--cluster-node-timeout', '7000'] };
const five = 'port 6379\n  cluster-node-timeout 5000\n';

describe('it is', () => {
  test.each<[string, readonly KubeObject[], string | null, number | null]>([
    ['an argument, which wins over the file', [server(args)], five, 7000],
    [
      'an argument in a command of one string',
      [server({ command: ['sh', '-c', 'exec redis-server --cluster-node-timeout 3000 --port 1'] })],
      five,
      3000,
    ],
    [
      'the file that the server read',
      [server(), conf('a', 'cluster-node-timeout 9000')],
      five,
      5000,
    ],
    ['its last line of several', [server()], `${five}cluster-node-timeout 6000\n`, 6000],
    ['no comment', [server()], '# cluster-node-timeout 5000\n', null],
    ['what the ConfigMap says', [server(), conf('a', five)], null, 5000],
    [
      'what a script in a ConfigMap passes on',
      [server(), conf('a', `exec redis-server --cluster-node-timeout 4000`)],
      null,
      4000,
    ],
    ['what two ConfigMaps agree on', [server(), conf('a', five), conf('b', five)], null, 5000],
    [
      'not known where they do not',
      [server(), conf('a', five), conf('b', 'cluster-node-timeout 1')],
      null,
      null,
    ],
    ['not known where nobody says', [server(), conf('a', 'port 6379')], 'port 6379\n', null],
  ])('%s', (_, objects, file, expected) => {
    expect(found(objects, file)).toBe(expected);
  });
});
