import { InfrastructureError } from '../../model/errors.ts';
import type { Stage } from '../stage.ts';
import type { RedisServer } from '../watch/world.ts';

/** Where a pod's processes listen, as the kernel has it. */
export interface Listening {
  /** Ports that others can reach. */
  readonly open: readonly number[];
  /** Ports that only the pod itself can reach. */
  readonly loopback: readonly number[];
}

const execTimeoutMs = 10_000;
/** `st` of a listening socket (Linux, include/net/tcp_states.h). */
const listenState = '0A';

/**
 * What the pod's network namespace listens on, read inside of the server's container; null where that
 * is not to be had (no `cat` in the image).
 */
export async function listeningPorts(
  { provider, signal }: Pick<Stage, 'provider' | 'signal'>,
  server: RedisServer,
): Promise<Listening | null> {
  const argv = ['cat', '/proc/net/tcp', '/proc/net/tcp6'];
  try {
    const { stdout } = await provider.exec(
      server.pod,
      server.container,
      argv,
      { timeoutMs: execTimeoutMs },
      signal,
    );
    return parseListening(stdout.toString('utf8'));
  } catch (error) {
    if (error instanceof InfrastructureError) return null;
    throw error;
  }
}

/** Parses /proc/net/tcp and tcp6 (proc(5)): addresses are hexadecimal words, ports too. */
export function parseListening(text: string): Listening {
  const open = new Set<number>();
  const loopback = new Set<number>();
  for (const line of text.split('\n')) {
    const match = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /.exec(
      line,
    );
    if (!match || match[3] !== listenState) continue;
    const [, address = '', port = ''] = match;
    const set = isLoopback(address) ? loopback : open;
    set.add(Number.parseInt(port, 16));
  }
  const ascending = (ports: Iterable<number>) => [...ports].sort((a, b) => a - b);
  return {
    open: ascending(open),
    loopback: ascending([...loopback].filter((port) => !open.has(port))),
  };
}

/** 127.0.0.0/8 in the machine's byte order (little-endian), ::1, and the first in IPv6's form. */
function isLoopback(address: string): boolean {
  return (
    /^[0-9A-F]{6}7F$/.test(address) ||
    address === '00000000000000000000000001000000' ||
    /^0{16}FFFF0000[0-9A-F]{6}7F$/.test(address)
  );
}
