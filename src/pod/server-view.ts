import { InfrastructureError } from '../model/errors.ts';
import type { ServerView } from '../model/view.ts';
import { parseClusterInfo } from '../redis/cluster-info.ts';
import { parseClusterNodes } from '../redis/cluster-nodes.ts';
import { parseClusterSlots } from '../redis/cluster-slots.ts';
import type { Connection, Reply } from '../redis/connection.ts';
import {
  parseInfo,
  replicationInfo,
  replicationOffset,
  type ServerInfo,
  serverInfo,
} from '../redis/info.ts';
import { isReplyError } from '../redis/outcome.ts';
import type { Examination, ServerOffset } from './examination.ts';

/**
 * Looks at a data server, in cluster mode or not.
 * @throws InfrastructureError when it is a Sentinel.
 */
export async function examineDataServer(connection: Connection): Promise<Examination> {
  const identity = serverInfo(parseInfo(String(await connection.send(['INFO', 'server']))));
  if (identity.mode === 'sentinel') {
    throw new InfrastructureError(`expected a data server, got a Sentinel ${identity.version}`);
  }
  const commands = lookCommands(identity);
  return {
    ask: () => connection.pipeline(commands),
    digest: lookDigest,
    read: (replies) => ({ server: readLook(identity, replies) }),
    offset: lookOffset,
  };
}

/** What is asked in each look, in one write. INFO server is not: it stays as long as the process. */
export function lookCommands(identity: ServerInfo): readonly (readonly string[])[] {
  const always = [['PING'], ['INFO', 'replication']];
  if (identity.mode !== 'cluster') return always;
  return [
    ...always,
    ['CLUSTER', 'MYID'],
    ['CLUSTER', 'NODES'],
    ['CLUSTER', 'SLOTS'],
    ['CLUSTER', 'INFO'],
  ];
}

/**
 * Numbers that change by themselves and of which no view speaks: offsets, lags, ages and counters of INFO
 * replication and CLUSTER INFO; in CLUSTER NODES the times of ping and pong, before the epoch.
 */
const volatile =
  /(?<=\b(?:master_repl_offset|slave_repl_offset|slave_read_repl_offset|second_repl_offset|offset|lag|repl_backlog_first_byte_offset|repl_backlog_histlen|master_last_io_seconds_ago|cluster_stats_messages_\w+)[:=])-?\d+/g;
const pingPong = / \d+ \d+(?= \d+ (?:connected|disconnected)\b)/g;

/**
 * A text that is the same for two looks only where readLook makes the same view of both: the replies
 * as they came, less what changes by itself. Most looks see nothing new, and reading them was most of
 * the observer's work. Null where a reply other than PING's is an error: that is always looked into.
 */
export function lookDigest(replies: readonly Reply[]): string | null {
  const [ping, info, myId, nodes, slots, cluster] = replies;
  for (const reply of replies.slice(1)) if (reply instanceof Error) return null;
  return [
    String(ping),
    String(info).replace(volatile, ''),
    String(myId),
    String(nodes).replace(pingPong, ''),
    JSON.stringify(slots),
    String(cluster).replace(volatile, ''),
  ].join('\0');
}

/** Of the replies to a look that was read, or that has the digest of one that was: see replicationOffset. */
export function lookOffset(replies: readonly Reply[]): ServerOffset | null {
  const info = parseInfo(String(replies[1]));
  const offset = replicationOffset(info);
  return offset === null ? null : { role: replicationInfo(info).role, offset };
}

/**
 * Reads the replies to lookCommands: what the server says of itself and of the cluster.
 * @throws the first error among them (LOADING, NOAUTH, a time-out…), or InfrastructureError when one
 * is not of the form it should have.
 */
export function readLook(identity: ServerInfo, replies: readonly Reply[]): ServerView {
  const [ping, ...others] = replies;
  // A loading server answers INFO as if nothing were. What else PING refuses does not matter here:
  // a replica that must not serve stale data says MASTERDOWN, and its view is wanted all the same.
  if (isReplyError(ping) && ping.message.startsWith('LOADING')) throw ping;
  for (const reply of others) if (reply instanceof Error) throw reply;
  const [replicationText, myId, nodesText, slots, clusterText] = others;
  const info = parseInfo(String(replicationText));
  const base = { version: identity.version, runId: identity.runId };
  const replication = replicationInfo(info);
  if (identity.mode !== 'cluster') {
    return {
      ...base,
      clusterEnabled: false,
      myId: null,
      nodes: [],
      slots: [],
      clusterState: null,
      currentEpoch: null,
      replication,
    };
  }
  const cluster = parseClusterInfo(String(clusterText));
  return {
    ...base,
    clusterEnabled: true,
    myId: String(myId),
    // Redis lists its dictionaries in an order that changes by itself.
    nodes: parseClusterNodes(String(nodesText)).sort((a, b) => compare(a.id, b.id)),
    slots: parseClusterSlots(slots).sort((a, b) => a.from - b.from),
    clusterState: cluster.state,
    currentEpoch: cluster.currentEpoch,
    replication,
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
