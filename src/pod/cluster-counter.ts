import { type Address, formatAddress, parseAddress } from '../redis/address.ts';
import { NotSentError } from '../redis/outcome.ts';
import type { Redirect } from '../redis/redirect.ts';
import { keySlot } from '../redis/slot.ts';
import { type Counter, type CounterResult, sendBudgetMs, unsent } from './counter.ts';
import { attemptIncrement, type Increment } from './increment.ts';
import { type LinkOptions, type NodeConnection, NodeLink } from './node-link.ts';
import { discoverSlots } from './slot-discovery.ts';
import { SlotMap } from './slot-map.ts';

const maxRedirects = 5;
const discoverEveryMs = 100;

/**
 * Counters in a Redis Cluster: routes by slot and follows MOVED and ASK, which is safe because the
 * server refused. All else is answered as it is, after a single attempt. The slot map is learnt anew,
 * in the background, after a MOVED and whenever a node cannot be reached.
 */
export class ClusterCounter implements Counter {
  readonly #seed: Address;
  readonly #options: LinkOptions;
  readonly #links = new Map<string, NodeLink>();
  readonly #slots = new SlotMap();
  #discovery: Promise<void> | null = null;
  #discoveredUs = Number.NEGATIVE_INFINITY;
  #turn = 0;

  constructor(seed: Address, options: LinkOptions) {
    this.#seed = seed;
    this.#options = options;
    void this.#discover();
  }

  async increment(increment: Increment): Promise<CounterResult> {
    const { clock } = this.#options;
    const deadlineUs = clock.nowUs() + sendBudgetMs * 1000;
    const slot = keySlot(increment.key);
    const redirects: string[] = [];
    let asking = false;
    let target = this.#slots.ownerOf(slot) ?? (await this.#discoverOwner(slot));
    for (;;) {
      let node: NodeConnection;
      try {
        node = await this.#acquire(target, slot, (deadlineUs - clock.nowUs()) / 1000);
      } catch (error) {
        void this.#discover();
        return unsent(error, redirects);
      }
      const { redirect, ...attempt } = await attemptIncrement(node.connection, increment, asking);
      if (attempt.outcome === 'indeterminate') this.#replace(target, node);
      if (!redirect || redirects.length >= maxRedirects) {
        return { ...attempt, node: `${node.nodeId}@${node.connection.remoteAddress}`, redirects };
      }
      target = this.#follow(redirect, node);
      asking = redirect.kind === 'ASK';
      redirects.push(`${redirect.kind} ${target}`);
    }
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  async #acquire(target: string | null, slot: number, waitMs: number): Promise<NodeConnection> {
    if (target === null) {
      const reason = new Error(`nobody is known to serve slot ${slot}`);
      throw new NotSentError(reason.message, {
        cause: Object.assign(reason, { code: 'no-slot-owner' }),
      });
    }
    return this.#link(target).acquire(Math.max(1, waitMs));
  }

  #link(target: string): NodeLink {
    let link = this.#links.get(target);
    if (!link) {
      link = new NodeLink(parseAddress(target), this.#options);
      this.#links.set(target, link);
    }
    return link;
  }

  #follow(redirect: Redirect, from: NodeConnection): string {
    const { host, port } = redirect.address;
    const target = formatAddress({ host: host || from.connection.address.host, port });
    if (redirect.kind === 'MOVED') {
      this.#slots.move(redirect.slot, target);
      void this.#discover();
    }
    return target;
  }

  #replace(target: string | null, node: NodeConnection): void {
    if (target !== null) this.#links.get(target)?.retire(node.connection);
    void this.#discover();
  }

  async #discoverOwner(slot: number): Promise<string | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, sendBudgetMs / 2);
    });
    await Promise.race([this.#discover(), late]);
    clearTimeout(timer);
    return this.#slots.ownerOf(slot);
  }

  /** One at a time and not too often: a storm of failing requests asks once. Never rejects. */
  #discover(): Promise<void> {
    const sinceMs = (this.#options.clock.nowUs() - this.#discoveredUs) / 1000;
    if (!this.#discovery && sinceMs < discoverEveryMs) return Promise.resolve();
    this.#discovery ??= this.#learn().finally(() => {
      this.#discoveredUs = this.#options.clock.nowUs();
      this.#discovery = null;
    });
    return this.#discovery;
  }

  async #learn(): Promise<void> {
    const ready = [...this.#links.values()].flatMap((link) => link.ready?.connection ?? []);
    // Another node each time: one that is cut off or stale would give the same answer for ever.
    const turn = ready.length > 0 ? this.#turn++ % ready.length : 0;
    const inTurn = [...ready.slice(turn), ...ready.slice(0, turn)];
    const found = await discoverSlots(inTurn, this.#seed, this.#options);
    if (!found) return;
    this.#slots.learn(found.ranges, found.host);
    const owners = this.#slots.owners();
    for (const [target, link] of this.#links) {
      if (owners.has(target)) continue;
      link.close();
      this.#links.delete(target);
    }
  }
}
