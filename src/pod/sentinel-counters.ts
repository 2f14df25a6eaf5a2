import { masterNameOf } from '../redis/master-name.ts';
import type { Counter, CounterResult } from './counter.ts';
import type { Increment } from './increment.ts';

/** Several masters under one set of Sentinels: each key is counted in the master that it is named for. */
export class SentinelCounters implements Counter {
  readonly #of = new Map<string | null, Counter>();
  readonly #usual: string | null;
  readonly #open: (name: string | null) => Counter;

  /** @param usual of keys that name none; null: whichever the Sentinels know */
  constructor(usual: string | null, open: (name: string | null) => Counter) {
    this.#usual = usual;
    this.#open = open;
    this.#counterOf(usual);
  }

  increment(increment: Increment): Promise<CounterResult> {
    return this.#counterOf(masterNameOf(increment.key) ?? this.#usual).increment(increment);
  }

  close(): void {
    for (const counter of this.#of.values()) counter.close();
  }

  #counterOf(name: string | null): Counter {
    let counter = this.#of.get(name);
    if (!counter) {
      counter = this.#open(name);
      this.#of.set(name, counter);
    }
    return counter;
  }
}
