import { InfrastructureError } from '../model/errors.ts';
import type { ClusterNode } from '../model/view.ts';
import { parseAddress } from './address.ts';

/** nodes.conf: the same lines as CLUSTER NODES, then what the server has to remember beside them. */
export interface NodesConf {
  readonly nodes: readonly ClusterNode[];
  /** The `vars` line; null when the file has none (it is written last: a torn file lacks it). */
  readonly vars: { readonly currentEpoch: number; readonly lastVoteEpoch: number } | null;
}

/**
 * Parses CLUSTER NODES of Redis 3..8 and Valkey 7..9. A line is
 * `ID IP:PORT@BUS[,HOSTNAME[,NAME=VALUE…]] FLAGS MASTER PING PONG EPOCH LINK [SLOT…]`
 * (redis.io, CLUSTER NODES, "Serialization format"). An address is taken as it is printed, wrong or
 * not. Ping and pong times are left out: they change all the time.
 * @throws InfrastructureError naming the line that is not of this form.
 */
export function parseClusterNodes(text: string): ClusterNode[] {
  return numberedLines(text).map(({ line, number }) => parseLine(line, number, 'CLUSTER NODES'));
}

/**
 * Parses the file nodes.conf, which only Redis itself should write (cluster_legacy.c,
 * clusterLoadConfig). An empty file has no nodes and no vars.
 * @throws InfrastructureError naming the line that is not of this form.
 */
export function parseNodesConf(text: string): NodesConf {
  const nodes: ClusterNode[] = [];
  let vars: NodesConf['vars'] = null;
  for (const { line, number } of numberedLines(text)) {
    if (/^vars(\s|$)/.test(line)) vars = parseVars(line, number);
    else nodes.push(parseLine(line, number, 'nodes.conf'));
  }
  return { nodes, vars };
}

function numberedLines(text: string): { line: string; number: number }[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '');
}

function parseLine(line: string, number: number, source: string): ClusterNode {
  const fail = (what: string): never => {
    throw new InfrastructureError(`${source} line ${number}: ${what} in '${line}'`);
  };
  const [id, endpoint, flagText, master, ping, pong, epoch, link, ...slots] = line.split(/\s+/);
  if (!id || !/^[0-9a-f]{40}$/.test(id)) return fail('expected a node id of 40 hex digits');
  if (endpoint === undefined || !flagText) return fail('expected an address and flags');
  if (!master || !/^(-|[0-9a-f]{40})$/.test(master)) return fail('expected a master id or -');
  if (!isCount(ping) || !isCount(pong)) return fail('expected the ping and pong times');
  if (!isCount(epoch)) return fail('expected a config epoch');
  if (link !== 'connected' && link !== 'disconnected') return fail('expected the link state');
  const wrongSlot = slots.find((slot) => !isSlotField(slot));
  if (wrongSlot !== undefined) return fail(`'${wrongSlot}' is not a slot or a slot range`);
  return {
    id,
    ...(parseEndpoint(endpoint) ?? fail('expected IP:PORT@BUSPORT')),
    flags: flagText.split(',').filter((flag) => flag !== 'noflags'),
    masterId: master === '-' ? null : master,
    epoch: Number(epoch),
    linkState: link,
    slots,
  };
}

/** `10.0.0.1:6379@16379,host,shard-id=…`; without `@BUS` before Redis 4, `:0@0` when unknown. */
function parseEndpoint(text: string): Pick<ClusterNode, 'ip' | 'port' | 'busPort'> | null {
  const [address = ''] = text.split(',');
  const at = address.lastIndexOf('@');
  const bus = at < 0 ? null : address.slice(at + 1);
  if (bus !== null && !/^\d{1,5}$/.test(bus)) return null;
  try {
    const { host, port } = parseAddress(at < 0 ? address : address.slice(0, at));
    // Before Redis 4 the bus port is not printed: it always was the port plus 10000.
    return { ip: host, port, busPort: bus === null ? port + 10_000 : Number(bus) };
  } catch {
    return null; // the caller names the line, which says more than the address alone
  }
}

function parseVars(line: string, number: number): NonNullable<NodesConf['vars']> {
  const words = line.split(/\s+/).slice(1);
  const pairs = new Map<string, string | undefined>();
  for (let i = 0; i < words.length; i += 2) pairs.set(words[i] ?? '', words[i + 1]);
  const current = pairs.get('currentEpoch');
  const vote = pairs.get('lastVoteEpoch');
  if (!isCount(current) || !isCount(vote)) {
    throw new InfrastructureError(
      `nodes.conf line ${number}: expected 'vars currentEpoch N lastVoteEpoch N', got '${line}'`,
    );
  }
  return { currentEpoch: Number(current), lastVoteEpoch: Number(vote) };
}

const isCount = (text: string | undefined): text is string =>
  text !== undefined && /^\d+$/.test(text);

/** `7`, `0-5460`, and slots on the move: `[93-<-ID]`, `[77->-ID]`. */
function isSlotField(text: string): boolean {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$|^\[(\d{1,5})-[<>]-[0-9a-f]{40}\]$/.exec(text);
  if (!match) return false;
  const from = Number(match[1] ?? match[3]);
  const to = Number(match[2] ?? from);
  return from <= to && to < 16384;
}
