import type { SlotRange } from '../model/view.ts';
import { formatAddress } from '../redis/address.ts';
import { slotCount } from '../redis/slot.ts';

/** Which address serves each slot, as far as this client has learnt. */
export class SlotMap {
  readonly #owners: (string | undefined)[] = new Array(slotCount).fill(undefined);

  ownerOf(slot: number): string | null {
    return this.#owners[slot] ?? null;
  }

  owners(): ReadonlySet<string> {
    const owners = new Set<string>();
    let last: string | undefined;
    for (const owner of this.#owners) {
      // ranges: a handful of changes in 16384 slots
      if (owner !== last && owner !== undefined) owners.add(owner);
      last = owner;
    }
    return owners;
  }

  /**
   * Takes over a CLUSTER SLOTS answer. Slots that it does not mention keep their owner: a node that
   * has just lost its configuration knows nothing, and to forget with it would help nobody.
   * @param askedHost stands for endpoints the server left open
   */
  learn(ranges: readonly SlotRange[], askedHost: string): void {
    for (const { from, to, nodes } of ranges) {
      const master = nodes[0];
      if (master === undefined || master.port === 0) continue;
      this.#owners.fill(
        formatAddress({ host: master.ip || askedHost, port: master.port }),
        from,
        to + 1,
      );
    }
  }

  /** Takes over what a MOVED said of one slot. */
  move(slot: number, address: string): void {
    this.#owners[slot] = address;
  }
}
