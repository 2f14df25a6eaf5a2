import { lookup } from 'node:dns/promises';
import type { SlotRange } from '../model/view.ts';
import type { Address } from '../redis/address.ts';
import { parseClusterSlots } from '../redis/cluster-slots.ts';
import { type Connection, openConnection } from '../redis/connection.ts';
import type { LinkOptions } from './node-link.ts';

/** One server's answer; `host` stands for the endpoints that it left open. */
export interface Discovered {
  readonly ranges: readonly SlotRange[];
  readonly host: string;
}

/**
 * Asks for the slot map: first over the given connections, in order, then from the seed name, looked
 * up afresh (a restarted pod has a new address). Null when nobody knows of any slot.
 */
export async function discoverSlots(
  connections: readonly Connection[],
  seed: Address,
  options: LinkOptions,
): Promise<Discovered | null> {
  for (const connection of connections) {
    const found = await ask(connection);
    if (found) return found;
  }
  for (const address of await resolve(seed)) {
    const connection = await openConnection({ ...options, address }).catch(() => null);
    if (!connection) continue; // the next address, or the next round, may answer
    try {
      const found = await ask(connection);
      if (found) return found;
    } finally {
      connection.close();
    }
  }
  return null;
}

async function ask(connection: Connection): Promise<Discovered | null> {
  try {
    const ranges = parseClusterSlots(await connection.send(['CLUSTER', 'SLOTS']));
    return ranges.length > 0 ? { ranges, host: connection.address.host } : null;
  } catch {
    return null; // refused, not formed yet, or gone: somebody else is asked
  }
}

async function resolve({ host, port }: Address): Promise<Address[]> {
  try {
    const found = await lookup(host, { all: true });
    return found.slice(0, 8).map(({ address }) => ({ host: address, port }));
  } catch {
    return []; // no name yet (a headless Service without ready pods): tried again later
  }
}
