import { Redis } from 'ioredis';
import { type Address, formatAddress } from './address.ts';
import { isReplyError, isUnwritable, NotSentError } from './outcome.ts';

export interface ConnectionOptions {
  readonly address: Address;
  /** Null: no AUTH is sent. */
  readonly password: string | null;
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A reply, or the Error in its place: an error reply, or why there was none (see classify). */
export type Reply = unknown;

/**
 * One TCP connection to one server: it never reconnects, resends, queues or retries, so a command is
 * executed at most once. After an error it is to be closed and a new one opened.
 */
export class Connection {
  readonly address: Address;
  /** The socket's other end, `IP:PORT`: behind a name or a virtual IP this differs from `address`. */
  readonly remoteAddress: string;
  readonly #redis: Redis;
  #pending = 0;
  #closing = false;
  #lastError: Error | null = null;

  /** Of a client that has just connected; openConnection makes those. */
  constructor(redis: Redis, address: Address) {
    this.#redis = redis;
    this.address = address;
    const { remoteAddress: host = address.host, remotePort: port = address.port } = redis.stream;
    this.remoteAddress = formatAddress({ host, port });
    redis.on('error', (error: Error) => {
      this.#lastError = error;
    });
  }

  get isReady(): boolean {
    return this.#redis.status === 'ready' && !this.#closing;
  }

  /** Calls back once, when the connection is gone, with the socket's error or null for an EOF. */
  onClose(listener: (error: Error | null) => void): void {
    if (this.#redis.status === 'end') listener(this.#lastError);
    else this.#redis.once('end', () => listener(this.#lastError));
  }

  /**
   * Sends one command.
   * @throws NotSentError when it did not leave; the error reply; or the transport's error, and then
   * it is unknown whether it was executed. `classify` names them.
   */
  async send(argv: readonly string[]): Promise<unknown> {
    const [reply] = await this.pipeline([argv]);
    if (reply instanceof Error) throw reply;
    return reply;
  }

  /**
   * Sends commands in one write; a reply for each, in order, failures in their places.
   * @throws NotSentError when nothing left this process.
   */
  async pipeline(argvs: readonly (readonly string[])[]): Promise<readonly Reply[]> {
    if (!this.isReady) throw this.#notSent();
    const pipeline = this.#redis.pipeline();
    for (const [command = '', ...args] of argvs) pipeline.call(command, ...args);
    this.#pending++;
    try {
      const results = (await pipeline.exec()) ?? [];
      // The socket may have ended between two events: then ioredis refuses each of them alike.
      if (results.some(([error]) => isUnwritable(error))) throw this.#notSent();
      return results.map(([error, value]) => (error ? this.#explain(error) : value));
    } finally {
      this.#pending--;
      if (this.#closing && this.#pending === 0) this.close();
    }
  }

  /** Closes at once; what is in flight fails as `closed`. */
  close(): void {
    this.#closing = true;
    this.#redis.disconnect();
  }

  /** Takes no more commands, and closes once every one in flight has its answer or time-out. */
  closeWhenIdle(): void {
    this.#closing = true;
    if (this.#pending === 0) this.close();
  }

  #notSent(): NotSentError {
    return new NotSentError(
      `not sent: the connection to ${formatAddress(this.address)} is ${this.#closing ? 'closing' : this.#redis.status}`,
      this.#lastError ? { cause: this.#lastError } : undefined,
    );
  }

  /** ioredis says `Connection is closed.` whatever the reason: keeps the socket's error with it. */
  #explain(error: Error): Error {
    if (this.#lastError === null || isReplyError(error) || error.message === 'Command timed out') {
      return error;
    }
    return new Error(error.message, { cause: this.#lastError });
  }
}

/**
 * Opens a connection and authenticates. The only place that makes ioredis clients: with any of its
 * defaults an INCR whose answer gets lost is executed up to four times (design notes: libraries.md).
 * AUTH is ours too: ioredis would hide its failure behind `Connection is closed.`
 * @throws NotSentError with the cause: no connection, a refused AUTH, or the signal's reason.
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { address, password, signal } = options;
  const redis = new Redis({
    host: address.host,
    port: address.port,
    family: 0,
    lazyConnect: true,
    connectTimeout: options.connectTimeoutMs,
    commandTimeout: options.commandTimeoutMs,
    disconnectTimeout: 50,
    retryStrategy: () => null,
    reconnectOnError: null,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    enableAutoPipelining: false,
    disableClientInfo: true,
    protocol: 2,
    keepAlive: 30_000,
    noDelay: true,
  });
  let failure: Error | null = null;
  redis.on('error', (error: Error) => {
    failure = error;
  });
  const onAbort = () => redis.disconnect();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    await redis.connect();
    const connection = new Connection(redis, address);
    if (password !== null) await authenticate(connection, password);
    return connection;
  } catch (error) {
    redis.disconnect();
    throw new NotSentError(`cannot connect to ${formatAddress(address)}`, {
      cause: signal?.aborted ? signal.reason : (failure ?? error),
    });
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

async function authenticate(connection: Connection, password: string): Promise<void> {
  try {
    await connection.send(['AUTH', password]);
  } catch (error) {
    // A server without a password takes everybody, as it does with every other client.
    const needless = /no password is set|without any password configured/;
    if (isReplyError(error) && needless.test(error.message)) return;
    if (error instanceof Error) Reflect.deleteProperty(error, 'command'); // holds the password
    throw error;
  }
}
