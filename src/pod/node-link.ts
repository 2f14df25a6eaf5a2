import type { Clock } from '../platform/clock.ts';
import { type Address, formatAddress } from '../redis/address.ts';
import { type Connection, type ConnectionOptions, openConnection } from '../redis/connection.ts';
import { parseInfo, serverInfo } from '../redis/info.ts';
import { NotSentError } from '../redis/outcome.ts';

/** A connection whose server has answered, and said who it is. */
export interface NodeConnection {
  readonly connection: Connection;
  /** CLUSTER MYID; outside cluster mode the run_id, which names the process. */
  readonly nodeId: string;
}

export interface LinkOptions extends Omit<ConnectionOptions, 'address' | 'signal'> {
  readonly mode: 'cluster' | 'single';
  readonly clock: Clock;
}

/** After a failed attempt the next one starts no sooner than this after its start. */
const reconnectEveryMs = 100;

/**
 * The way to one address: at most one connection in use, opened on demand, shared by all requests,
 * replaced after an error. A new one is used only after its server answered a first command: a frozen
 * process accepts connections too, and a write left in its buffer may be executed minutes later.
 */
export class NodeLink {
  readonly address: Address;
  readonly #options: LinkOptions;
  #current: NodeConnection | null = null;
  #opening: Promise<NodeConnection> | null = null;
  #failure: { readonly error: unknown; readonly startedUs: number } | null = null;
  #closed = false;

  constructor(address: Address, options: LinkOptions) {
    this.address = address;
    this.#options = options;
  }

  /** The connection in use, when there is one that can take a command right now. */
  get ready(): NodeConnection | null {
    return this.#current?.connection.isReady ? this.#current : null;
  }

  /**
   * A connection to send on, waiting up to `waitMs` for one.
   * @throws NotSentError with the reason of the last failure as its cause.
   */
  async acquire(waitMs: number): Promise<NodeConnection> {
    if (this.ready) return this.ready;
    const { clock } = this.#options;
    const failure = this.#failure;
    if (failure && clock.nowUs() - failure.startedUs < reconnectEveryMs * 1000) {
      throw new NotSentError(`no connection to ${formatAddress(this.address)}`, {
        cause: failure.error,
      });
    }
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return within(this.#opening, waitMs, () => {
      const reason = new Error(`no connection to ${formatAddress(this.address)} in ${waitMs} ms`);
      return new NotSentError(reason.message, {
        cause: Object.assign(reason, { code: 'connect-timeout' }),
      });
    });
  }

  /** This connection takes no more requests; those in flight on it keep their own deadlines. */
  retire(connection: Connection): void {
    if (this.#current?.connection === connection) this.#current = null;
    connection.closeWhenIdle();
  }

  close(): void {
    this.#closed = true;
    this.#current?.connection.closeWhenIdle();
    this.#current = null;
  }

  async #open(): Promise<NodeConnection> {
    const startedUs = this.#options.clock.nowUs();
    try {
      const connection = await openConnection({ ...this.#options, address: this.address });
      try {
        const node = { connection, nodeId: await identify(connection, this.#options.mode) };
        if (this.#closed) throw new NotSentError('the link is closed');
        this.#current = node;
        this.#failure = null;
        return node;
      } catch (error) {
        connection.close();
        throw error;
      }
    } catch (error) {
      this.#failure = { error: error instanceof NotSentError ? error.cause : error, startedUs };
      if (error instanceof NotSentError) throw error;
      throw new NotSentError(`no answer from ${formatAddress(this.address)}`, { cause: error });
    }
  }
}

async function identify(connection: Connection, mode: LinkOptions['mode']): Promise<string> {
  if (mode === 'cluster') return String(await connection.send(['CLUSTER', 'MYID']));
  return serverInfo(parseInfo(String(await connection.send(['INFO', 'server'])))).runId;
}

async function within<T>(promise: Promise<T>, ms: number, error: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error()), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
