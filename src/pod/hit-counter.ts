import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { UsageError } from '../model/errors.ts';
import { systemClock } from '../platform/clock.ts';
import { type Address, parseAddress } from '../redis/address.ts';
import { ledgerKey } from '../redis/ledger-key.ts';
import { ClusterCounter } from './cluster-counter.ts';
import type { Counter, CounterResult } from './counter.ts';
import { type Environment, integer, oneOf, requiredText } from './environment.ts';
import { type HttpService, sendText, serveHttp } from './http.ts';
import { loginsOf } from './logins.ts';
import { MasterFinder } from './master-finder.ts';
import { SentinelCounter } from './sentinel-counter.ts';
import { SentinelCounters } from './sentinel-counters.ts';
import { SingleCounter } from './single-counter.ts';

const statusOf = { ok: 200, rejected: 503, indeterminate: 504 } as const;

/**
 * The hit-counter of docs/design/contract.md: `GET /` and `GET /?key=K` increment, `GET /healthz` says that the
 * process serves (and nothing of Redis: an app that restarts when Redis is away helps nobody).
 * @throws UsageError for a wrong environment, InfrastructureError when the port is taken.
 */
export async function startHitCounter(env: Environment, host?: string): Promise<HttpService> {
  const counter = counterOf(env);
  const replicas = integer(env, 'WAIT_REPLICAS', 0, { low: 0, high: 100 });
  const timeoutMs = integer(env, 'WAIT_TIMEOUT_MS', 100, { low: 1, high: 10_000 });
  const wait = replicas > 0 ? { replicas, timeoutMs } : null;
  const newOpId = opIds();

  const hit = async (key: string, request: IncomingMessage, response: ServerResponse) => {
    checkKey(key);
    const opId = opIdOf(request) ?? newOpId();
    const result = await counter.increment({ key, opId, wait });
    sendText(
      response,
      statusOf[result.outcome],
      result.outcome === 'ok'
        ? `I have been hit ${result.value} times since deployment.\n`
        : `${result.outcome}: ${result.errorClass}${result.node ? ` (${result.node})` : ''}\n`,
      headersOf(result),
    );
  };
  const service = await serveHttp(
    (request, response) => {
      if (request.method !== 'GET') return sendText(response, 405, 'only GET\n');
      const url = request.url ?? '/';
      if (url === '/') return hit('hits', request, response);
      if (url === '/healthz') return sendText(response, 200, 'ok\n');
      const { pathname, searchParams } = new URL(url, 'http://hit-counter');
      if (pathname !== '/') return sendText(response, 404, 'GET /, GET /?key=K or GET /healthz\n');
      return hit(searchParams.get('key') ?? 'hits', request, response);
    },
    integer(env, 'PORT', 5000, { low: 0, high: 65535 }),
    host,
  );
  return {
    port: service.port,
    stop: async (lameDuckMs, graceMs) => {
      await service.stop(lameDuckMs, graceMs);
      counter.close();
    },
  };
}

function counterOf(env: Environment): Counter {
  const mode = oneOf(env, 'REDIS_MODE', ['cluster', 'single', 'sentinel']);
  const logins = loginsOf(env);
  const options = {
    ...logins.data,
    mode: mode === 'cluster' ? mode : ('single' as const),
    connectTimeoutMs: 500,
    commandTimeoutMs: integer(env, 'COMMAND_TIMEOUT_MS', 700, { low: 1, high: 60_000 }),
    clock: systemClock,
  };
  if (mode === 'sentinel') {
    const sentinels = sentinelsOf(env);
    return new SentinelCounters(env.REDIS_MASTER_NAME || null, (name) => {
      const finder = new MasterFinder(name, sentinels, { ...options, ...logins.sentinel });
      return new SentinelCounter(finder, options);
    });
  }
  const address = {
    host: requiredText(env, 'REDIS_HOST'),
    port: integer(env, 'REDIS_PORT', 6379, { low: 1, high: 65535 }),
  };
  return mode === 'cluster'
    ? new ClusterCounter(address, options)
    : new SingleCounter(address, options);
}

/** `HOST:PORT,HOST:PORT`; a name may stand for several. @throws UsageError for what is no address. */
function sentinelsOf(env: Environment): readonly Address[] {
  return requiredText(env, 'REDIS_SENTINELS')
    .split(',')
    .map((text) => parseAddress(text.trim()));
}

function headersOf(result: CounterResult): Record<string, string> {
  const headers: Record<string, string> = { 'x-outcome': result.outcome };
  if (result.errorClass !== null) headers['x-error'] = result.errorClass;
  // Only one that executed it, or may have: who refused it stands in the body.
  if (result.node !== null && result.outcome !== 'rejected') headers['x-node'] = result.node;
  if (result.redirects.length > 0) headers['x-redirects'] = result.redirects.join(', ');
  if (result.replicas !== null) headers['x-wait'] = String(result.replicas);
  return headers;
}

/** @throws UsageError for a key that has no ledger, or is over 256 bytes. */
function checkKey(key: string): void {
  if (Buffer.byteLength(key) > 256) throw new UsageError('the key is over 256 bytes');
  ledgerKey(key);
}

/** @throws UsageError for an op id that is not 1..16 visible ASCII characters. */
function opIdOf(request: IncomingMessage): string | null {
  const opId = request.headers['x-op-id'];
  if (opId === undefined) return null;
  if (typeof opId === 'string' && /^[\x21-\x7e]{1,16}$/.test(opId)) return opId;
  throw new UsageError('x-op-id must be 1..16 visible ASCII characters without spaces');
}

/** Ids for requests that bring none: 4 random bytes of this process, then a number. */
function opIds(): () => string {
  const process = randomBytes(4).toString('hex');
  let n = 0;
  return () => `${process}${(n++ % 0x1_0000_0000).toString(16).padStart(8, '0')}`;
}
