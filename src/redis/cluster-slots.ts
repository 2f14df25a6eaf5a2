import { InfrastructureError } from '../model/errors.ts';
import type { SlotRange } from '../model/view.ts';
import { slotCount } from './slot.ts';

/**
 * Parses the RESP2 reply of CLUSTER SLOTS: `[[FROM, TO, [ENDPOINT, PORT, ID, META?], …], …]`, the
 * master first (redis.io, CLUSTER SLOTS). An unknown endpoint (null, or `?` for a missing hostname)
 * becomes `''`, for which a client has to use the host it asked; with `hostname` as the preferred
 * endpoint it is the name, as clients get it. Servers before Redis 4 give no id: `''`.
 * @throws InfrastructureError naming the entry that is not of this form.
 */
export function parseClusterSlots(reply: unknown): SlotRange[] {
  if (!Array.isArray(reply)) {
    throw new InfrastructureError(`CLUSTER SLOTS: expected a list, got ${show(reply)}`);
  }
  return reply.map(parseRange);
}

function parseRange(entry: unknown, index: number): SlotRange {
  const fail = (what: string): never => {
    throw new InfrastructureError(`CLUSTER SLOTS entry ${index}: ${what} in ${show(entry)}`);
  };
  if (!Array.isArray(entry)) return fail('expected a list');
  const [from, to, ...nodes] = entry;
  if (!isSlot(from) || !isSlot(to) || from > to) return fail('expected a slot range 0..16383');
  if (nodes.length === 0) return fail('expected at least one node');
  return {
    from,
    to,
    nodes: nodes.map((node: unknown) => {
      const [host, port, id = ''] = Array.isArray(node) ? node : [];
      if (!(typeof host === 'string' || host === null) || !isPort(port) || typeof id !== 'string') {
        return fail('expected [endpoint, port, id]');
      }
      return { ip: host === null || host === '?' ? '' : host, port, id };
    }),
  };
}

const isSlot = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < slotCount;

const isPort = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65535;

const show = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 200);
