import { Fifo } from './fifo.ts';

/** Something that is to end by a certain time. */
export interface Pending {
  readonly ended: boolean;
  /** It has not ended in time. */
  expire(): void;
}

interface Entry {
  readonly pending: Pending;
  readonly dueMs: number;
}

/**
 * Expires what has not ended `afterMs` after it was added. As all have the same time they fall due in
 * the order they came, so one timer, set to the oldest, serves any number of them.
 */
export class Deadlines {
  readonly #afterMs: number;
  readonly #queue = new Fifo<Entry>();
  #oldest: Entry | undefined;
  #timer: NodeJS.Timeout | null = null;

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  add(pending: Pending): void {
    const entry = { pending, dueMs: performance.now() + this.#afterMs };
    if (this.#oldest) {
      this.#queue.push(entry);
    } else {
      this.#oldest = entry;
      this.#timer = setTimeout(this.#sweep, this.#afterMs);
    }
  }

  /** Nothing expires any more. */
  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  readonly #sweep = () => {
    const now = performance.now();
    let oldest = this.#oldest;
    while (oldest && (oldest.pending.ended || oldest.dueMs <= now)) {
      if (!oldest.pending.ended) oldest.pending.expire();
      oldest = this.#queue.shift();
    }
    this.#oldest = oldest;
    this.#timer = oldest ? setTimeout(this.#sweep, Math.max(1, oldest.dueMs - now)) : null;
  };
}
