import { connect, type Socket } from 'node:net';
import { type HttpResponse, parseResponse } from './http-response.ts';

/** Where a server is. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One request and what becomes of it. Exactly one of `onResponse` and `onFailure` is called, once. */
export interface Exchange {
  /** The request's bytes. */
  readonly request: string;
  onResponse(response: HttpResponse): void;
  onFailure(error: Error): void;
}

export interface ConnectionEvents {
  /** The answer is complete and the connection may be used again; called before `onResponse`. */
  onIdle(): void;
  /** It cannot be used again; called after its exchange, if it had one, was told. */
  onClosed(): void;
}

/** The other side, or we, closed the connection. */
export class ConnectionClosed extends Error {
  readonly code = 'closed';
}

const readBytes = 16_384;

/**
 * One TCP connection with one request at a time on it, each written once and never again. An HTTP
 * client for every purpose spends twice the CPU on a request (docs/results/load.md), which at thousands
 * a second is what makes the generator late.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  #exchange: Exchange | null = null;
  #received = '';
  #failure: Error | null = null;
  #idleUntilMs = Number.POSITIVE_INFINITY;

  constructor(address: Address, events: ConnectionEvents) {
    this.#events = events;
    // one buffer for all reads, and no stream in between
    const buffer = Buffer.allocUnsafeSlow(readBytes);
    const callback = (bytes: number) => {
      this.#received += buffer.toString('latin1', 0, bytes);
      this.#advance(false);
      return true;
    };
    this.#socket = connect({ ...address, noDelay: true, onread: { buffer, callback } });
    this.#socket.on('end', () => {
      this.#advance(true);
      this.#socket.destroy();
    });
    this.#socket.on('error', (error) => {
      this.#failure = error;
    });
    this.#socket.on('close', () => {
      this.#fail(this.#failure ?? new ConnectionClosed());
      this.#events.onClosed();
    });
  }

  get isConnecting(): boolean {
    return this.#socket.connecting;
  }

  /** Whether it is still there, and not idle for so long that the server may be closing it now. */
  isUsable(nowMs: number): boolean {
    return !this.#socket.destroyed && nowMs < this.#idleUntilMs;
  }

  /** Only when idle, or new: then as soon as it is connected. */
  send(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#socket.write(exchange.request, 'latin1');
  }

  /** Ends it at once; an exchange under way is told the error. */
  destroy(error: Error = new ConnectionClosed()): void {
    this.#fail(error);
    this.#socket.destroy();
  }

  #advance(ended: boolean): void {
    const exchange = this.#exchange;
    if (exchange) {
      const response = this.#parse(ended);
      if (response) this.#end(exchange, response);
    } else {
      // bytes that nobody asked for: whatever is sent next would be answered by them
      this.#socket.destroy();
    }
  }

  #parse(ended: boolean): HttpResponse | null {
    try {
      return parseResponse(this.#received, ended);
    } catch (error) {
      this.destroy(error as Error);
      return null;
    }
  }

  #end(exchange: Exchange, response: HttpResponse): void {
    this.#exchange = null;
    this.#received = '';
    if (response.idleMs > 0) {
      this.#idleUntilMs = performance.now() + response.idleMs;
      this.#events.onIdle();
    } else {
      this.#socket.destroy();
    }
    exchange.onResponse(response);
  }

  #fail(error: Error): void {
    const exchange = this.#exchange;
    this.#exchange = null;
    exchange?.onFailure(error);
  }
}
