import type { Address } from '../redis/address.ts';
import { type Counter, type CounterResult, sendBudgetMs, unsent } from './counter.ts';
import { attemptIncrement, type Increment } from './increment.ts';
import { type LinkOptions, type NodeConnection, NodeLink } from './node-link.ts';

/**
 * Refusals of a server that is no master any more: behind a Service's address a kept connection
 * would stay with it for ever, a new one goes where the Service points now.
 */
export const notTheMaster: ReadonlySet<string | null> = new Set([
  'READONLY',
  'MASTERDOWN',
  'NOREPLICAS',
]);

/** Counters in the one Redis behind a fixed name: the master's Service of a Sentinel set-up. */
export class SingleCounter implements Counter {
  readonly #link: NodeLink;

  constructor(address: Address, options: LinkOptions) {
    this.#link = new NodeLink(address, options);
  }

  async increment(increment: Increment): Promise<CounterResult> {
    let node: NodeConnection;
    try {
      node = await this.#link.acquire(sendBudgetMs);
    } catch (error) {
      return unsent(error, []);
    }
    const { redirect: _, ...attempt } = await attemptIncrement(node.connection, increment, false);
    if (attempt.outcome === 'indeterminate' || notTheMaster.has(attempt.errorClass)) {
      this.#link.retire(node.connection);
    }
    return { ...attempt, node: `${node.nodeId}@${node.connection.remoteAddress}`, redirects: [] };
  }

  close(): void {
    this.#link.close();
  }
}
