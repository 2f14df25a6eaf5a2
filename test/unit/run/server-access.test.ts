import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/model/kube-object.ts';
import type { SetupPlan } from '../../../src/model/plan.ts';
import { refuseUnspeakable } from '../../../src/run/setup/server-access.ts';

/**
 * Goal: what this version cannot talk to, or not without a flag, is said before anything is touched,
 * where the manifests say it for sure; what a script may or may not do is left to the servers' answers.
 */
const configMap = (data: Readonly<Record<string, string>>): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf' }, data }) as KubeObject;

const workload = (
  args: readonly string[],
  more: { readonly env?: readonly unknown[]; readonly secret?: string } = {},
): KubeObject =>
  ({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'kv' },
    spec: {
      template: {
        metadata: { labels: { app: 'kv' } },
        spec: {
          containers: [
            { name: 'exporter', image: 'exporter', args: ['--port 0', '--tls-port 1'] },
            {
              name: 'server',
              image: 'redis:8',
              args,
              env: more.env ?? [],
              ports: [{ containerPort: 6379 }],
            },
          ],
          volumes: [
            { name: 'a', configMap: { name: 'conf' } },
            { name: 'b', secret: { secretName: more.secret ?? 'none' } },
          ],
        },
      },
    },
  }) as KubeObject;

const run = ['redis-server', '/conf/redis.conf'];
const auth: SetupPlan['auth'] = { kind: 'env', variable: 'PASSWORD' };

function refusalOf(
  server: KubeObject,
  others: readonly KubeObject[],
  given: SetupPlan['auth'] = null,
): string | null {
  try {
    refuseUnspeakable([server, ...others], [server], { auth: given });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
const ofFile = (text: string, given: SetupPlan['auth'] = null) =>
  refusalOf(workload(run), [configMap({ 'redis.conf': text })], given);

describe('TLS on the only port', () => {
  test('is refused with the flag to come, from a file and from arguments', () => {
    expect(ofFile('port 0\ntls-port 6379\n', auth)).toMatch(
      /TLS only \(port 0, tls-port 6379\).*--tls is to come/,
    );
    const args = ['redis-server', '--port', '0', '--tls-port', '6380'];
    expect(refusalOf(workload(args), [])).toContain('tls-port 6380');
  });
  test('is not what a plain port beside it, a comment or an unused file says', () => {
    expect(ofFile('port 6379\ntls-port 6380\n')).toBeNull();
    expect(ofFile('# port 0\n# tls-port 6379\n')).toBeNull();
    expect(
      refusalOf(workload(run), [configMap({ 'tls.conf': 'port 0\ntls-port 6379\n' })]),
    ).toBeNull();
    const won = workload([...run, '--port', '6379']);
    expect(refusalOf(won, [configMap({ 'redis.conf': 'port 0\ntls-port 6380\n' })])).toBeNull();
  });
});

describe('a password that is not given', () => {
  test('is asked for with the flag, and its value stays out of the words', () => {
    const said = ofFile('requirepass hunter22\n');
    expect(said).toContain('--auth env:VARIABLE or --auth secret:NAME/KEY');
    expect(said).not.toContain('hunter22');
    expect(refusalOf(workload(['redis-server', '--requirepass', '$(PASS)']), [])).toContain(
      '--auth',
    );
    expect(ofFile('user default on >hunter22 ~* +@all\n')).toContain('--auth');
  });
  test('the Secret that the server takes it from is named, as the flag wants it', () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'kv-auth' },
    } as KubeObject;
    const env = [
      { name: 'REDIS_PASSWORD', valueFrom: { secretKeyRef: { name: 'kv-auth', key: 'pw' } } },
    ];
    const server = workload([...run, '--requirepass', '$(REDIS_PASSWORD)'], { env });
    expect(refusalOf(server, [secret])).toContain('--auth secret:kv-auth/pw');
  });
  test('is no matter where it is given, empty, commented out, or up to a script', () => {
    expect(ofFile('requirepass hunter22\n', auth)).toBeNull();
    expect(ofFile('requirepass ""\n')).toBeNull();
    expect(ofFile('# requirepass hunter22\n')).toBeNull();
    expect(ofFile('requirepass foobared\nappendonly yes\nrequirepass ""\n')).toBeNull();
    expect(ofFile('requirepass ""\nrequirepass hunter22\n')).toContain('--auth');
    expect(ofFile('user default on nopass ~* +@all\n')).toBeNull();
    const script =
      '#!/bin/sh\n[ -n "$P" ] && echo "\nrequirepass $P" >> /conf/x\nexec redis-server\n';
    expect(refusalOf(workload(['/conf/start.sh']), [configMap({ 'start.sh': script })])).toBeNull();
    const inline = workload([
      'sh',
      '-c',
      'if [ "$P" ]; then exec redis-server --requirepass "$P"; fi',
    ]);
    expect(refusalOf(inline, [])).toBeNull();
  });
});

test('an argument that is empty is one, and wins over the file', () => {
  const files = [configMap({ 'redis.conf': 'requirepass foobared\nport 0\ntls-port 6379\n' })];
  const none = ['--requirepass', '', '--port', '6379'];
  expect(refusalOf(workload(['redis-server', ...none]), [])).toBeNull();
  expect(refusalOf(workload([...run, ...none]), files)).toBeNull();
  expect(refusalOf(workload([...run, '--requirepass', '']), files)).toContain('TLS only');
  expect(refusalOf(workload([...run, '--port', '6379']), files)).toContain('--auth');
  const other = configMap({
    'redis.conf': 'requirepass ""\n',
    'users.acl': 'user default on >x\n',
  });
  const acl = workload([...run, '--aclfile', '/conf/users.acl', '--requirepass', '']);
  expect(refusalOf(acl, [other])).toContain('--auth');
});

test('a default user that is switched off is refused, password or not', () => {
  const acl = configMap({
    'redis.conf': 'aclfile /conf/users.acl\n',
    'users.acl': 'user default off\nuser app on >x ~* +@all\n',
  });
  expect(refusalOf(workload(run), [acl], auth)).toContain('default user off; say as whom');
  expect(() =>
    refuseUnspeakable([workload(run), acl], [workload(run)], { auth, authUser: 'app' }),
  ).not.toThrow();
  expect(refusalOf(workload(run), [acl])).toContain('default user off');
});

test('a configuration in a Secret is read as well', () => {
  const data = { 'redis.conf': Buffer.from('requirepass hunter22\n').toString('base64') };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data } as KubeObject;
  expect(refusalOf(workload(run, { secret: 's' }), [secret])).toContain('redis.conf');
});
