import { InfrastructureError } from '../model/errors.ts';
import type { SentinelMaster } from '../model/view.ts';
import type { Address } from './address.ts';

/** What a Sentinel answers about one master: SENTINEL REPLICAS NAME and SENTINEL SENTINELS NAME. */
export interface MasterReplies {
  readonly replicas: unknown;
  readonly sentinels: unknown;
}

/** The fields that are read; all others change by themselves, or say what these say. */
const stable = {
  masters: [
    ...['name', 'ip', 'port', 'flags', 'config-epoch', 'quorum'],
    ...['down-after-milliseconds', 'failover-timeout'],
  ],
  replicas: ['ip', 'port', 'flags', 'master-host', 'master-port', 'master-link-status'],
  sentinels: ['ip', 'port', 'runid', 'flags'],
} as const;
type List = keyof typeof stable;
const read: Readonly<Record<List, ReadonlySet<unknown>>> = {
  masters: new Set(stable.masters),
  replicas: new Set(stable.replicas),
  sentinels: new Set(stable.sentinels),
};

/**
 * The names of the masters in the reply to SENTINEL MASTERS, in its order.
 * @throws InfrastructureError when the reply is not of the known form.
 */
export function masterNames(masters: unknown): string[] {
  return entriesOf(masters, 'masters').map((entry) => entry.text('name'));
}

/**
 * Parses what a Sentinel of Redis 5..8 or Valkey says of its masters: lists of flat lists `[NAME, VALUE, …]`
 * in RESP2 (redis.io, "Sentinel API"). All lists are sorted: the Sentinel's own order is that of a hash table.
 * @param repliesOf what it answered about the master of this name
 * @throws InfrastructureError naming the list and the entry that is not of this form.
 */
export function parseSentinelMasters(
  masters: unknown,
  repliesOf: (name: string) => MasterReplies,
): SentinelMaster[] {
  return entriesOf(masters, 'masters')
    .map((entry) => {
      const name = entry.text('name');
      const { replicas, sentinels } = repliesOf(name);
      return {
        name,
        ip: entry.text('ip'),
        port: entry.count('port'),
        flags: entry.flags(),
        configEpoch: entry.count('config-epoch'),
        quorum: entry.count('quorum'),
        downAfterMs: entry.count('down-after-milliseconds'),
        failoverTimeoutMs: entry.count('failover-timeout'),
        replicas: entriesOf(replicas, 'replicas').map(replicaOf).sort(byAddress),
        sentinels: entriesOf(sentinels, 'sentinels').map(sentinelOf).sort(byAddress),
      };
    })
    .sort((a, b) => compare(a.name, b.name));
}

/**
 * Reads the reply to SENTINEL GET-MASTER-ADDR-BY-NAME: `[HOST, PORT]`; null when it knows no such master.
 * @throws InfrastructureError when it is neither.
 */
export function masterAddress(reply: unknown): Address | null {
  if (reply === null) return null;
  const [host, port]: unknown[] = Array.isArray(reply) ? reply : [];
  if (typeof host === 'string' && typeof port === 'string' && /^\d{1,5}$/.test(port)) {
    return { host, port: Number(port) };
  }
  throw new InfrastructureError(
    `SENTINEL GET-MASTER-ADDR-BY-NAME: expected an address, got ${show(reply)}`,
  );
}

/**
 * A text that is the same for two replies only where they are read as the same. Null where it is no list:
 * that is for the parser to say.
 */
export function stableText(reply: unknown, list: List): string | null {
  if (!Array.isArray(reply)) return null;
  let text = '';
  for (const entry of reply) {
    if (!Array.isArray(entry)) return null;
    for (let i = 0; i < entry.length; i += 2) {
      if (read[list].has(entry[i])) text += `${entry[i]}\0${entry[i + 1]}\0`;
    }
    text += '\n';
  }
  return text;
}

/** `?` and 0 stand for what a replica has not told yet, as after a failover one that is down. */
function replicaOf(entry: Entry): SentinelMaster['replicas'][number] {
  const host = entry.text('master-host');
  const port = entry.count('master-port');
  const known = host !== '?' && host !== '' && port !== 0;
  return {
    ip: entry.text('ip'),
    port: entry.count('port'),
    flags: entry.flags(),
    masterHost: known ? host : null,
    masterPort: known ? port : null,
    masterLinkStatus: known ? entry.text('master-link-status') : null,
  };
}

function sentinelOf(entry: Entry): SentinelMaster['sentinels'][number] {
  return {
    ip: entry.text('ip'),
    port: entry.count('port'),
    runId: entry.text('runid'),
    flags: entry.flags(),
  };
}

interface Entry {
  text(field: string): string;
  count(field: string): number;
  flags(): string[];
}

function entriesOf(reply: unknown, list: List): Entry[] {
  const command = `SENTINEL ${list.toUpperCase()}`;
  if (!Array.isArray(reply)) {
    throw new InfrastructureError(`${command}: expected a list, got ${show(reply)}`);
  }
  return reply.map((flat: unknown, index) => {
    const where = `${command} entry ${index}`;
    if (!Array.isArray(flat) || flat.length % 2 === 1) {
      throw new InfrastructureError(`${where}: expected names and values, got ${show(flat)}`);
    }
    const text = (field: string): string => {
      for (let i = 0; i < flat.length; i += 2) {
        const value: unknown = flat[i + 1];
        if (flat[i] === field && typeof value === 'string') return value;
      }
      throw new InfrastructureError(`${where}: ${field} is missing in ${show(flat)}`);
    };
    return {
      text,
      count: (field) => {
        const digits = text(field);
        if (/^\d+$/.test(digits)) return Number(digits);
        throw new InfrastructureError(
          `${where}: expected a number as ${field}, got '${digits.slice(0, 100)}'`,
        );
      },
      flags: () => text('flags').split(',').filter(Boolean).sort(),
    };
  });
}

interface Addressed {
  readonly ip: string;
  readonly port: number;
  /** Two Sentinels may be known by one address: one of them is a ghost. */
  readonly runId?: string;
}

const byAddress = (a: Addressed, b: Addressed): number =>
  compare(a.ip, b.ip) || a.port - b.port || compare(a.runId ?? '', b.runId ?? '');

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const show = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 200);
