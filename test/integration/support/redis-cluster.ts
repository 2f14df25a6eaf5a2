import { waitFor } from '../../../src/platform/wait.ts';
import { parseClusterInfo } from '../../../src/redis/cluster-info.ts';
import { parseClusterNodes } from '../../../src/redis/cluster-nodes.ts';
import { parseInfo, replicationInfo } from '../../../src/redis/info.ts';
import { keySlot } from '../../../src/redis/slot.ts';
import { RedisProcess } from './redis-process.ts';

const signal = new AbortController().signal;

/** A Redis Cluster of three masters and, at will, a replica for each, as processes on loopback. */
export class RedisCluster {
  readonly servers: readonly RedisProcess[];

  private constructor(servers: readonly RedisProcess[]) {
    this.servers = servers;
  }

  static async start(options: {
    readonly replicas: boolean;
    readonly nodeTimeoutMs?: number;
  }): Promise<RedisCluster> {
    const args = [
      ...['--cluster-enabled', 'yes', '--repl-diskless-sync-delay', '0'],
      ...['--cluster-node-timeout', String(options.nodeTimeoutMs ?? 1500)],
      ...['--cluster-require-full-coverage', 'no'],
    ];
    const started = await Promise.allSettled(
      Array.from({ length: options.replicas ? 6 : 3 }, () => RedisProcess.start(args)),
    );
    const servers = started.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    );
    const cluster = new RedisCluster(servers);
    try {
      const failed = started.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      await cluster.#form();
      return cluster;
    } catch (error) {
      await cluster.dispose();
      throw error;
    }
  }

  /** Index of the server that says it is master of this key's slot. */
  async ownerOf(key: string): Promise<RedisProcess> {
    const slot = keySlot(key);
    for (const server of this.servers) {
      const nodes = await this.nodesSeenBy(server).catch(() => []);
      const self = nodes.find((node) => node.flags.includes('myself'));
      const owns = self?.slots.some((range) => {
        const [from, to = from] = range.split('-').map(Number);
        return from !== undefined && to !== undefined && from <= slot && slot <= to;
      });
      if (owns && self?.flags.includes('master')) return server;
    }
    throw new Error(`nobody owns ${key}`);
  }

  async nodesSeenBy(server: RedisProcess) {
    return parseClusterNodes(String(await server.call('CLUSTER', 'NODES')));
  }

  async dispose(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.dispose()));
  }

  async #form(): Promise<void> {
    const masters = this.servers.slice(0, 3);
    const ranges = [
      [0, 5460],
      [5461, 10922],
      [10923, 16383],
    ] as const;
    for (const [index, server] of this.servers.entries()) {
      await server.call('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
      const [from, to] = ranges[index] ?? [];
      if (from !== undefined) {
        await server.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
      }
    }
    const [first, ...others] = this.servers;
    for (const { port, busPort } of others) {
      await first?.call('CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPort));
    }
    await this.#until('every node known everywhere', async (server) => {
      const nodes = await this.nodesSeenBy(server);
      const joined = nodes.filter((node) => !node.flags.includes('handshake'));
      return { done: joined.length === this.servers.length, seen: `${joined.length} nodes` };
    });
    for (const [index, replica] of this.servers.slice(3).entries()) {
      const id = String(await masters[index]?.call('CLUSTER', 'MYID'));
      await replica.call('CLUSTER', 'REPLICATE', id);
    }
    await this.#until('state ok and links up', async (server) => {
      const { state } = parseClusterInfo(String(await server.call('CLUSTER', 'INFO')));
      const replication = replicationInfo(
        parseInfo(String(await server.call('INFO', 'replication'))),
      );
      const linked = masters.includes(server)
        ? replication.connectedReplicas.length === (this.servers.length === 6 ? 1 : 0)
        : replication.masterLink === 'up';
      return { done: state === 'ok' && linked, seen: `${state}, linked: ${linked}` };
    });
  }

  async #until(
    what: string,
    look: (server: RedisProcess) => Promise<{ done: boolean; seen: string }>,
  ): Promise<void> {
    for (const server of this.servers) {
      await waitFor({ what, timeoutMs: 30_000, everyMs: 50, signal }, async () => {
        const { done, seen } = await look(server);
        return done ? { done, value: null } : { done: false, seen };
      });
    }
  }
}
