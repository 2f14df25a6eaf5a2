import { type Address, formatAddress } from '../redis/address.ts';
import { NotSentError } from '../redis/outcome.ts';
import { type Counter, type CounterResult, sendBudgetMs, unsent } from './counter.ts';
import { attemptIncrement, type Increment } from './increment.ts';
import type { MasterFinder } from './master-finder.ts';
import { type LinkOptions, type NodeConnection, NodeLink } from './node-link.ts';
import { notTheMaster } from './single-counter.ts';

const findEveryMs = 100;
/** How often the Sentinels are asked although all is well: a master that was demoted may be silent about it. */
const refreshMs = 1000;

/**
 * Counters in the master that Sentinels name: asked at the start, once a second, and whenever it cannot be
 * reached or refuses to be the master. A request is sent once, to whoever is named by then.
 */
export class SentinelCounter implements Counter {
  readonly #finder: Pick<MasterFinder, 'find'>;
  readonly #options: LinkOptions;
  #link: NodeLink | null = null;
  #finding: Promise<void> | null = null;
  #foundUs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(finder: Pick<MasterFinder, 'find'>, options: LinkOptions) {
    this.#finder = finder;
    this.#options = options;
    void this.#find();
  }

  async increment(increment: Increment): Promise<CounterResult> {
    if (this.#ageMs() > refreshMs) void this.#find();
    let node: NodeConnection;
    try {
      node = await this.#acquire();
    } catch (error) {
      void this.#find();
      return unsent(error, []);
    }
    const { redirect: _, ...attempt } = await attemptIncrement(node.connection, increment, false);
    if (attempt.outcome === 'indeterminate' || notTheMaster.has(attempt.errorClass)) {
      this.#link?.retire(node.connection);
      void this.#find();
    }
    return { ...attempt, node: `${node.nodeId}@${node.connection.remoteAddress}`, redirects: [] };
  }

  close(): void {
    this.#closed = true;
    this.#link?.close();
    this.#link = null;
  }

  async #acquire(): Promise<NodeConnection> {
    if (this.#link === null) await settledWithin(this.#find(), sendBudgetMs / 2);
    if (this.#link !== null) return this.#link.acquire(sendBudgetMs);
    const reason = new Error('no Sentinel names a master');
    throw new NotSentError(reason.message, { cause: Object.assign(reason, { code: 'no-master' }) });
  }

  #ageMs(): number {
    return (this.#options.clock.nowUs() - this.#foundUs) / 1000;
  }

  /** One at a time and not too often. Never rejects. */
  #find(): Promise<void> {
    if (this.#finding === null && this.#ageMs() < findEveryMs) return Promise.resolve();
    this.#finding ??= this.#follow().finally(() => {
      this.#foundUs = this.#options.clock.nowUs();
      this.#finding = null;
    });
    return this.#finding;
  }

  async #follow(): Promise<void> {
    const found = await this.#finder.find();
    if (found === null || this.#closed || sameAddress(found, this.#link?.address)) return;
    // what is in flight there keeps its own deadline
    this.#link?.close();
    this.#link = new NodeLink(found, this.#options);
  }
}

function sameAddress(a: Address, b: Address | undefined): boolean {
  return b !== undefined && formatAddress(a) === formatAddress(b);
}

async function settledWithin(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
