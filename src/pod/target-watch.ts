import { describeError, InfrastructureError } from '../model/errors.ts';
import type { NodeView } from '../model/view.ts';
import type { Clock } from '../platform/clock.ts';
import { parseAddress } from '../redis/address.ts';
import { type Connection, openConnection } from '../redis/connection.ts';
import { parseInfo, type ServerInfo, serverInfo } from '../redis/info.ts';
import { classify, isReplyError, NotSentError } from '../redis/outcome.ts';
import type { Target } from './observer-protocol.ts';
import { lookCommands, readLook } from './server-view.ts';

export interface WatchOptions {
  readonly password: string | null;
  readonly pollMs: number;
  readonly clock: Clock;
}

/** A busy or half-dead server gets this long before it counts as unreachable. */
const patienceMs = 2000;

/**
 * Looks at one server every `pollMs` on a connection of its own, never twice at a time. A view is
 * told when it differs from the one before; the drop of the connection at once, for it is the moment
 * at which the container ended.
 */
export class TargetWatch {
  readonly target: Target;
  view: NodeView | null = null;
  readonly #options: WatchOptions;
  readonly #onView: (view: NodeView, atUs: number) => void;
  #lookedUs: number | null = null;
  readonly #stop = new AbortController();
  #connection: Connection | null = null;
  #identity: ServerInfo | null = null;
  #offset: number | null = null;
  #told = '';

  constructor(
    target: Target,
    options: WatchOptions,
    onView: (view: NodeView, atUs: number) => void,
  ) {
    this.target = target;
    this.#options = options;
    this.#onView = onView;
    void this.#run();
  }

  stop(): void {
    this.#stop.abort();
    this.#drop();
  }

  /** The replication offset of the newest look; null when there was none since the last call. */
  takeOffset(): number | null {
    const offset = this.#offset;
    this.#offset = null;
    return offset;
  }

  /** When the newest look ended, whatever it saw; null when none did since the last call. */
  takeLookedUs(): number | null {
    const lookedUs = this.#lookedUs;
    this.#lookedUs = null;
    return lookedUs;
  }

  async #run(): Promise<void> {
    const { clock, pollMs } = this.#options;
    while (!this.#stop.signal.aborted) {
      const startUs = clock.nowUs();
      await this.#look();
      this.#lookedUs = clock.nowUs();
      const leftMs = pollMs - (clock.nowUs() - startUs) / 1000;
      await clock.sleep(Math.max(1, leftMs), this.#stop.signal).catch(() => {}); // told to stop
    }
  }

  async #look(): Promise<void> {
    try {
      const connection = await this.#connect();
      this.#identity ??= await identify(connection);
      const replies = await connection.pipeline(lookCommands(this.#identity));
      const { server, offset } = readLook(this.#identity, replies);
      this.#offset = offset;
      this.#tell('ok', null, server);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #connect(): Promise<Connection> {
    if (this.#connection?.isReady) return this.#connection;
    this.#drop();
    const connection = await openConnection({
      address: parseAddress(this.target.address),
      password: this.#options.password,
      connectTimeoutMs: patienceMs,
      commandTimeoutMs: patienceMs,
      signal: this.#stop.signal,
    });
    this.#connection = connection;
    connection.onClose(() => {
      if (this.#connection === connection) this.#tell('unreachable', 'closed', null);
    });
    return connection;
  }

  #failed(error: unknown): void {
    this.#offset = null;
    const cause = error instanceof NotSentError ? error.cause : error;
    const { errorClass } = classify(error, !(error instanceof NotSentError));
    if (isReplyError(cause)) {
      this.#tell(errorClass === 'LOADING' ? 'loading' : 'refused', cause.message, null);
    } else if (error instanceof InfrastructureError) {
      // It answers, in a way that we do not understand: that is not "cannot be reached".
      this.#tell('refused', describeError(error), null);
    } else {
      this.#drop();
      this.#tell('unreachable', errorClass, null);
    }
  }

  #drop(): void {
    const connection = this.#connection;
    this.#connection = null;
    this.#identity = null;
    connection?.close();
  }

  #tell(status: NodeView['status'], error: string | null, server: NodeView['server']): void {
    if (this.#stop.signal.aborted) return;
    const view: NodeView = { ...this.target, status, error, server };
    const text = JSON.stringify(view);
    if (text === this.#told) return;
    this.#told = text;
    this.view = view;
    this.#onView(view, this.#options.clock.nowUs());
  }
}

async function identify(connection: Connection): Promise<ServerInfo> {
  const identity = serverInfo(parseInfo(String(await connection.send(['INFO', 'server']))));
  if (identity.mode !== 'sentinel') return identity;
  throw new InfrastructureError(`expected a data server, got a Sentinel ${identity.version}`);
}
