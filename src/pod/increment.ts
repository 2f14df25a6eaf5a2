import type { Outcome } from '../model/operation.ts';
import type { Connection, Reply } from '../redis/connection.ts';
import { ledgerKey } from '../redis/ledger-key.ts';
import { classify, NotSentError } from '../redis/outcome.ts';
import { parseRedirect, type Redirect } from '../redis/redirect.ts';

/** One increment with its entry in the ledger. */
export interface Increment {
  readonly key: string;
  readonly opId: string;
  /** WAIT for so many replicas after EXEC; null: no WAIT. */
  readonly wait: { readonly replicas: number; readonly timeoutMs: number } | null;
}

/** What one attempt on one connection gave. */
export interface Attempt {
  readonly outcome: Outcome;
  readonly value: number | null;
  readonly errorClass: string | null;
  /** The server refused because another one owns the slot. */
  readonly redirect: Redirect | null;
  /** Replicas that acknowledged within the WAIT; null without one. */
  readonly replicas: number | null;
}

/**
 * Sends `MULTI, INCR K, RPUSH LEDGER OP_ID, EXEC` once, in one write. After a redirect of kind ASK,
 * `asking` puts ASKING in front, which then holds for the whole transaction (server.c, resetClient).
 */
export async function attemptIncrement(
  connection: Connection,
  increment: Increment,
  asking: boolean,
): Promise<Attempt> {
  const { key, opId, wait } = increment;
  const commands = [
    ...(asking ? [['ASKING']] : []),
    ['MULTI'],
    ['INCR', key],
    ['RPUSH', ledgerKey(key), opId],
    ['EXEC'],
    ...(wait ? [['WAIT', String(wait.replicas), String(wait.timeoutMs)]] : []),
  ];
  let replies: readonly Reply[];
  try {
    replies = await connection.pipeline(commands);
  } catch (error) {
    return failed(error, !(error instanceof NotSentError));
  }
  const [multi, incr, rpush, exec, waited] = replies.slice(asking ? 1 : 0);
  return {
    ...judgeTransaction(multi, incr, rpush, exec),
    replicas: typeof waited === 'number' ? waited : null,
  };
}

/**
 * What the four replies together say of the write.
 * - EXEC's list: both were applied.
 * - a command refused while queueing (`MOVED`, `READONLY`…): EXEC aborts, nothing was applied, even
 *   if EXEC's own answer got lost.
 * - EXEC refused (`CLUSTERDOWN`, `TRYAGAIN`…): nothing was applied.
 * - EXEC unanswered: unknown.
 */
export function judgeTransaction(
  multi: Reply,
  incr: Reply,
  rpush: Reply,
  exec: Reply,
): Omit<Attempt, 'replicas'> {
  if (typeof incr === 'number' || typeof rpush === 'number') return judgeUnqueued(incr, rpush);
  for (const queued of [incr, rpush, multi]) {
    const refused = refusal(queued);
    if (refused) return refused;
  }
  if (exec instanceof Error) return failed(exec, true);
  if (!Array.isArray(exec)) return rejected('exec-null');
  const [value, length] = exec;
  if (typeof value === 'number' && typeof length === 'number') return applied(value);
  // Redis does not roll back: when INCR failed the counter is as it was (a value that is no number);
  // when only RPUSH failed it has moved, and no ledger will ever show it.
  const error = [value, length].find((reply) => reply instanceof Error);
  const errorClass = error ? classify(error, true).errorClass : 'unknown-reply';
  return value instanceof Error ? rejected(errorClass) : unknown(errorClass);
}

/** MULTI was refused and a later command no longer was (a script just over): each ran by itself. */
function judgeUnqueued(incr: Reply, rpush: Reply): Omit<Attempt, 'replicas'> {
  if (typeof incr === 'number' && typeof rpush === 'number') return applied(incr);
  return unknown('split-transaction');
}

function refusal(reply: Reply): Omit<Attempt, 'replicas'> | null {
  if (!(reply instanceof Error)) return null;
  const { outcome, errorClass } = classify(reply, true);
  if (outcome !== 'rejected') return null;
  return { outcome, value: null, errorClass, redirect: parseRedirect(reply) };
}

function failed(error: unknown, sent: boolean): Attempt {
  const { outcome, errorClass } = classify(error, sent);
  return { outcome, value: null, errorClass, redirect: parseRedirect(error), replicas: null };
}

const applied = (value: number) =>
  ({ outcome: 'ok', value, errorClass: null, redirect: null }) as const;

const rejected = (errorClass: string) =>
  ({ outcome: 'rejected', value: null, errorClass, redirect: null }) as const;

const unknown = (errorClass: string) =>
  ({ outcome: 'indeterminate', value: null, errorClass, redirect: null }) as const;
