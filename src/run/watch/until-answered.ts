import type { Clock } from '../../platform/clock.ts';

const pauseMs = 250;

export interface AnswerOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** No further attempt begins after it, µs of the clock. */
  readonly untilUs: number;
}

interface Answered {
  readonly error: { readonly class: string; readonly message: string } | null;
}

/**
 * Asks again until somebody has answered: a read that timed out says nothing of the data, and reading twice
 * changes nothing. What the server itself answers, an error too, is the answer; only "still loading" and
 * "try again" are not yet one.
 */
export async function untilAnswered<T extends Answered>(
  { clock, signal, untilUs }: AnswerOptions,
  ask: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const last = clock.nowUs() + pauseMs * 1000 > untilUs;
    const answer = await ask();
    if (last || answer.error === null || isAnswer(answer.error.class)) return answer;
    await clock.sleep(pauseMs, signal);
  }
}

/** Redis' own codes are words in capitals; a socket's begin with an E that is part of the word. */
function isAnswer(name: string): boolean {
  return /^[A-Z][A-Z0-9_-]*$/.test(name) && !/^(E[A-Z]{3,}|ERR_.*|LOADING|TRYAGAIN)$/.test(name);
}
