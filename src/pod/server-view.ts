import type { ServerView } from '../model/view.ts';
import { parseClusterInfo } from '../redis/cluster-info.ts';
import { parseClusterNodes } from '../redis/cluster-nodes.ts';
import { parseClusterSlots } from '../redis/cluster-slots.ts';
import type { Reply } from '../redis/connection.ts';
import { parseInfo, replicationInfo, replicationOffset, type ServerInfo } from '../redis/info.ts';
import { isReplyError } from '../redis/outcome.ts';

/** One look at a server: what it says of itself and the cluster, and how far its data set is. */
export interface ServerLook {
  readonly server: ServerView;
  readonly offset: number | null;
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
 * Reads the replies to lookCommands.
 * @throws the first error among them (LOADING, NOAUTH, a time-out…), or InfrastructureError when one
 * is not of the form it should have.
 */
export function readLook(identity: ServerInfo, replies: readonly Reply[]): ServerLook {
  const [ping, ...others] = replies;
  // A loading server answers INFO as if nothing were. What else PING refuses does not matter here:
  // a replica that must not serve stale data says MASTERDOWN, and its view is wanted all the same.
  if (isReplyError(ping) && ping.message.startsWith('LOADING')) throw ping;
  for (const reply of others) if (reply instanceof Error) throw reply;
  const [replicationText, myId, nodesText, slots, clusterText] = others;
  const info = parseInfo(String(replicationText));
  const base = { version: identity.version, runId: identity.runId };
  const replication = replicationInfo(info);
  const offset = replicationOffset(info);
  if (identity.mode !== 'cluster') {
    return {
      server: {
        ...base,
        clusterEnabled: false,
        myId: null,
        nodes: [],
        slots: [],
        clusterState: null,
        currentEpoch: null,
        replication,
      },
      offset,
    };
  }
  const cluster = parseClusterInfo(String(clusterText));
  return {
    server: {
      ...base,
      clusterEnabled: true,
      myId: String(myId),
      // Redis lists its dictionaries in an order that changes by itself.
      nodes: parseClusterNodes(String(nodesText)).sort((a, b) => compare(a.id, b.id)),
      slots: parseClusterSlots(slots).sort((a, b) => a.from - b.from),
      clusterState: cluster.state,
      currentEpoch: cluster.currentEpoch,
      replication,
    },
    offset,
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
