import { describeError } from '../model/errors.ts';
import { type Address, formatAddress, parseAddress } from '../redis/address.ts';
import { openConnection, type Reply } from '../redis/connection.ts';
import { parseInfo, serverInfo } from '../redis/info.ts';
import { classify, NotSentError } from '../redis/outcome.ts';
import { parseRedirect } from '../redis/redirect.ts';
import { masterAddress } from '../redis/sentinel.ts';
import type { Login, Logins } from './logins.ts';
import type { ReadReply, ReadRequest } from './observer-protocol.ts';

const maxHops = 5;
const nobody: Login = { password: null };

/**
 * Reads a key as a client does that has just started and knows one address: asks there and goes where
 * it is sent, dead addresses included. Never rejects.
 */
export async function naiveRead(request: ReadRequest, logins: Logins): Promise<ReadReply> {
  const auth = request.auth !== false;
  const { data, sentinel } = auth ? logins : { data: nobody, sentinel: nobody };
  if (request.sentinel === undefined) return readByRedirects(request, data);
  return readByName(request, request.sentinel, data, sentinel);
}

async function readByRedirects(request: ReadRequest, login: Login): Promise<ReadReply> {
  const hops: string[] = [];
  let address = request.seed;
  let asking = false;
  for (;;) {
    hops.push(address);
    const answer = await askAt(address, request, login, [
      ...(asking ? [['ASKING']] : []),
      ['GET', request.key],
      ['CLUSTER', 'MYID'],
      ['INFO', 'server'],
    ]);
    const [value, myId, info] = asking ? answer.replies.slice(1) : answer.replies;
    const redirect = parseRedirect(value);
    if (redirect && hops.length <= maxHops) {
      const host = redirect.address.host || parseAddress(address).host;
      address = formatAddress({ host, port: redirect.address.port });
      asking = redirect.kind === 'ASK';
      continue;
    }
    if (redirect) return failed(hops, value, `more than ${maxHops} redirects`);
    if (value instanceof Error) return failed(hops, value);
    return found(hops, value, `${ownerId(myId, info)}@${address}`);
  }
}

/**
 * As the Sentinel client protocol says (redis.io, "Guidelines for Redis clients with support for Redis
 * Sentinel"): asks the Sentinel for the address, and the server there whether it is a master.
 */
async function readByName(
  request: ReadRequest,
  name: string,
  login: Login,
  sentinelLogin: Login,
): Promise<ReadReply> {
  const hops = [request.seed];
  const command = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name];
  const named = await askAt(request.seed, request, sentinelLogin, [command]);
  const [reply] = named.replies;
  if (reply instanceof Error) return failed(hops, reply);
  const master = masterAddressOrNull(reply);
  if (master === null)
    return refused(hops, 'no-such-master', `knows no master '${name}': ${JSON.stringify(reply)}`);
  const address = formatAddress(master);
  hops.push(address);
  const answer = await askAt(address, request, login, [
    ['ROLE'],
    ['GET', request.key],
    ['INFO', 'server'],
  ]);
  const [role, value, info] = answer.replies;
  for (const each of [role, value]) if (each instanceof Error) return failed(hops, each);
  const word = Array.isArray(role) ? String(role[0]) : String(role);
  if (word !== 'master') return refused(hops, 'not-master', `says that it is a ${word}`);
  return found(hops, value, `${ownerId(null, info)}@${answer.remoteAddress}`);
}

function masterAddressOrNull(reply: Reply): Address | null {
  try {
    return masterAddress(reply);
  } catch {
    return null; // an answer that names nobody; it is in the message
  }
}

interface Answer {
  readonly replies: readonly Reply[];
  /** `IP:PORT`; where nobody answered, what was asked. */
  readonly remoteAddress: string;
}

/** A reply for each command on a fresh connection; a single Error when there was no connection. */
async function askAt(
  address: string,
  { timeoutMs = 2000 }: ReadRequest,
  login: Login,
  commands: readonly (readonly string[])[],
): Promise<Answer> {
  try {
    const connection = await openConnection({
      ...login,
      address: parseAddress(address),
      connectTimeoutMs: timeoutMs,
      commandTimeoutMs: timeoutMs,
    });
    const { remoteAddress } = connection;
    try {
      return { replies: await connection.pipeline(commands), remoteAddress };
    } finally {
      connection.close();
    }
  } catch (error) {
    const replies = [error instanceof Error ? error : new Error(String(error))];
    return { replies, remoteAddress: address };
  }
}

function found(hops: readonly string[], value: Reply, owner: string): ReadReply {
  return { value: value === null ? null : String(value), owner, hops, error: null };
}

function failed(hops: readonly string[], error: unknown, message?: string): ReadReply {
  const { errorClass } = classify(error, !(error instanceof NotSentError));
  return refused(hops, errorClass, message ?? describeError(error));
}

function refused(hops: readonly string[], errorClass: string, message: string): ReadReply {
  return { value: null, owner: null, hops, error: { class: errorClass, message } };
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
