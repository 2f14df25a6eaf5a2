import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../../../src/platform/wait.ts';
import { findProgram } from '../../../src/provider/embedded/agent/image/tools.ts';
import { undoEmbeddedNode } from '../../../src/provider/embedded/node-process.ts';
import { probeEmbedded } from '../../../src/provider/embedded/probe.ts';
import { openEmbedded } from '../../../src/provider/embedded/provider.ts';
import type { KubeObject, Provider, Undo } from '../../../src/provider/provider.ts';

/**
 * What only the embedded provider promises: nothing left behind, nothing of the host visible, local
 * programs as images, its LoadBalancer. What all providers promise is in test/contract.
 */
const signal = AbortSignal.timeout(600_000);
const isRoot = process.getuid?.() === 0;
const secret = 'very-secret-value';
const folder = mkdtempSync(join(tmpdir(), 'embedded-test-'));
const namedProgram = join(folder, 'redis-server');
const undos: Undo[] = [];
let provider: Provider;

const open = (log: Undo[] = []) =>
  openEmbedded({
    namespace: 'alone',
    undo: {
      record: async (undo) => {
        log.push(undo);
        return 'undo';
      },
      done: async () => {},
    },
    nodeProgram: process.execPath,
    images: [
      { from: 'mine/redis', to: namedProgram },
      { from: 'redis:6.0', to: join(folder, 'six', 'redis-server') },
      { from: 'redis:7.0', to: join(folder, 'seven', 'redis-server') },
    ],
    log: (line) => process.stderr.write(`${line}\n`),
    signal,
  });

const pod = (name: string, container: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: { containers: [{ name: 'main', image: 'redis:8.0', ...container }] },
});
const loadBalancer = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { type: 'LoadBalancer', selector: { app: name }, ports: [{ port: 80, targetPort: 7000 }] },
});
const node = (script: string) => ({ image: 'node:24', command: ['node', '-e', script] });

interface Status {
  readonly phase?: string;
  readonly containerStatuses?: {
    readonly state: { readonly waiting?: { reason: string; message: string } };
  }[];
}

async function statusOf(name: string, done: (status: Status) => boolean): Promise<Status> {
  return waitFor({ what: `pod ${name}`, timeoutMs: 20_000, everyMs: 20, signal }, async () => {
    const pods = await provider.list('Pod', null, signal);
    const status = (pods.find((each) => each.metadata.name === name)?.status ?? {}) as Status;
    return done(status)
      ? { done: true, value: status }
      : { done: false, seen: JSON.stringify(status) };
  });
}

async function run(name: string, argv: string[]): Promise<string> {
  const result = await provider.exec(name, 'main', argv, { timeoutMs: 10_000 }, signal);
  return result.stdout.toString() + result.stderr.toString();
}

beforeAll(async () => {
  const real = findProgram('redis-server') ?? findProgram('redis-check-rdb');
  if (!real) throw new Error('needs a local Redis server (redis-tools)');
  symlinkSync(real, namedProgram);
  for (const name of ['six', 'seven']) {
    const own = join(folder, name);
    mkdirSync(own);
    writeFileSync(join(own, 'neighbour'), `beside ${name}\n`);
    symlinkSync(realpathSync(real), join(own, 'redis-server-real'));
    const script = `#!/bin/sh\n[ "$1" = --version ] || echo '${own}/neighbour' >> /data/beside\nexec '${own}/redis-server-real'  "$@"\n`;
    writeFileSync(join(own, 'redis-server'), script, { mode: 0o755 });
  }
  provider = await open(undos);
});

