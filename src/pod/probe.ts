import type { Clock } from '../platform/clock.ts';
import { formatAddress, parseAddress } from '../redis/address.ts';
import { classify, NotSentError } from '../redis/outcome.ts';
import { parseRedirect } from '../redis/redirect.ts';
import type { Login } from './logins.ts';
import { type NodeConnection, NodeLink } from './node-link.ts';
import type { ProbeTransition } from './observer-protocol.ts';
import type { SlotOwner } from './slot-owner.ts';

export interface ProbeOptions {
  readonly key: string;
  readonly slot: number;
  readonly login: Login;
  readonly clock: Clock;
  /** Who serves the slot by the newest views; null when nobody reachable claims it. */
  readonly owner: () => SlotOwner | null;
  /** The owner at this address, if that is one of the servers looked at. */
  readonly known: (address: string) => SlotOwner | null;
  readonly onTransition: (transition: ProbeTransition, atUs: number) => void;
}

const everyMs = 100;
const timeoutMs = 1000;
/** A MOVED is newer than the views for so long. */
const redirectMs = 1000;

/**
 * Increments one key every 100 ms at whoever serves its slot, each time a single attempt, never two
 * at a time, and tells when success turns to failure or back.
 */
export class Probe {
  readonly #options: ProbeOptions;
  readonly #timer: NodeJS.Timeout;
  #link: { readonly owner: SlotOwner; readonly link: NodeLink } | null = null;
  #moved: { readonly owner: SlotOwner; readonly untilUs: number } | null = null;
  #inFlight = false;
  #ok: boolean | null = null;
  #lastOkUs: number | null = null;
  #stopped = false;

  constructor(options: ProbeOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), everyMs);
    this.#tick();
  }

  get key(): string {
    return this.#options.key;
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#link?.link.close();
  }

  #tick(): void {
    if (this.#inFlight) return;
    this.#inFlight = true;
    void this.#attempt().finally(() => {
      this.#inFlight = false;
    });
  }

  async #attempt(): Promise<void> {
    const owner = this.#owner();
    if (!owner) return this.#done('no-owner', null);
    let node: NodeConnection | null = null;
    const link = this.#linkTo(owner);
    try {
      node = await link.acquire(timeoutMs);
      await node.connection.send(['INCR', this.#options.key]);
      this.#done(null, `${node.nodeId}@${node.connection.remoteAddress}`);
    } catch (error) {
      const { outcome, errorClass } = classify(error, !(error instanceof NotSentError));
      if (node && outcome === 'indeterminate') link.retire(node.connection);
      this.#learn(error, owner);
      this.#done(errorClass, null);
    }
  }

  #owner(): SlotOwner | null {
    if (this.#moved && this.#options.clock.nowUs() < this.#moved.untilUs) return this.#moved.owner;
    return this.#options.owner();
  }

  #learn(error: unknown, asked: SlotOwner): void {
    const redirect = parseRedirect(error);
    this.#moved = null;
    if (redirect?.kind !== 'MOVED') return;
    const host = redirect.address.host || parseAddress(asked.address).host;
    const owner = this.#options.known(formatAddress({ host, port: redirect.address.port }));
    // An address that none of the servers has is a stale one: the views know better.
    if (owner) {
      this.#moved = { owner, untilUs: this.#options.clock.nowUs() + redirectMs * 1000 };
    }
  }

  #linkTo(owner: SlotOwner): NodeLink {
    const { address, mode } = owner;
    if (this.#link?.owner.address !== address || this.#link.owner.mode !== mode) {
      this.#link?.link.close();
      const { login, clock } = this.#options;
      const link = new NodeLink(parseAddress(address), {
        ...login,
        mode,
        clock,
        connectTimeoutMs: timeoutMs,
        commandTimeoutMs: timeoutMs,
      });
      this.#link = { owner, link };
    }
    return this.#link.link;
  }

  #done(error: string | null, node: string | null): void {
    if (this.#stopped) return;
    const { key, slot, clock } = this.#options;
    const atUs = clock.nowUs();
    const ok = error === null;
    const lastOkUs = this.#lastOkUs;
    if (ok) this.#lastOkUs = atUs;
    if (ok === this.#ok) return;
    this.#ok = ok;
    this.#options.onTransition({ kind: 'probe', key, slot, ok, node, error, lastOkUs }, atUs);
  }
}
