import { DeadlineError } from '../model/errors.ts';
import { type Clock, systemClock } from './clock.ts';

/** One look at a condition: done with a value, or not yet and what was seen. */
export type Look<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly seen: string };

export interface WaitOptions {
  readonly what: string;
  readonly timeoutMs: number;
  readonly everyMs: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** By how much the deadline is put off as of now, ms; asked when it would have passed. */
  readonly moreMs?: () => number;
}

/**
 * Looks until the condition is done or the deadline passes.
 * @throws DeadlineError naming what was awaited and what was seen last; the signal's reason when aborted.
 */
export async function waitFor<T>(
  options: WaitOptions,
  look: () => Look<T> | Promise<Look<T>>,
): Promise<T> {
  const clock = options.clock ?? systemClock;
  const startUs = clock.nowUs();
  for (;;) {
    options.signal.throwIfAborted();
    const seen = await look();
    if (seen.done) return seen.value;
    const waitedMs = Math.round((clock.nowUs() - startUs) / 1000);
    if (
      waitedMs >= options.timeoutMs &&
      waitedMs >= options.timeoutMs + (options.moreMs?.() ?? 0)
    ) {
      throw new DeadlineError(options.what, waitedMs, seen.seen);
    }
    const untilMs = options.timeoutMs - waitedMs;
    const sleepMs = untilMs > 0 ? Math.min(options.everyMs, untilMs) : options.everyMs;
    await clock.sleep(sleepMs, options.signal);
  }
}
