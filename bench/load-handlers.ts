import type { Dispatcher } from 'undici';
import { classifyAnswer, classifyFailure, type HttpAnswer } from '../src/workload/http-answer.ts';
import { ownPattern } from '../src/workload/http-target.ts';
import type { Pending } from './deadlines.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

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
    this.#finish(classifyAnswer(this.#status, this.#headers, this.#body, ownPattern));
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
