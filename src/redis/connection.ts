import { connect, type Socket } from 'node:net';
import { type Address, formatAddress } from './address.ts';
import { closedError, isReplyError, NotSentError, timeoutError } from './outcome.ts';
import { encodeCommands, type Reply, RespReader } from './resp.ts';

export type { Reply } from './resp.ts';

export interface ConnectionOptions {
  readonly address: Address;
  /** Null: no AUTH is sent. */
  readonly password: string | null;
  /** The ACL user; null or left out: `default`, and AUTH is sent as before Redis 6. */
  readonly username?: string | null;
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Commands that were sent in one write and wait for their replies. */
interface Batch {
  readonly replies: Reply[];
  readonly size: number;
  /** Null once its sender has been answered: replies that come later are dropped, in their turn. */
  end: ((replies: readonly Reply[]) => void) | null;
  timer: NodeJS.Timeout | undefined;
}

const keepAliveMs = 30_000;
/** All replies but large ledgers fit in one piece. */
const readBytes = 32 * 1024;

/**
 * One TCP connection to one server: it never reconnects, resends, queues or retries, so a command is
 * executed at most once. After an error it is to be closed and a new one opened.
 *
 * Redis' protocol is spoken here and not by a client library: those are made to hide failures, and an
 * INCR whose answer gets lost is executed up to four times with their defaults; and the observer and the
 * hit-counter spent a third of their CPU time in one.
 */
export class Connection {
  readonly address: Address;
  readonly #socket: Socket;
  readonly #commandTimeoutMs: number;
  readonly #batches: Batch[] = [];
  readonly #onClose: ((error: Error | null) => void)[] = [];
  #remoteAddress = '';
  #state: 'connecting' | 'ready' | 'ended' = 'connecting';
  #pending = 0;
  #closing = false;
  #lastError: Error | null = null;

  /** openConnection makes those that are connected. */
  constructor({ address, commandTimeoutMs }: ConnectionOptions) {
    this.address = address;
    this.#commandTimeoutMs = commandTimeoutMs;
    const reader = new RespReader((reply) => this.#receive(reply));
    const socket = connect({
      host: address.host,
      port: address.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
      // one buffer for all that comes, without a stream in between
      onread: {
        buffer: Buffer.allocUnsafeSlow(readBytes),
        callback: (bytes, buffer) => {
          try {
            reader.read(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
          } catch (error) {
            const notResp = error instanceof Error ? error : new Error(String(error));
            this.#endAll(notResp);
            socket.destroy(notResp);
          }
          return true;
        },
      },
    });
    this.#socket = socket;
    socket.on('connect', () => {
      const { remoteAddress: host = address.host, remotePort: port = address.port } = socket;
      this.#remoteAddress = formatAddress({ host, port });
      this.#state = 'ready';
    });
    socket.on('error', (error) => {
      this.#lastError = error;
    });
    socket.on('end', () => {
      this.#state = 'ended'; // the server takes nothing more
      socket.destroy();
    });
    socket.on('close', () => this.#closed());
  }

  /** The socket's other end, `IP:PORT`: behind a name or a virtual IP this differs from `address`. */
  get remoteAddress(): string {
    return this.#remoteAddress;
  }

  get isReady(): boolean {
    return this.#state === 'ready' && !this.#closing && this.#socket.writable;
  }

  /** Calls back once, when the connection is gone, with the socket's error or null for an EOF. */
  onClose(listener: (error: Error | null) => void): void {
    if (this.#socket.closed) listener(this.#lastError);
    else this.#onClose.push(listener);
  }

  /** Resolves when there is a connection. @throws what the system says; a time-out as its ETIMEDOUT. */
  opened(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#socket.destroy(connectTimeout()), timeoutMs);
      this.#socket.once('connect', () => {
        clearTimeout(timer);
        resolve();
      });
      this.onClose((error) => {
        clearTimeout(timer);
        reject(error ?? closedError(null));
      });
    });
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
    if (argvs.length === 0) return [];
    this.#pending++;
    try {
      return await new Promise<readonly Reply[]>((resolve) => {
        const batch: Batch = { replies: [], size: argvs.length, end: resolve, timer: undefined };
        batch.timer = setTimeout(expire, this.#commandTimeoutMs, batch);
        this.#batches.push(batch);
        this.#socket.write(encodeCommands(argvs));
      });
    } finally {
      this.#pending--;
      if (this.#closing && this.#pending === 0) this.close();
    }
  }

  /** Closes at once; what is in flight fails as `closed`. */
  close(): void {
    this.#closing = true;
    this.#socket.destroy();
  }

  /** Takes no more commands, and closes once every one in flight has its answer or time-out. */
  closeWhenIdle(): void {
    this.#closing = true;
    if (this.#pending === 0) this.close();
  }

  #receive(reply: Reply): void {
    const [batch] = this.#batches;
    if (!batch) return; // said before anything was asked: why it hangs up on us, in a moment
    batch.replies.push(reply);
    if (batch.replies.length < batch.size) return;
    this.#batches.shift();
    finish(batch, null);
  }

  #closed(): void {
    this.#state = 'ended';
    this.#endAll(closedError(this.#lastError));
    for (const listener of this.#onClose.splice(0)) listener(this.#lastError);
  }

  #endAll(error: Error): void {
    for (const batch of this.#batches.splice(0)) finish(batch, error);
  }

  #notSent(): NotSentError {
    return new NotSentError(
      `not sent: the connection to ${formatAddress(this.address)} is ${this.#closing ? 'closing' : this.#state}`,
      this.#lastError ? { cause: this.#lastError } : undefined,
    );
  }
}

/** Some replies may have come: the others lack theirs. */
function finish(batch: Batch, error: Error | null): void {
  clearTimeout(batch.timer);
  const { end, replies, size } = batch;
  batch.end = null;
  if (error === null) end?.(replies);
  else end?.([...replies, ...Array.from({ length: size - replies.length }, () => error)]);
}

function expire(batch: Batch): void {
  finish(batch, timeoutError());
}

function connectTimeout(): Error {
  return Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'connect' });
}

/**
 * Opens a connection and authenticates.
 * @throws NotSentError with the cause: no connection, a refused AUTH, or the signal's reason.
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { address, password, username, signal, connectTimeoutMs } = options;
  let connection: Connection | null = null;
  const onAbort = () => connection?.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    connection = new Connection(options);
    await connection.opened(connectTimeoutMs);
    if (password !== null)
      await authenticate(connection, username ? [username, password] : [password]);
    return connection;
  } catch (error) {
    connection?.close();
    throw new NotSentError(`cannot connect to ${formatAddress(address)}`, {
      cause: signal?.aborted ? signal.reason : error,
    });
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

async function authenticate(connection: Connection, login: readonly string[]): Promise<void> {
  try {
    await connection.send(['AUTH', ...login]);
  } catch (error) {
    // A server without a password takes everybody, as it does with every other client.
    const needless = /no password is set|without any password configured/;
    if (isReplyError(error) && needless.test(error.message)) return;
    throw error;
  }
}
