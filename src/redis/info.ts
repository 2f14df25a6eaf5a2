import { InfrastructureError } from '../model/errors.ts';
import type { ReplicationInfo } from '../model/view.ts';

/** INFO by section (lower case, as asked for) and field. */
export type Info = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What of INFO server tells one process and its build from another. */
export interface ServerInfo {
  /** `7.0.15`; Valkey reports a compatible `redis_version` too, so `valkey 8.1.1` for it. */
  readonly version: string;
  /** Changes with every start of the process. */
  readonly runId: string;
  /** `standalone`, `cluster` or `sentinel`. */
  readonly mode: string;
}

/**
 * Parses INFO: `# Section` headings, `name:value` lines, CRLF.
 * @throws InfrastructureError naming the line that is neither.
 */
export function parseInfo(text: string): Info {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | null = null;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const colon = line.indexOf(':');
    if (line.startsWith('#')) {
      section = new Map();
      sections.set(line.slice(1).trim().toLowerCase(), section);
    } else if (section && colon > 0) {
      section.set(line.slice(0, colon), line.slice(colon + 1).trimEnd());
    } else if (line.trim() !== '') {
      throw new InfrastructureError(
        `INFO line ${index + 1}: expected '# Section' or 'name:value', got '${line}'`,
      );
    }
  }
  return sections;
}

/** @throws InfrastructureError when INFO server is missing or has no version or run_id. */
export function serverInfo(info: Info): ServerInfo {
  const field = fieldsOf(info, 'server');
  const valkey = info.get('server')?.get('valkey_version');
  return {
    version: valkey ? `valkey ${valkey}` : field('redis_version'),
    runId: field('run_id'),
    // Valkey 8 renames it, and keeps the old name only in its compatibility mode.
    mode: info.get('server')?.get('server_mode') ?? field('redis_mode'),
  };
}

/** @throws InfrastructureError when INFO replication is missing or not of the known form. */
export function replicationInfo(info: Info): ReplicationInfo {
  const field = fieldsOf(info, 'replication');
  const role = field('role');
  if (role !== 'master' && role !== 'slave') {
    throw new InfrastructureError(`INFO replication: expected role master or slave, got '${role}'`);
  }
  const replicas = [...(info.get('replication') ?? [])].filter(([name]) =>
    /^(slave|replica)\d+$/.test(name),
  );
  const slave = role === 'slave';
  return {
    role,
    masterHost: slave ? field('master_host') : null,
    masterPort: slave ? portOf(field('master_port')) : null,
    masterLink: slave ? (field('master_link_status') === 'up' ? 'up' : 'down') : null,
    connectedReplicas: replicas.map(([, value]) => parseReplica(value)),
  };
}

/**
 * How far this server's data set is, in bytes of the replication stream: a master's own offset, a
 * replica's processed one. Null when INFO replication does not say.
 */
export function replicationOffset(info: Info): number | null {
  const fields = info.get('replication');
  const text = fields?.get(
    fields.get('role') === 'slave' ? 'slave_repl_offset' : 'master_repl_offset',
  );
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : null;
}

/** `ip=10.0.0.2,port=6379,state=online,offset=14,lag=1`; offset and lag are volatile, left out. */
function parseReplica(value: string): ReplicationInfo['connectedReplicas'][number] {
  const pairs = new Map(
    value.split(',').map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
    }),
  );
  const ip = pairs.get('ip');
  const port = pairs.get('port');
  const state = pairs.get('state');
  if (ip === undefined || port === undefined || state === undefined) {
    throw new InfrastructureError(
      `INFO replication: expected a replica's ip, port and state, got '${value}'`,
    );
  }
  return { ip, port: portOf(port), state };
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new InfrastructureError(`INFO replication: expected a port, got '${text}'`);
}

function fieldsOf(info: Info, section: string): (name: string) => string {
  return (name) => {
    const value = info.get(section)?.get(name);
    if (value !== undefined) return value;
    throw new InfrastructureError(
      `INFO ${section}: ${name} is missing (sections: ${[...info.keys()].join(', ') || 'none'})`,
    );
  };
}
