import { Pool } from 'undici';
import type { Operation, Outcome } from '../model/operation.ts';

/** How one request ended: the part of an Operation that the answer decides. */
export type HttpAnswer = Pick<Operation, 'outcome' | 'value' | 'error' | 'node'>;

/** The hit-counter behind its LoadBalancer. */
export interface HttpTarget {
  /** One attempt, never repeated; `end` is called exactly once. */
  hit(key: string, opId: string, end: (answer: HttpAnswer) => void): void;
  close(): Promise<void>;
}

export interface HttpTargetOptions {
  readonly origin: string;
  readonly timeoutMs: number;
  /** First group (or the whole match) is the counter's value on the page. */
  readonly pattern: RegExp;
  /** Path of one key's page; our own app's is `/` for `hits` and `/?key=K` for the others. */
  readonly pathOf: (key: string) => string;
}

/** The page of contract.md. */
export const ownPattern = /I have been hit (\d+) times since deployment\./;
export const ownPath = (key: string) => (key === 'hits' ? '/' : `/?key=${encodeURIComponent(key)}`);

/**
 * Enough for every request of a second at the usual rates to have a connection of its own, so that a
 * slow one never holds up the next. Without a bound a stall of ours at thousands of requests a second
 * opens as many connections at once, and the generator drowns in connecting.
 */
const mostConnections = 1024;

export function openHttpTarget(options: HttpTargetOptions): HttpTarget {
  const pool = new Pool(options.origin, {
    connections: mostConnections,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    connect: { timeout: options.timeoutMs },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    hit(key, opId, end) {
      const abort = new AbortController();
      const timer = setTimeout(() => abort.abort(new RequestTimeout()), options.timeoutMs);
      send(pool, options, key, opId, abort.signal)
        .then(end, (error: unknown) => end(classifyFailure(error)))
        .finally(() => clearTimeout(timer));
    },
    close: () => pool.destroy(),
  };
}

class RequestTimeout extends Error {
  readonly code = 'timeout';
}

async function send(
  pool: Pool,
  options: HttpTargetOptions,
  key: string,
  opId: string,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const response = await pool.request({
    method: 'GET',
    path: options.pathOf(key),
    headers: { 'x-op-id': opId },
    signal,
  });
  const body = await response.body.text();
  return classifyAnswer(response.statusCode, response.headers, body, options.pattern);
}

/**
 * Our own app says the outcome; for another, a page with the number is an acknowledgement and
 * anything else of the 2xx kind is not known. A 4xx refused the request; a 5xx without a class may
 * have come after the write.
 */
export function classifyAnswer(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
  pattern: RegExp,
): HttpAnswer {
  const said = one(headers['x-outcome']);
  const node = one(headers['x-node']);
  const match = pattern.exec(body);
  const value = match ? Number((match[1] ?? match[0]).replaceAll(/[^\d]/g, '')) : null;
  const outcome: Outcome =
    said === 'ok' || said === 'rejected' || said === 'indeterminate'
      ? said
      : status >= 200 && status < 300
        ? 'ok'
        : status >= 400 && status < 500
          ? 'rejected'
          : 'indeterminate';
  if (outcome === 'ok') {
    return value === null || !Number.isSafeInteger(value)
      ? { outcome: 'indeterminate', value: null, error: 'no-number', node }
      : { outcome, value, error: null, node };
  }
  return { outcome, value: null, error: one(headers['x-error']) ?? `http-${status}`, node };
}

/**
 * Errors after which nothing was sent: the connection was never made. Every other failure came with
 * the request possibly on its way.
 */
const neverSent = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export function classifyFailure(error: unknown): HttpAnswer {
  const code = errorCode(error);
  return {
    outcome: neverSent.has(code) ? 'rejected' : 'indeterminate',
    value: null,
    error: code,
    node: null,
  };
}

function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  if (error instanceof Error) {
    const { code } = error as NodeJS.ErrnoException;
    return code ?? (error.cause === undefined ? error.name : errorCode(error.cause));
  }
  return String(error);
}

function one(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}
