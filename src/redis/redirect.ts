import type { Address } from './address.ts';
import { parseAddress } from './address.ts';

/** A server's answer that another one owns the slot: nothing was executed. */
export interface Redirect {
  readonly kind: 'MOVED' | 'ASK';
  readonly slot: number;
  /** Host `''`: the host that was asked, on this port (cluster-preferred-endpoint-type unknown). */
  readonly address: Address;
}

/** Reads `MOVED 3999 10.0.0.1:6381` or `ASK …`; null for any other error. */
export function parseRedirect(error: unknown): Redirect | null {
  const match = /^(MOVED|ASK) (\d{1,5}) (\S+)$/.exec(error instanceof Error ? error.message : '');
  if (!match) return null;
  const [, kind, slot, target = ''] = match;
  try {
    const address = parseAddress(target);
    return {
      kind: kind === 'ASK' ? 'ASK' : 'MOVED',
      slot: Number(slot),
      address: address.host === '?' ? { ...address, host: '' } : address,
    };
  } catch {
    return null; // a redirect to nowhere is an error reply like any other: rejected
  }
}
