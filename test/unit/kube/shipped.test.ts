import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseManifests } from '../../../src/kube/manifest-text.ts';
import { podTemplatePath } from '../../../src/kube/pod-template.ts';
import { shippedManifests, shippedSecret, shippedTextWithApp } from '../../../src/kube/shipped.ts';
import { projectFolder, readShipped } from '../../../src/kube/shipped-files.ts';
import { asList, asMap, valueAt } from '../../../src/model/json-value.ts';
import { folderOf } from './manifest-files.ts';

async function shippedObjects(name: string) {
  return parseManifests((await readShipped(name)) ?? '', name);
}

async function clusterConfig(nodeTimeoutMs: number) {
  const objects = await shippedManifests('cluster', { nodeTimeoutMs });
  const data = asMap(objects.find(({ kind }) => kind === 'ConfigMap')?.data);
  return { conf: String(data['redis.conf']), script: String(data['update-node.sh']) };
}

describe('shippedManifests', () => {
  it('sets the node timeout and nothing else', async () => {
    const before = (await clusterConfig(5000)).conf;
    const after = (await clusterConfig(15_000)).conf;
    expect(before).toContain('\ncluster-node-timeout 5000\n');
    expect(after).toBe(before.replace('cluster-node-timeout 5000', 'cluster-node-timeout 15000'));
  });

  it('refuses a topology that is not shipped', async () => {
    const nodeTimeoutMs = 5000;
    await expect(shippedManifests('sentinel-proxy', { nodeTimeoutMs })).rejects.toThrow(
      'topology sentinel-proxy is not in this version',
    );
  });

  it('has six pods, a claim each, both ports, and the names of the contract', async () => {
    const objects = await shippedObjects('cluster');
    const set = objects.find(({ kind }) => kind === 'StatefulSet');
    expect(set).toMatchObject({
      metadata: { name: 'redis-cluster' },
      spec: {
        replicas: 6,
        podManagementPolicy: 'Parallel',
        template: { metadata: { labels: { app: 'redis-cluster' } } },
        volumeClaimTemplates: [
          { metadata: { name: 'data' }, spec: { resources: { requests: { storage: '1Gi' } } } },
        ],
      },
    });
    const service = objects.find(({ kind }) => kind === 'Service');
    expect(asList(valueAt(service, ['spec', 'ports'])).map((port) => asMap(port).port)).toEqual([
      6379, 16379,
    ]);
  });

  it('prints the Redis part and the app as one text that loads', async () => {
    const names = parseManifests(await shippedTextWithApp('cluster'), 'out').map(
      ({ kind, metadata }) => `${kind} ${metadata.name}`,
    );
    expect(names).toContain('StatefulSet redis-cluster');
    expect(names).toContain('Service hit-counter-lb');
  });
});

describe.each([
  'cluster',
  'cluster-auth',
  'standalone',
  'sentinel',
  'hit-counter',
  'observer',
])('%s.yaml', (name) => {
  it('passes Pod Security restricted', async () => {
    const templates = (await shippedObjects(name)).flatMap((object) => {
      const path = podTemplatePath(object);
      return path ? [asMap(valueAt(object, [...path, 'spec']))] : [];
    });
    expect(templates.length).toBeGreaterThan(0);
    for (const spec of templates) {
      expect(spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(asMap(spec.securityContext).runAsUser).toBeGreaterThan(0);
      for (const container of asList(spec.containers)) {
        expect(asMap(container).securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        });
      }
      const volumes = asList(spec.volumes).map((volume) => Object.keys(asMap(volume)).sort());
      for (const keys of volumes) {
        expect([
          ['configMap', 'name'],
          ['emptyDir', 'name'],
        ]).toContainEqual(keys);
      }
    }
  });
});

describe('the password of cluster-auth', () => {
  const nodeTimeoutMs = 5000;
  const secretOf = async (password?: string) => {
    const objects = await shippedManifests(
      'cluster-auth',
      password === undefined ? { nodeTimeoutMs } : { nodeTimeoutMs, password },
    );
    return objects.find(({ kind }) => kind === 'Secret');
  };

  it('is not in the file', async () => {
    const kinds = (await shippedObjects('cluster-auth')).map(({ kind }) => kind);
    expect(kinds).not.toContain('Secret');
    expect(shippedSecret('cluster')).toBeNull();
  });

  it('is a new one each time, in the Secret that the servers name', async () => {
    const place = shippedSecret('cluster-auth');
    const [one, two] = [await secretOf(), await secretOf()];
    expect(one?.metadata.name).toBe(place?.name);
    const value = (secret: typeof one) => asMap(secret?.stringData)[place?.key ?? ''];
    expect(value(one)).toMatch(/^[0-9a-f]{48}$/);
    expect(value(one)).not.toBe(value(two));
    const set = (await shippedObjects('cluster-auth')).find(({ kind }) => kind === 'StatefulSet');
    expect(JSON.stringify(set)).toContain(
      JSON.stringify({ secretKeyRef: { name: place?.name, key: place?.key } }),
    );
  });

  it('may be given', async () => {
    expect((await secretOf('known'))?.stringData).toEqual({ password: 'known' });
  });

  it('comes into the configuration as it is, and an empty one not at all', async () => {
    const objects = await shippedObjects('cluster-auth');
    const data = asMap(objects.find(({ kind }) => kind === 'ConfigMap')?.data);
    const folder = await folderOf({});
    const script = String(data['start.sh']).replaceAll('/run/redis', folder);
    const start = (password: string) =>
      spawnSync('sh', ['-c', script, 'start.sh', 'cat', join(folder, 'own.conf')], {
        env: { PATH: process.env.PATH, POD_IP: '10.0.0.7', REDISCLI_AUTH: password },
        encoding: 'utf8',
        timeout: 10_000,
      });
    const quoted = String.raw`"a\"b\\c $d"`;
    expect(start(String.raw`a"b\c $d`).stdout).toBe(
      `requirepass ${quoted}\nmasterauth ${quoted}\ncluster-announce-ip 10.0.0.7\n`,
    );
    const empty = start('');
    expect(empty.status).toBe(1);
    expect(empty.stderr).toContain('the password of the Secret is empty');
  });
});

