import { classifyAnswer, classifyFailure, type HttpAnswer } from './http-answer.ts';
import type { HttpConnection } from './http-connection.ts';
import { HttpPool, type PooledExchange } from './http-pool.ts';
import type { HttpResponse } from './http-response.ts';

/** The hit-counter behind its LoadBalancer. */
export interface HttpTarget {
  /** One attempt, never repeated; `end` is called exactly once. */
  hit(key: string, opId: string, end: (answer: HttpAnswer) => void): void;
  close(): Promise<void>;
}

export interface HttpTargetOptions {
  readonly origin: string;
  readonly timeoutMs: number;
  /** First group (or the whole match) is the counter's value on the page. */
  readonly pattern: RegExp;
  /** Path of one key's page; our own app's is `/` for `hits` and `/?key=K` for the others. */
  readonly pathOf: (key: string) => string;
}

/** The page of contract.md. */
export const ownPattern = /I have been hit (\d+) times since deployment\./;
export const ownPath = (key: string) => (key === 'hits' ? '/' : `/?key=${encodeURIComponent(key)}`);

export function openHttpTarget(options: HttpTargetOptions): HttpTarget {
  const { host, hostname, port } = new URL(options.origin);
  const address = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 80) };
  const pool = new HttpPool(address);
  return {
    hit(key, opId, end) {
      const path = options.pathOf(key);
      const request = `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nx-op-id: ${opId}\r\n\r\n`;
      pool.send(new Hit(request, options, end));
    },
    async close() {
      pool.destroy();
    },
  };
}

class Timeout extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** One attempt. */
class Hit implements PooledExchange {
  readonly request: string;
  readonly #pattern: RegExp;
  #end: ((answer: HttpAnswer) => void) | null;
  #connection: HttpConnection | null = null;
  /** Node keeps timers of one duration in one list: one each costs less than a list of our own. */
  readonly #timer: NodeJS.Timeout;

  constructor(request: string, options: HttpTargetOptions, end: (answer: HttpAnswer) => void) {
    this.request = request;
    this.#pattern = options.pattern;
    this.#end = end;
    this.#timer = setTimeout(expire, options.timeoutMs, this);
  }

  get ended(): boolean {
    return this.#end === null;
  }

  onConnection(connection: HttpConnection): void {
    this.#connection = connection;
  }

  onResponse({ status, headers, body }: HttpResponse): void {
    this.#finish(classifyAnswer(status, headers, body, this.#pattern));
  }

  onFailure(error: Error): void {
    this.#finish(classifyFailure(error));
  }

  expire(): void {
    const error = new Timeout(this.#connection?.isConnecting ? 'connect-timeout' : 'timeout');
    if (this.#connection) this.#connection.destroy(error);
    else this.onFailure(error);
  }

  #finish(answer: HttpAnswer): void {
    clearTimeout(this.#timer);
    const end = this.#end;
    this.#end = null;
    this.#connection = null;
    end?.(answer);
  }
}

function expire(hit: Hit): void {
  hit.expire();
}
