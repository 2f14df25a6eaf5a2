import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  haproxyEntrypoint,
  nodeEntrypoint,
  redisEntrypoint,
  serverEntrypoint,
} from '../../../../src/provider/embedded/agent/container/entrypoints.ts';

/**
 * Goal: each entry point runs what the public image's own would run.
 * Method: the script itself, in a folder of programs that only say how they were called.
 */
let bin: string;
let data: string;

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'entrypoint-'));
  bin = join(folder, 'bin');
  data = join(folder, 'data');
  for (const one of [bin, data]) mkdirSync(one);
});
afterEach(() => rmSync(join(bin, '..'), { recursive: true }));

const say = `#!/bin/sh\necho "RAN \${0##*/} $*"\n`;

function program(name: string, text = say): void {
  writeFileSync(join(bin, name), text);
  chmodSync(join(bin, name), 0o755);
}

/** Everything it said; the last line is what was run. */
function run(script: string, args: readonly string[], env: Record<string, string> = {}): string {
  program('docker-entrypoint.sh', script);
  const { stdout } = spawnSync(join(bin, 'docker-entrypoint.sh'), args, {
    cwd: data,
    encoding: 'utf8',
    env: { PATH: `${bin}:/usr/bin:/bin`, ...env },
  });
  return stdout.trim();
}

const ranLast = (text: string) => /RAN (.*)$/.exec(text)?.[1] ?? text;

/** A world in which we are root, and whoever changes that is told. */
function asRoot(capabilities: string): void {
  program('id', `#!/bin/sh\necho \${FAKE_UID-0}\n`);
  program(
    'setpriv',
    `#!/bin/sh
case "$1" in --dump) echo 'Capability bounding set: ${capabilities}'; exit ;; esac
while [ "\${1#--}" != "$1" ]; do
  [ "$1" = -- ] && { shift; break; }
  all="$all $1"; shift
done
[ "$1" = test ] && exec test -w "$4.usable"
echo "BECAME$all"
FAKE_UID=999 exec "$@"
`,
  );
  // its user is not one of this machine
  program(
    'find',
    '#!/bin/sh\ncase "$*" in *-user*) echo "GIVES $*" ;; *) exec /usr/bin/find "$@" ;; esac\n',
  );
  program('chown', '#!/bin/sh\necho "CHOWN $*"\n');
}

describe.each([
  ['redis before 8', serverEntrypoint('redis', true), 'redis-server'],
  ['redis from 8 on', redisEntrypoint(true), 'redis-server'],
  ['valkey', serverEntrypoint('valkey', true), 'valkey-server'],
])('%s', (_, script, server) => {
  beforeEach(() => {
    for (const name of [server, 'other']) program(name);
    program('id', '#!/bin/sh\necho 1000\n');
  });

  it.each([
    ['options', ['--port', '1'], `${server} --port 1`],
    ['a configuration', ['/a/redis.conf', '--port', '1'], `${server} /a/redis.conf --port 1`],
    ['the server', [server, 'x'], `${server} x`],
    ['another program', ['other', 'a b', '-c'], 'other a b -c'],
  ])('runs %s', (__, args, expected) => {
    expect(ranLast(run(script, args))).toBe(expected);
  });

  it('narrows the usual umask only', () => {
    program('other', '#!/bin/sh\necho "RAN $(umask)"\n');
    expect(ranLast(run(`#!/bin/sh\numask 0022\n${script}`, ['other']))).toBe('0077');
    expect(ranLast(run(`#!/bin/sh\numask 0002\n${script}`, ['other']))).toBe('0002');
  });

  it('becomes the user as root with the server, not with another program', () => {
    asRoot('chown,setgid,setuid');
    const user = server.replace('-server', '');
    if (script === serverEntrypoint(user as 'redis' | 'valkey', true)) {
      expect(run(script, [server])).toContain(`GIVES . ! -user ${user}`);
    }
    const became = run(script, [server]);
    expect(became).toMatch(new RegExp(`BECAME --reuid=${user} --regid=${user} --clear-groups`));
    expect(ranLast(became)).toBe(server);
    expect(run(script, ['other'])).toBe('RAN other');
  });
});

