import { Fifo } from './fifo.ts';
import {
  type Address,
  ConnectionClosed,
  type Exchange,
  HttpConnection,
} from './http-connection.ts';

/** An exchange that may have ended (its time was up) before it came to a connection. */
export interface PooledExchange extends Exchange {
  readonly ended: boolean;
  /** It is being sent on this one. */
  onConnection(connection: HttpConnection): void;
}

/**
 * Enough for every request of a second at the usual rates to have a connection of its own, so that a
 * slow one never holds up the next. Without a bound a stall of ours at thousands of requests a second
 * opens as many connections at once, and the generator drowns in connecting.
 */
const usualMost = 1024;

/** Connections to one server; an exchange waits only while all of them are busy. */
export class HttpPool {
  readonly #address: Address;
  readonly #mostConnections: number;
  readonly #open = new Set<HttpConnection>();
  /** The last one used is the first used again: what a burst opened falls idle. */
  readonly #idle: HttpConnection[] = [];
  readonly #waiting = new Fifo<PooledExchange>();

  constructor(address: Address, mostConnections = usualMost) {
    this.#address = address;
    this.#mostConnections = mostConnections;
  }

  send(exchange: PooledExchange): void {
    const connection = this.#takeIdle() ?? this.#connect();
    if (connection) start(exchange, connection);
    else this.#waiting.push(exchange);
  }

  /** Ends all connections at once; what was under way or waiting is told so. */
  destroy(): void {
    for (let next = this.#nextWaiting(); next; next = this.#nextWaiting()) {
      next.onFailure(new ConnectionClosed());
    }
    for (const connection of this.#open) connection.destroy();
  }

  #takeIdle(): HttpConnection | null {
    const nowMs = performance.now();
    for (let next = this.#idle.pop(); next; next = this.#idle.pop()) {
      if (next.isUsable(nowMs)) return next;
      next.destroy();
    }
    return null;
  }

  #connect(): HttpConnection | null {
    if (this.#open.size >= this.#mostConnections) return null;
    const connection = new HttpConnection(this.#address, {
      onIdle: () => {
        const next = this.#nextWaiting();
        if (next) start(next, connection);
        else this.#idle.push(connection);
      },
      onClosed: () => {
        this.#open.delete(connection);
        const next = this.#nextWaiting();
        if (next) this.send(next);
      },
    });
    this.#open.add(connection);
    return connection;
  }

  #nextWaiting(): PooledExchange | undefined {
    let next = this.#waiting.shift();
    while (next?.ended) next = this.#waiting.shift();
    return next;
  }
}

function start(exchange: PooledExchange, connection: HttpConnection): void {
  exchange.onConnection(connection);
  connection.send(exchange);
}
