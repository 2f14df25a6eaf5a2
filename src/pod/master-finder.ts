import { lookup } from 'node:dns/promises';
import type { Clock } from '../platform/clock.ts';
import { type Address, formatAddress } from '../redis/address.ts';
import { type ConnectionOptions, openConnection } from '../redis/connection.ts';
import { masterAddress, masterNames } from '../redis/sentinel.ts';
import type { Login } from './logins.ts';

/** How the Sentinels are asked. */
export interface FinderOptions extends Login {
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly clock: Clock;
}

/**
 * Who the Sentinels say is the master of a name (redis.io, "Guidelines for Redis clients with support for
 * Sentinel"): they are asked in turn, and the first that knows it is believed; who is asked first next time
 * is another one, for one that is cut off or fresh goes on naming the old master.
 */
export class MasterFinder {
  readonly #name: string | null;
  readonly #sentinels: readonly Address[];
  readonly #options: FinderOptions;
  #turn = 0;

  /** `name`: null for the first by name of those that a Sentinel watches: most watch one. */
  constructor(name: string | null, sentinels: readonly Address[], options: FinderOptions) {
    this.#name = name;
    this.#sentinels = sentinels;
    this.#options = options;
  }

  /** Null when none of them knows the name, or none answers. */
  async find(): Promise<Address | null> {
    const all = await this.#addresses();
    const first = all.length > 0 ? this.#turn++ % all.length : 0;
    for (const address of [...all.slice(first), ...all.slice(0, first)]) {
      const found = await this.#ask(address).catch(() => null);
      if (found !== null) return found;
    }
    return null;
  }

  /** Behind one host name there may be several: a headless Service gives the address of each. */
  async #addresses(): Promise<readonly Address[]> {
    const resolved = await Promise.all(
      this.#sentinels.map(async ({ host, port }) => {
        const found = await lookup(host, { all: true }).catch(() => []);
        return found.length === 0
          ? [{ host, port }]
          : found.map(({ address }) => ({ host: address, port }));
      }),
    );
    const byText = new Map(resolved.flat().map((address) => [formatAddress(address), address]));
    return [...byText.values()];
  }

  async #ask(address: Address): Promise<Address | null> {
    const options: ConnectionOptions = { ...this.#options, address };
    const connection = await openConnection(options);
    try {
      const name =
        this.#name ?? masterNames(await connection.send(['SENTINEL', 'MASTERS'])).sort()[0];
      if (name === undefined) return null;
      return masterAddress(await connection.send(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]));
    } finally {
      connection.close();
    }
  }
}