describe('the flags of the environment', () => {
  const env = { VALKEY_EXTRA_FLAGS: ' --cluster-announce-ip 10.0.0.1' };

  it('are appended by valkey, word by word, to any command, and once', () => {
    for (const name of ['valkey-server', 'other']) program(name);
    asRoot('chown');
    const valkey = serverEntrypoint('valkey', true);
    expect(ranLast(run(valkey, ['/a.conf'], env))).toBe(
      'valkey-server /a.conf --cluster-announce-ip 10.0.0.1',
    );
    expect(ranLast(run(valkey, ['other', 'x'], env))).toBe(
      'other x --cluster-announce-ip 10.0.0.1',
    );
  });

  it('mean nothing to redis', () => {
    program('redis-server');
    for (const script of [serverEntrypoint('redis', false), redisEntrypoint(false)]) {
      expect(ranLast(run(script, ['/a.conf'], env))).toBe('redis-server /a.conf');
    }
  });
});

describe('redis from 8 on, as root,', () => {
  const script = redisEntrypoint(true);
  const all = 'chown,setgid,setuid,net_raw';
  beforeEach(() => {
    for (const name of ['redis-server', 'redis-sentinel']) program(name);
    asRoot(all);
  });

  it('knows the server by its path, and the sentinel', () => {
    expect(run(script, [join(bin, 'redis-server')])).toContain('BECAME');
    expect(run(script, ['redis-sentinel', '/s.conf'])).toContain('BECAME');
    expect(run(script, ['redis-sentinel', '/s.conf'])).not.toContain('Starting Redis Server');
  });

  it('stays root where it is told so, or may not change', () => {
    expect(run(script, ['redis-server'], { SKIP_DROP_PRIVS: '1' })).not.toContain('BECAME');
    asRoot('chown,setgid');
    expect(run(script, ['redis-server'])).not.toContain('BECAME');
  });

  it('keeps sys_resource, and no other capability', () => {
    expect(run(script, ['redis-server'])).toMatch(/--bounding-set=-all$/m);
    asRoot(`${all},sys_resource`);
    expect(run(script, ['redis-server'])).toContain('--bounding-set=-all,+sys_resource');
  });

  it('gives away what the user cannot use, in a folder that holds data only', () => {
    writeFileSync(join(data, 'dump.rdb'), '');
    expect(run(script, ['redis-server'])).toMatch(/CHOWN redis \.\nCHOWN redis \.\/dump\.rdb/);
    writeFileSync(join(data, 'dump.rdb.usable'), '');
    expect(run(script, ['redis-server'])).toContain('permissions are left alone');
  });

  it('leaves a folder with anything else alone, and any folder where it is told so', () => {
    writeFileSync(join(data, 'nodes.conf'), '');
    expect(run(script, ['redis-server'])).not.toContain('CHOWN');
    rmSync(join(data, 'nodes.conf'));
    expect(run(script, ['redis-server'], { SKIP_FIX_PERMS: '1' })).not.toContain('CHOWN');
  });

  it('gives a configuration away where it lies alone', () => {
    const config = join(data, 'own', 'redis.conf');
    mkdirSync(join(data, 'own'));
    writeFileSync(config, '');
    expect(run(script, ['redis-server', config])).toContain(`CHOWN redis ${config}`);
    writeFileSync(join(data, 'own', 'b'), '');
    expect(run(script, ['redis-server', config])).not.toContain('CHOWN');
  });
});

it('node runs scripts and options, and any other program as it is', () => {
  for (const name of ['node', 'other']) program(name);
  writeFileSync(join(data, 'app.js'), '');
  expect(ranLast(run(nodeEntrypoint, ['app.js', '-x']))).toBe('node app.js -x');
  expect(ranLast(run(nodeEntrypoint, ['--version']))).toBe('node --version');
  expect(ranLast(run(nodeEntrypoint, ['./app.js']))).toBe('node ./app.js');
  expect(ranLast(run(nodeEntrypoint, ['other', 'a b']))).toBe('other a b');
});

it('haproxy stays in the foreground as master and worker', () => {
  for (const name of ['haproxy', 'other']) program(name);
  expect(ranLast(run(haproxyEntrypoint, ['-f', '/a.cfg']))).toBe('haproxy -W -db -f /a.cfg');
  expect(ranLast(run(haproxyEntrypoint, ['haproxy', '-f', '/a']))).toBe('haproxy -W -db -f /a');
  expect(ranLast(run(haproxyEntrypoint, ['other', '-f']))).toBe('other -f');
});