describe('redis.conf', () => {
  it('has no directive that Redis 6.0 does not know', async () => {
    // From 6.0's own redis.conf; a directive that is unknown makes the server refuse to start.
    const known = new Set([
      'port',
      'dir',
      'protected-mode',
      'cluster-enabled',
      'cluster-config-file',
      'cluster-node-timeout',
      'cluster-require-full-coverage',
      'appendonly',
      'save',
      'repl-diskless-sync',
      'repl-diskless-sync-delay',
    ]);
    const { conf } = await clusterConfig(5000);
    const used = conf
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(' ')[0] ?? '');
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((directive) => !known.has(directive))).toEqual([]);
  });
});

describe('update-node.sh', () => {
  const peer = 'b 10.0.0.2:6379@16379,myself.example slave,fail? a 0 0 1 connected\n';
  const vars = 'vars currentEpoch 6 lastVoteEpoch 0\n';

  /** Runs the script on a nodes.conf; null: there is none. */
  async function run(nodesConf: string | null, podIp = '10.9.9.9') {
    const folder = await folderOf({
      'update-node.sh': (await clusterConfig(5000)).script,
      ...(nodesConf === null ? {} : { 'nodes.conf': nodesConf }),
    });
    const file = join(folder, 'nodes.conf');
    const { status, stderr, stdout } = spawnSync(
      'sh',
      [join(folder, 'update-node.sh'), 'echo', 'started'],
      { env: { PATH: process.env.PATH, POD_IP: podIp, NODES_CONF: file }, timeout: 10_000 },
    );
    const after = await readFile(file, 'utf8').catch(() => null);
    return { status, stderr: String(stderr), started: String(stdout).includes('started'), after };
  }

  it.each([
    ['an old address', '10.0.0.1:6379@16379', '10.9.9.9:6379@16379'],
    ['none', ':6379@16379', '10.9.9.9:6379@16379'],
    ['none and no port', ':0@0', '10.9.9.9:0@0'],
    ['IPv6', 'fd00::1:6379@16379', '10.9.9.9:6379@16379'],
    ['a spoilt one', '10.244.1.112.108:6379@16379', '10.9.9.9:6379@16379'],
    ['a placeholder', '{POD_IP}:6379@16379', '10.9.9.9:6379@16379'],
    [
      'hostname and shard id of Redis 7',
      '10.0.0.1:6379@16379,h.example,tls-port=0,shard-id=f00',
      '10.9.9.9:6379@16379,h.example,tls-port=0,shard-id=f00',
    ],
    ['its present address', '10.9.9.9:6379@16379', '10.9.9.9:6379@16379'],
  ])('puts the pod address in place of %s', async (_, before, expected) => {
    const own = (address: string) => `a ${address} myself,master - 0 0 1 connected 0-5460\n`;
    const result = await run(`${peer}${own(before)}${vars}`);
    expect(result).toMatchObject({
      status: 0,
      started: true,
      after: `${peer}${own(expected)}${vars}`,
    });
  });

  it('writes an IPv6 address', async () => {
    const { after } = await run(
      'a 10.0.0.1:6379@16379 myself,slave b 0 0 1 connected\n',
      'fd00::9',
    );
    expect(after).toBe('a fd00::9:6379@16379 myself,slave b 0 0 1 connected\n');
  });

  it('takes noaddr off, which is no longer true', async () => {
    const { after } = await run('a :0@0 myself,master,noaddr - 0 0 1 connected 5\n');
    expect(after).toBe('a 10.9.9.9:0@0 myself,master - 0 0 1 connected 5\n');
  });

  it('never writes into the line of a peer', async () => {
    const { after } = await run(`${peer}${vars}`);
    expect(after).toBe(`${peer}${vars}`);
  });

  it('starts the server when the file is missing or empty', async () => {
    expect(await run(null)).toMatchObject({ status: 0, started: true, after: null });
    expect(await run('')).toMatchObject({ status: 0, started: true, after: '' });
  });

  it.each(['', '{POD_IP}', '10.0.0.1;id'])('refuses POD_IP %j', async (podIp) => {
    const result = await run(peer, podIp);
    expect(result).toMatchObject({ status: 1, started: false, after: peer });
    expect(result.stderr).toContain('set it from status.podIP');
  });
});

it('projectFolder is the one with the manifests', async () => {
  expect(await readFile(join(projectFolder(), 'package.json'), 'utf8')).toContain(
    'redis-k8s-chaos',
  );
});
