import type { Dispatcher } from 'undici';
import { classifyAnswer, classifyFailure, type HttpAnswer } from '../src/workload/http-answer.ts';
import type { HttpConnection } from '../src/workload/http-connection.ts';
import type { PooledExchange } from '../src/workload/http-pool.ts';
import type { HttpResponse } from '../src/workload/http-response.ts';
import { ownPattern } from '../src/workload/http-target.ts';
import type { Pending } from './deadlines.ts';

export type Headers = Readonly<Record<string, string | string[] | undefined>>;
/** As the classification wants them; ours never come twice. */
export const flat = (headers: Headers) => headers as Readonly<Record<string, string>>;

/** Our connection, its time-out from `Deadlines`. */
export class OneTimerHit implements PooledExchange, Pending {
  readonly request: string;
  readonly #end: (answer: HttpAnswer) => void;
  #connection: HttpConnection | null = null;
  ended = false;

  constructor(request: string, end: (answer: HttpAnswer) => void) {
    this.request = request;
    this.#end = end;
  }

  onConnection(connection: HttpConnection): void {
    this.#connection = connection;
  }

  onResponse({ status, headers, body }: HttpResponse): void {
    this.ended = true;
    this.#end(classifyAnswer(status, headers, body, ownPattern));
  }

  onFailure(error: Error): void {
    this.ended = true;
    this.#end(classifyFailure(error));
  }

  expire(): void {
    this.#connection?.destroy(new Error('timeout'));
  }
}

/** undici's lowest interface: no promise, no stream. */
export class Handler implements Dispatcher.DispatchHandler, Pending {
  readonly #end: (answer: HttpAnswer) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: Headers = {};
  #body = '';
  ended = false;

  constructor(end: (answer: HttpAnswer) => void) {
    this.#end = end;
  }

  expire(): void {
    this.#controller?.abort(new Error('timeout'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body += chunk.toString();
  }

  onResponseEnd(): void {
    this.#finish(classifyAnswer(this.#status, flat(this.#headers), this.#body, ownPattern));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#finish(classifyFailure(error));
  }

  #finish(answer: HttpAnswer): void {
    if (this.ended) return;
    this.ended = true;
    this.#end(answer);
  }
}
