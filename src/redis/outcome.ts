import { ChaosError } from '../model/errors.ts';
import type { Outcome } from '../model/operation.ts';

/** Why a command failed, and what is therefore known about its effect. */
export interface Classified {
  readonly outcome: Exclude<Outcome, 'ok'>;
  /** `CLUSTERDOWN`, `timeout`, `closed`, `ECONNREFUSED`, `connect-timeout`, `not-connected`… */
  readonly errorClass: string;
}

/** The command surely never left this process: no connection, or one that is not ready. */
export class NotSentError extends ChaosError {
  override readonly name: string = 'NotSentError';
}

/**
 * What a failed write tells (docs/design/contract.md, "outcome"; Jepsen's ok / fail / info):
 * - not sent (refused, connect time-out, no DNS answer, failed AUTH): rejected
 * - an error reply (`MOVED`, `CLUSTERDOWN`, `READONLY`, `NOAUTH`…): rejected. Redis answers so before
 *   executing anything; EXECABORT says that of the whole transaction
 * - sent, and then a time-out, reset, EOF or a broken reply: indeterminate
 *
 * A lost connection alone does not say whether a command was in flight or never sent: `sent` does.
 */
export function classify(error: unknown, sent: boolean): Classified {
  if (error instanceof NotSentError) {
    return { outcome: 'rejected', errorClass: transportClass(error.cause) ?? 'not-connected' };
  }
  if (isReplyError(error)) {
    const code = /^([A-Z][A-Z0-9_-]*)(?= |$)/.exec(error.message)?.[1];
    // Redis' own error replies start with a code. Anything else is a proxy's ("upstream failure"),
    // which may have passed the write on.
    if (code !== undefined) return { outcome: 'rejected', errorClass: code };
    return { outcome: sent ? 'indeterminate' : 'rejected', errorClass: 'unknown-reply' };
  }
  return {
    outcome: sent ? 'indeterminate' : 'rejected',
    errorClass: transportClass(error) ?? (sent ? 'unknown' : 'not-connected'),
  };
}

/** An error that the server sent as its reply. */
export interface ReplyError extends Error {
  readonly name: 'ReplyError';
}

/** Whether the server itself said so, alone or inside EXEC's list. */
export function isReplyError(error: unknown): error is ReplyError {
  return error instanceof Error && error.name === 'ReplyError';
}

/** The server's error reply, `CODE text`. Made for each that arrives, hence without a stack. */
export function replyError(message: string): ReplyError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = new Error(message);
  Error.stackTraceLimit = limit;
  error.name = 'ReplyError';
  return error as ReplyError;
}

/** No reply came in time. */
export function timeoutError(): Error {
  return new Error('Command timed out');
}

/** The connection went before the reply came; with the socket's error, null for an EOF. */
export function closedError(cause: Error | null): Error {
  return new Error('Connection is closed.', cause ? { cause } : undefined);
}

function transportClass(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (isReplyError(error)) return classify(error, false).errorClass; // a refused AUTH
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ETIMEDOUT' && syscall === 'connect') return 'connect-timeout';
  if (error.message === 'Command timed out') return 'timeout';
  if (typeof code === 'string') return code;
  const caused = transportClass(error.cause);
  if (caused !== null) return caused;
  return error.message.startsWith('Connection is closed') ? 'closed' : null;
}