afterAll(async () => {
  await provider?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

test('the rehearsal says yes here', async () => {
  expect(await probeEmbedded(signal)).toEqual({ ok: true });
  expect(findProgram('surely-not-a-program')).toBeNull();
});

test('a container sees nothing of the host but its programs', async () => {
  const env = [{ name: 'PASSWORD', value: secret }];
  await provider.apply([pod('inside', { command: ['sleep', '1000'], env })], signal);
  await statusOf('inside', ({ phase }) => phase === 'Running');
  expect((await run('inside', ['ls', '/', '-1'])).split('\n')).not.toContain('work');
  for (const path of ['/root', '/home', '/mnt', '/opt', '/srv']) {
    expect((await run('inside', ['find', path, '-type', 'f'])).trim()).toBe('');
  }
  const shadow = await run('inside', ['cat', '/etc/shadow']);
  expect(shadow).toContain('No such file');
  expect(await run('inside', ['cat', '/etc/hostname'])).toBe('inside\n');
  expect((await run('inside', ['sh', '-c', 'ls -d /proc/[0-9]* | wc -l'])).trim()).toMatch(
    /^[1-9]$/,
  );
  const turned = await run('inside', ['sh', '-c', 'echo 0 > /proc/sys/vm/swappiness']);
  expect(turned).toMatch(/Read-only|Permission denied/);
  expect(await run('inside', ['sh', '-c', 'touch /usr/bin/x'])).toMatch(
    /Read-only|Permission denied/,
  );
  const names = (await run('inside', ['env'])).split('\n').map((line) => line.split('=')[0]);
  expect(names).not.toContain('EMBEDDED_ROOTLESS');
  expect(names).not.toContain('NODE_CHANNEL_FD');
});

test('a secret is in no argument list of the machine', async () => {
  await statusOf('inside', ({ phase }) => phase === 'Running');
  const slow = provider.exec('inside', 'main', ['sleep', '1'], { timeoutMs: 5000 }, signal);
  for (const pid of processes()) expect(commandLine(pid)).not.toContain(secret);
  await slow;
  expect(await run('inside', ['printenv', 'PASSWORD'])).toBe(`${secret}\n`);
});

test('an image may be a local program; one that is unknown cannot be pulled, by name', async () => {
  await provider.apply(
    [
      pod('mapped', { image: 'mine/redis:1', args: ['--port', '7001', '--save', ''] }),
      pod('unknown', { image: 'bitnami/redis:8.0' }),
    ],
    signal,
  );
  await statusOf('mapped', ({ phase }) => phase === 'Running');
  const { containerStatuses } = await statusOf(
    'unknown',
    (status) => status.containerStatuses?.[0]?.state.waiting?.reason === 'ErrImagePull',
  );
  expect(containerStatuses?.[0]?.state.waiting?.message).toContain('bitnami/redis:8.0');
  await statusOf(
    'unknown',
    (status) => status.containerStatuses?.[0]?.state.waiting?.reason === 'ImagePullBackOff',
  );
  expect(provider.environment().fidelity.join('\n')).toMatch(
    /mine\/redis:1 is the local (Redis|Valkey) \d/,
  );
});

test('several programs by path run side by side, each with the files beside it', async () => {
  const image = (tag: string) => pod(`tag-${tag[0]}`, { image: `redis:${tag}` });
  await provider.apply([image('6.0'), image('7.0'), image('8.0')], signal);
  for (const name of ['tag-6', 'tag-7', 'tag-8']) {
    await statusOf(name, ({ phase }) => phase === 'Running');
  }
  const beside = (name: string) =>
    waitFor({ what: `a start of ${name}`, timeoutMs: 10_000, everyMs: 20, signal }, async () => {
      const seen = await run(name, ['sh', '-c', 'cat $(tail -1 /data/beside)']);
      return seen.startsWith('beside') ? { done: true, value: seen } : { done: false, seen };
    });
  expect(await beside('tag-6')).toBe('beside six\n');
  expect(await beside('tag-7')).toBe('beside seven\n');
  expect(await run('tag-7', ['sh', '-c', `touch ${folder}/seven/x`])).toMatch(/Read-only|denied/);
  expect(await run('tag-7', ['ls', folder])).toBe('seven\n');
  expect(await run('tag-8', ['sh', '-c', `ls -d ${folder} 2>&1`])).toContain('No such file');
});

test('the LoadBalancer carries much both ways, and the other half after one is closed', async () => {
  const echo =
    "require('net').createServer({allowHalfOpen:true},c=>{const b=[];c.on('data',d=>b.push(d));c.on('end',()=>c.end(Buffer.concat(b)))}).listen(7000)";
  await provider.apply([pod('echo', node(echo)), loadBalancer('echo')], signal);
  await statusOf('echo', ({ phase }) => phase === 'Running');
  const address = await provider.endpoint('echo', signal);
  const sent = Buffer.alloc(8_000_000, 'abcdefg');
  const received = await waitFor(
    { what: 'an echo', timeoutMs: 20_000, everyMs: 50, signal },
    async () => {
      const answer = await exchange(address, sent);
      return answer.length === sent.length
        ? { done: true, value: answer }
        : { done: false, seen: `${answer.length} bytes` };
    },
  );
  expect(received.equals(sent)).toBe(true);
});

test('connections end with the pod, and are reset while there is none', async () => {
  const talk =
    "require('net').createServer(c=>{c.write('hello');c.on('error',()=>{})}).listen(7000)";
  await provider.apply([pod('talk', node(talk)), loadBalancer('talk')], signal);
  await statusOf('talk', ({ phase }) => phase === 'Running');
  const address = await provider.endpoint('talk', signal);
  const socket = await waitFor<Socket>(
    { what: 'a connection', timeoutMs: 20_000, everyMs: 50, signal },
    async () => {
      const attempt = connect({ ...address, allowHalfOpen: true });
      const first = await new Promise<string>((resolve) => {
        attempt.on('error', (error) => resolve(error.message)); // it has not begun to listen
        attempt.once('data', (chunk) => resolve(String(chunk)));
      });
      return first === 'hello' ? { done: true, value: attempt } : { done: false, seen: first };
    },
  );
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const [talking] = (await provider.list('Pod', null, signal)).filter(
    (each) => each.metadata.name === 'talk',
  );
  if (!talking) throw new Error('no pod');
  const { name, uid = '' } = talking.metadata;
  await provider.deletePod({ name, uid }, { graceSeconds: 0, hold: false }, signal);
  socket.end();
  await closed;
  const late = connect(address);
  const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
});

test('any user may listen on any port, as container runtimes allow', async () => {
  const listen = "require('net').createServer(c=>c.end('low')).listen(80)";
  const container = { ...node(listen), securityContext: { runAsUser: 1000 } };
  await provider.apply([pod('low', container)], signal);
  await waitFor({ what: 'an answer', timeoutMs: 20_000, everyMs: 50, signal }, async () => {
    const status = await statusOf('low', ({ phase }) => phase === 'Running');
    const ip = (status as { podIP?: string }).podIP ?? '';
    const ask = `require('net').connect(80,'${ip}').on('error',()=>{}).pipe(process.stdout)`;
    const answer = await run('low', ['node', '-e', ask]);
    return answer === 'low' ? { done: true, value: null } : { done: false, seen: answer };
  });
});

test('two nodes on one machine do not meet', async () => {
  const other = await open();
  onTestFinished(() => other.dispose());
  expect(await other.list('Pod', null, signal)).toEqual([]);
  await other.apply([pod('inside', { command: ['sleep', '1000'] })], signal);
  await statusOf('inside', ({ phase }) => phase === 'Running');
});

test('after SIGKILL of the tool nothing of it is alive two seconds later', async () => {
  const tool = child(['27123']);
  expect(await said(tool, 'up')).toMatch(/^up uid=\d+/);
  const servers = () =>
    processes().filter((pid) => commandLine(pid).includes('redis-server *:27123'));
  expect(servers()).toHaveLength(3);
  tool.kill('SIGKILL');
  await waitFor({ what: 'the servers to end', timeoutMs: 2000, everyMs: 20, signal }, () => {
    const left = servers().length;
    return left === 0 ? { done: true, value: null } : { done: false, seen: `${left} alive` };
  });
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toMatch(/embedded|pod-namespaces/);
});

test.skipIf(!isRoot)('a plain user can run it too, where the kernel allows', async () => {
  const tool = child(
    ['27124', 'dispose'],
    ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
  );
  expect(await said(tool, 'disposed')).toContain('up uid=0');
});

test('the journalled undo ends a node, and leaves a younger process of that pid alone', async () => {
  const journal: Undo[] = [];
  const doomed = await open(journal);
  onTestFinished(() => doomed.dispose());
  const [undo] = journal;
  if (!undo) throw new Error('no undo was recorded');
  await undoEmbeddedNode({ ...undo, startTicks: 1 }, signal);
  expect(await doomed.list('Pod', null, signal)).toEqual([]);
  await undoEmbeddedNode(undo, signal);
  await expect(doomed.list('Pod', null, signal)).rejects.toThrow(/embedded node/);
  await undoEmbeddedNode(undo, signal);
});

test('an abort while it opens ends it again', async () => {
  const controller = new AbortController();
  const before = agents().length;
  const opening = openEmbedded({
    namespace: 'aborted',
    undo: { record: async () => 'undo', done: async () => {} },
    nodeProgram: process.execPath,
    images: [],
    log: () => {},
    signal: controller.signal,
  });
  controller.abort(new Error('enough'));
  await expect(opening).rejects.toThrow('enough');
  expect(agents()).toHaveLength(before);
});

function processes(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it ended meanwhile
  }
}

/** Our own nodes: other runs on this machine are none of our business. */
function agents(): string[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  return children.split(' ').filter((pid) => commandLine(pid).includes('embedded'));
}

function child(args: string[], prefix: string[] = []): ChildProcess {
  const [command = '', ...rest] = [
    ...prefix,
    process.execPath,
    join(import.meta.dirname, 'embedded-child.ts'),
    ...args,
  ];
  const tool = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' });
  onTestFinished(() => {
    tool.kill('SIGKILL');
  });
  return tool;
}

/** Everything the child has written when it writes `word`, or ends. */
async function said(tool: ChildProcess, word: string): Promise<string> {
  let text = '';
  for await (const chunk of tool.stdout ?? []) {
    text += String(chunk);
    if (text.includes(word)) return text;
  }
  throw new Error(`the child ended without "${word}"; it said: ${text}`);
}

/** Sends everything, closes its half, and gives what came until the end. */
async function exchange(address: { host: string; port: number }, sent: Buffer): Promise<Buffer> {
  const socket = connect(address);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {}); // reset: the answer is then too short
  socket.end(sent);
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks);
}
