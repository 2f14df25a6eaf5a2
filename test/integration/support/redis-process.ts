import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../../src/platform/wait.ts';
import { type Connection, openConnection } from '../../../src/redis/connection.ts';

/** Debian's redis-tools holds the server's program under another name: it looks at argv[0]. */
const program = ['/usr/bin/redis-server', '/usr/bin/redis-check-rdb'].find((path) =>
  existsSync(path),
);

/** Ended with this process, whatever becomes of the test. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A real redis-server on a loopback port, without persistence, in its own temporary folder. */
export class RedisProcess {
  readonly port: number;
  readonly #args: readonly string[];
  readonly #dir: string;
  #child: ChildProcess | null = null;

  private constructor(port: number, dir: string, args: readonly string[]) {
    this.port = port;
    this.#dir = dir;
    this.#args = args;
  }

  static async start(args: readonly string[] = []): Promise<RedisProcess> {
    const [port, busPort] = await freePorts(2);
    if (port === undefined) throw new Error('no free port');
    const dir = await mkdtemp(join(tmpdir(), 'rkc-redis-'));
    const bus = args.includes('--cluster-enabled') ? ['--cluster-port', String(busPort)] : [];
    const server = new RedisProcess(port, dir, [...args, ...bus]);
    await server.launch();
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** 0 when it does not run. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get busPort(): number {
    return Number(this.#args[this.#args.indexOf('--cluster-port') + 1]);
  }

  async launch(): Promise<void> {
    if (!program) throw new Error('no Redis server here: apt-get install redis-tools');
    const child = spawn(
      program,
      [
        ...['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#dir],
        ...['--save', '', '--appendonly', 'no', '--protected-mode', 'no', ...this.#args],
      ],
      { argv0: 'redis-server', stdio: 'ignore' },
    );
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    await waitFor(
      {
        what: `redis-server on ${this.port}`,
        timeoutMs: 10_000,
        everyMs: 20,
        signal: new AbortController().signal,
      },
      async () => {
        if (child.exitCode !== null) throw new Error(`redis-server exited ${child.exitCode}`);
        try {
          const connection = await this.connect();
          connection.close();
          return { done: true, value: null };
        } catch (error) {
          return { done: false, seen: String(error) };
        }
      },
    );
  }

  connect(password: string | null = null): Promise<Connection> {
    return openConnection({
      address: { host: '127.0.0.1', port: this.port },
      password,
      connectTimeoutMs: 1000,
      commandTimeoutMs: 5000,
    });
  }

  /** The text of nodes.conf as it is on disk now. */
  nodesConf(): Promise<string> {
    return readFile(join(this.#dir, 'nodes.conf'), 'utf8');
  }

  async call(...argv: string[]): Promise<unknown> {
    const connection = await this.connect();
    try {
      return await connection.send(argv);
    } finally {
      connection.close();
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** SIGKILL (which also ends a stopped process), waiting until it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.#dir, { recursive: true, force: true });
  }
}

/** Ports that nobody listens on just now, taken together so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Server>((resolve, reject) => {
          const server = createServer().once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
