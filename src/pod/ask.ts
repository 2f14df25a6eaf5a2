import { describeError } from '../model/errors.ts';
import { parseAddress } from '../redis/address.ts';
import { openConnection, type Reply } from '../redis/connection.ts';
import { classify, NotSentError } from '../redis/outcome.ts';
import type { Logins } from './logins.ts';
import type { AskReply, AskRequest, JsonReply } from './observer-protocol.ts';

/**
 * Runs the commands on a fresh connection, in one write, each once: a reply for each. Takes at most
 * twice `timeoutMs`: to connect, and to be answered.
 */
export async function ask(
  request: AskRequest,
  argvs: readonly (readonly string[])[],
  logins: Logins,
): Promise<AskReply[]> {
  try {
    const connection = await openConnection({
      ...(request.auth === false ? { password: null } : logins[request.kind ?? 'data']),
      address: parseAddress(request.address),
      connectTimeoutMs: request.timeoutMs,
      commandTimeoutMs: request.timeoutMs,
    });
    try {
      return (await connection.pipeline(argvs)).map(toAskReply);
    } finally {
      connection.close();
    }
  } catch (error) {
    return argvs.map(() => failed(error, !(error instanceof NotSentError)));
  }
}

function toAskReply(reply: Reply): AskReply {
  return reply instanceof Error ? failed(reply, true) : { ok: true, reply: toJson(reply) };
}

function failed(error: unknown, sent: boolean): AskReply {
  const { outcome, errorClass } = classify(error, sent);
  return { ok: false, error: { class: errorClass, message: describeError(error), outcome } };
}

function toJson(reply: Reply): JsonReply {
  if (Array.isArray(reply)) return reply.map(toJson);
  if (reply instanceof Error) return { error: reply.message };
  if (typeof reply === 'string' || typeof reply === 'number') return reply;
  return reply === null ? null : String(reply);
}
