import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/model/kube-object.ts';
import { formsItself, wantedPods } from '../../../src/run/setup/wanted-pods.ts';

/** Goal: who forms the cluster is read from what a hook or Job does, not from its being there. */

function redis(postStart?: unknown): KubeObject {
  const server = { name: 'redis', image: 'redis:8.0', ports: [{ containerPort: 6379 }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'redis' },
    spec: {
      replicas: 6,
      template: {
        metadata: { labels: { app: 'redis' } },
        spec: { containers: [postStart ? { ...server, lifecycle: { postStart } } : server] },
      },
    },
  } as unknown as KubeObject;
}

const job = (command: readonly string[]) =>
  ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'job' },
    spec: { template: { spec: { containers: [{ name: 'job', image: 'redis:8.0', command }] } } },
  }) as unknown as KubeObject;

const script = (text: string) =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'scripts' },
    data: { 'form.sh': text },
  }) as unknown as KubeObject;

const hook = (...command: readonly string[]) => redis({ exec: { command } });
const create = 'redis-cli --cluster create $NODES --cluster-yes';

test.each([
  ['a Job with arguments', [redis(), job(['redis-cli', '--cluster', 'create', '10.0.0.1:6379'])]],
  ['a Job with a script', [redis(), job(['sh', '-c', `sleep 5\n${create}`])]],
  ['a Job with a mounted script', [redis(), job(['sh', '/scripts/form.sh']), script(create)]],
  ['a hook', [hook('sh', '-c', 'redis-cli -h redis-0 cluster meet $POD_IP 6379')]],
  [
    'a hook with a mounted script',
    [hook('/scripts/form.sh'), script('redis-cli CLUSTER ADDSLOTS 1')],
  ],
])('%s that forms the cluster', (_, objects) => {
  expect(formsItself(objects, null)).toBe(true);
});

test.each([
  ['nothing of the kind', [redis()]],
  ['a script that nobody but a start command may run', [redis(), script(create)]],
  ['a Job that loads data', [redis(), job(['redis-cli', '-c', 'set', 'hits', '0'])]],
  ['a hook that sets something', [hook('redis-cli', 'config', 'set', 'appendonly', 'yes')]],
  ['a hook that asks the cluster', [hook('sh', '-c', 'redis-cli cluster info; true')]],
])('%s does not form it', (_, objects) => {
  expect(formsItself(objects, null)).toBe(false);
});

test('pods wanted: the replicas of the Redis workload, and 1 of one that names no number', () => {
  const app = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'app' },
    spec: {
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'nginx:1' }] },
      },
    },
  } as unknown as KubeObject;
  expect(wantedPods([redis(), app, job(['true'])], null)).toEqual({ redis: 6, others: 1 });
});
