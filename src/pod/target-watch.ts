import { describeError, InfrastructureError } from '../model/errors.ts';
import type { NodeView } from '../model/view.ts';
import type { Clock } from '../platform/clock.ts';
import { parseAddress } from '../redis/address.ts';
import { type Connection, openConnection, type Reply } from '../redis/connection.ts';
import { classify, isReplyError, NotSentError } from '../redis/outcome.ts';
import type { Examination, ServerOffset } from './examination.ts';
import type { Logins } from './logins.ts';
import type { Target } from './observer-protocol.ts';
import { examineSentinel } from './sentinel-look.ts';
import { examineDataServer } from './server-view.ts';

export interface WatchOptions {
  readonly logins: Logins;
  readonly pollMs: number;
  readonly clock: Clock;
}

/** Both on the observer's clock: `view` when it was known, `offset` when it was asked. */
export interface WatchListeners {
  view(view: NodeView, atUs: number): void;
  offset(offset: ServerOffset, atUs: number): void;
  /** A look ended long after the one before. */
  late(): void;
}

const nothing = { server: null } as const;
/** A busy or half-dead server gets this long before it counts as unreachable. */
const patienceMs = 2000;
/** Looks are further apart than so only when somebody was slow: the server, or this process, ms. */
const lateMs = 500;

/**
 * Looks at one server every `pollMs` on a connection of its own, never twice at a time. A view is
 * told when it differs from the one before; the drop of the connection at once, for it is the moment
 * at which the container ended.
 */
export class TargetWatch {
  readonly target: Target;
  view: NodeView | null = null;
  readonly #options: WatchOptions;
  readonly #on: WatchListeners;
  #lookedUs: number | null = null;
  readonly #stop = new AbortController();
  #connection: Connection | null = null;
  #examination: Examination | null = null;
  /** The newest look that was answered; null once its offset was told. */
  #newest: {
    readonly examination: Examination;
    readonly replies: readonly Reply[];
    readonly atUs: number;
  } | null = null;
  /** Of the look that the view speaks of; null where the view is not of one that was answered. */
  #digest: string | null = null;
  #told = '';

  constructor(target: Target, options: WatchOptions, on: WatchListeners) {
    this.target = target;
    this.#options = options;
    this.#on = on;
    void this.#run();
  }

  stop(): void {
    this.#stop.abort();
    this.#drop();
  }

  /** Tells the newest look's replication offset, if that was not done yet. */
  tellOffset(): void {
    const newest = this.#newest;
    if (newest === null) return;
    this.#newest = null;
    const offset = newest.examination.offset(newest.replies);
    if (offset !== null) this.#on.offset(offset, newest.atUs);
  }

  /** When the newest look ended, whatever it saw; null when none did since the last call. */
  takeLookedUs(): number | null {
    const lookedUs = this.#lookedUs;
    this.#lookedUs = null;
    return lookedUs;
  }

  async #run(): Promise<void> {
    const { clock, pollMs } = this.#options;
    let endedUs = clock.nowUs();
    while (!this.#stop.signal.aborted) {
      const startUs = clock.nowUs();
      await this.#look();
      this.#lookedUs = clock.nowUs();
      const apartMs = (this.#lookedUs - endedUs) / 1000;
      endedUs = this.#lookedUs;
      if (apartMs > pollMs + lateMs && !this.#stop.signal.aborted) this.#on.late();
      const leftMs = pollMs - (clock.nowUs() - startUs) / 1000;
      await clock.sleep(Math.max(1, leftMs), this.#stop.signal).catch(() => {}); // told to stop
    }
  }

  async #look(): Promise<void> {
    try {
      const connection = await this.#connect();
      this.#examination ??= await (this.target.kind === 'sentinel'
        ? examineSentinel(connection)
        : examineDataServer(connection));
      const examination = this.#examination;
      // Whatever was acknowledged before this moment is within the offset that a master then answers.
      const atUs = this.#options.clock.nowUs();
      const replies = await examination.ask();
      const digest = examination.digest(replies);
      const isNew = digest === null || digest !== this.#digest;
      const seen = isNew ? examination.read(replies) : null;
      this.#newest = { examination, replies, atUs };
      if (seen === null) return; // the view that was told last is still what the server says
      this.#tell('ok', null, seen);
      this.#digest = digest;
    } catch (error) {
      this.#failed(error);
    }
  }

  async #connect(): Promise<Connection> {
    if (this.#connection?.isReady) return this.#connection;
    this.#drop();
    const connection = await openConnection({
      ...this.#options.logins[this.target.kind ?? 'data'],
      address: parseAddress(this.target.address),
      connectTimeoutMs: patienceMs,
      commandTimeoutMs: patienceMs,
      signal: this.#stop.signal,
    });
    this.#connection = connection;
    connection.onClose(() => {
      if (this.#connection === connection) this.#tell('unreachable', 'closed', nothing);
    });
    return connection;
  }

  #failed(error: unknown): void {
    const cause = error instanceof NotSentError ? error.cause : error;
    const { errorClass } = classify(error, !(error instanceof NotSentError));
    if (isReplyError(cause)) {
      this.#tell(errorClass === 'LOADING' ? 'loading' : 'refused', cause.message, nothing);
    } else if (error instanceof InfrastructureError) {
      // It answers, in a way that we do not understand: that is not "cannot be reached".
      this.#tell('unreadable', describeError(error), nothing);
    } else {
      this.#drop();
      this.#tell('unreachable', errorClass, nothing);
    }
  }

  #drop(): void {
    const connection = this.#connection;
    this.#connection = null;
    this.#examination = null;
    connection?.close();
  }

  #tell(
    status: NodeView['status'],
    error: string | null,
    seen: Pick<NodeView, 'server' | 'sentinel'>,
  ): void {
    this.#digest = null;
    if (this.#stop.signal.aborted) return;
    const view: NodeView = { ...this.target, status, error, ...seen };
    const text = JSON.stringify(view);
    if (text === this.#told) return;
    this.#told = text;
    this.view = view;
    // How far it was when it went, or when its link did, decides what it may have lost.
    this.tellOffset();
    this.#on.view(view, this.#options.clock.nowUs());
  }
}
