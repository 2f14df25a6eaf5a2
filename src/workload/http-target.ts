import { type Dispatcher, Pool } from 'undici';
import { classifyAnswer, classifyFailure, type HttpAnswer } from './http-answer.ts';

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

/** The page of docs/design/contract.md. */
export const ownPattern = /I have been hit (\d+) times since deployment\./;
export const ownPath = (key: string) => (key === 'hits' ? '/' : `/?key=${encodeURIComponent(key)}`);

/**
 * Enough for every request of a second at the usual rates to have a connection of its own, so that a
 * slow one never holds up the next. Without a bound a stall of ours at thousands of requests a second
 * opens as many connections at once, and the generator drowns in connecting.
 */
const mostConnections = 1024;

/**
 * Requests go through undici's lowest interface, without a promise and a stream each: less than two
 * thirds of the CPU of `pool.request` (docs/results/load.md).
 */
export function openHttpTarget(options: HttpTargetOptions): HttpTarget {
  const pool = new Pool(options.origin, {
    connections: mostConnections,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    connect: { timeout: options.timeoutMs },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    hit(key, opId, end) {
      const headers = { 'x-op-id': opId };
      const hit = new Hit(options, end);
      pool.dispatch({ method: 'GET', path: options.pathOf(key), headers }, hit);
    },
    close: () => pool.destroy(),
  };
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

class RequestTimeout extends Error {
  readonly code: 'timeout' | 'connect-timeout';
  constructor(code: RequestTimeout['code']) {
    super(code);
    this.code = code;
  }
}

/** One attempt, from the moment it is wanted: the time until it has a connection counts. */
class Hit implements Dispatcher.DispatchHandler {
  readonly #pattern: RegExp;
  #end: ((answer: HttpAnswer) => void) | null;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: Headers = {};
  readonly #body: Buffer[] = [];

  constructor(options: HttpTargetOptions, end: (answer: HttpAnswer) => void) {
    this.#pattern = options.pattern;
    this.#end = end;
    this.#timer = setTimeout(expire, options.timeoutMs, this);
  }

  /** Without a start it has had no connection yet: then it was never sent, and will not be. */
  expire(): void {
    const timeout = new RequestTimeout(this.#controller ? 'timeout' : 'connect-timeout');
    this.#finish(classifyFailure(timeout));
    this.#controller?.abort(timeout);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#end === null) controller.abort(new RequestTimeout('connect-timeout'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body.push(chunk);
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.#body).toString();
    this.#finish(classifyAnswer(this.#status, this.#headers, body, this.#pattern));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#finish(classifyFailure(error));
  }

  #finish(answer: HttpAnswer): void {
    clearTimeout(this.#timer);
    const end = this.#end;
    this.#end = null;
    end?.(answer);
  }
}

function expire(hit: Hit): void {
  hit.expire();
}
