import { describeError } from '../model/errors.ts';
import { formatAddress, parseAddress } from '../redis/address.ts';
import { openConnection, type Reply } from '../redis/connection.ts';
import { parseInfo, serverInfo } from '../redis/info.ts';
import { classify, NotSentError } from '../redis/outcome.ts';
import { parseRedirect } from '../redis/redirect.ts';
import type { ReadReply, ReadRequest } from './observer-protocol.ts';

const maxHops = 5;

/**
 * Reads a key as a client does that has just started and knows one address: asks there and goes where
 * it is sent, dead addresses included. Never rejects.
 */
export async function naiveRead(request: ReadRequest, password: string | null): Promise<ReadReply> {
  const hops: string[] = [];
  const usedPassword = request.auth === false ? null : password;
  let address = request.seed;
  let asking = false;
  for (;;) {
    hops.push(address);
    const replies = await readAt(address, request, asking, usedPassword);
    const [value, myId, info] = replies;
    const redirect = parseRedirect(value);
    if (redirect && hops.length <= maxHops) {
      const host = redirect.address.host || parseAddress(address).host;
      address = formatAddress({ host, port: redirect.address.port });
      asking = redirect.kind === 'ASK';
      continue;
    }
    if (value instanceof Error) {
      const { errorClass } = classify(value, !(value instanceof NotSentError));
      const message = redirect ? `more than ${maxHops} redirects` : describeError(value);
      return { value: null, owner: null, hops, error: { class: errorClass, message } };
    }
    const owner = `${ownerId(myId, info)}@${address}`;
    return { value: value === null ? null : String(value), owner, hops, error: null };
  }
}

/** Replies to GET, CLUSTER MYID and INFO server; a single Error when there was no connection. */
async function readAt(
  address: string,
  request: ReadRequest,
  asking: boolean,
  password: string | null,
): Promise<readonly Reply[]> {
  const timeoutMs = request.timeoutMs ?? 2000;
  try {
    const connection = await openConnection({
      address: parseAddress(address),
      password,
      connectTimeoutMs: timeoutMs,
      commandTimeoutMs: timeoutMs,
    });
    try {
      const replies = await connection.pipeline([
        ...(asking ? [['ASKING']] : []),
        ['GET', request.key],
        ['CLUSTER', 'MYID'],
        ['INFO', 'server'],
      ]);
      return asking ? replies.slice(1) : replies;
    } finally {
      connection.close();
    }
  } catch (error) {
    return [error instanceof Error ? error : new Error(String(error))];
  }
}

/** CLUSTER MYID; outside cluster mode, where that is refused, the run_id. */
function ownerId(myId: Reply, info: Reply): string {
  if (typeof myId === 'string') return myId;
  try {
    return serverInfo(parseInfo(String(info))).runId;
  } catch {
    return ''; // it answered GET but will not say who it is (an ACL): the address has to do
  }
}
