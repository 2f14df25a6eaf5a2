import { classify } from '../redis/outcome.ts';
import type { Attempt, Increment } from './increment.ts';

/** What became of one increment, redirects followed. */
export interface CounterResult extends Omit<Attempt, 'redirect'> {
  /** `NODE_ID@IP:PORT` of the last server it was sent to; null when it was sent to none. */
  readonly node: string | null;
  /** The redirects it went through, e.g. `['MOVED 10.0.0.1:6379']`. */
  readonly redirects: readonly string[];
}

/** Increments counters in Redis. A write that may have been executed is never sent again. */
export interface Counter {
  increment(increment: Increment): Promise<CounterResult>;
  close(): void;
}

/**
 * How long a request may look for a connection: with the command's own time-out after it the answer
 * still comes within the second that callers wait.
 */
export const sendBudgetMs = 200;

/** The result of an increment that was sent to nobody. */
export function unsent(error: unknown, redirects: readonly string[]): CounterResult {
  const { outcome, errorClass } = classify(error, false);
  return { outcome, value: null, errorClass, replicas: null, node: null, redirects };
}
