import type { Operation, Outcome } from '../model/operation.ts';

/** How one request ended: the part of an Operation that the answer decides. */
export type HttpAnswer = Pick<Operation, 'outcome' | 'value' | 'error' | 'node'>;

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
  const value = numberOn(body, pattern);
  const outcome: Outcome =
    said === 'ok' || said === 'rejected' || said === 'indeterminate'
      ? said
      : status >= 200 && status < 300
        ? 'ok'
        : status >= 400 && status < 500
          ? 'rejected'
          : 'indeterminate';
  if (outcome === 'ok') {
    return value === null
      ? { outcome: 'indeterminate', value: null, error: 'no-number', node }
      : { outcome, value, error: null, node };
  }
  return { outcome, value: null, error: one(headers['x-error']) ?? `http-${status}`, node };
}

/** The number that the pattern's first group (or the whole match) shows; null without one. */
export function numberOn(body: string, pattern: RegExp): number | null {
  const match = pattern.exec(body);
  const digits = match ? (match[1] ?? match[0]).replaceAll(/[^\d]/g, '') : '';
  return digits !== '' && Number.isSafeInteger(Number(digits)) ? Number(digits) : null;
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
  'connect-timeout',
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
