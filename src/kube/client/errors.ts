import { InfrastructureError, type UsageError } from '../../model/errors.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import { objectError } from '../manifest-source.ts';
import { fieldPath } from './field-path.ts';

/** The API server answered, and not with success. `status` is the HTTP code. */
export class KubeApiError extends InfrastructureError {
  override readonly name: string = 'KubeApiError';
  readonly status: number;
  /** Machine-readable reason of the Status object (`NotFound`, `Invalid`…); `''` when it has none. */
  readonly reason: string;
  /** The Status object's own message, without what we were doing. */
  readonly detail: string;
  constructor(what: string, status: number, reason: string, detail: string) {
    super(`${what}: ${detail} (${[`HTTP ${status}`, reason].filter(Boolean).join(' ')})`);
    this.status = status;
    this.reason = reason;
    this.detail = detail;
  }
}

/** Reads a refusal: the body is a `Status` object as JSON, or a proxy's plain text. */
export function apiError(what: string, status: number, body: string): KubeApiError {
  const parsed = parseStatus(body);
  const detail = (parsed?.message ?? body).replace(/\s+/g, ' ').trim().slice(0, 1000);
  return new KubeApiError(what, status, parsed?.reason ?? '', detail || '(no message)');
}

/** No answer: refused, reset, timed out, TLS. */
export class KubeNetworkError extends InfrastructureError {
  override readonly name: string = 'KubeNetworkError';
  constructor(what: string, server: string, cause: unknown) {
    super(
      `${what}: no answer from the API server ${server}: ${networkReason(cause)}; is the cluster running and reachable from here?`,
      { cause },
    );
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof KubeApiError && error.status === 404;
}

export function isGone(error: unknown, name: string): boolean {
  // A missing namespace says NotFound too, but of another object.
  return isNotFound(error) && (error as KubeApiError).detail.includes(`"${name}"`);
}

/** A pod was refused because its ServiceAccount is not there (yet). */
export function lacksAccount(error: unknown, name: string): boolean {
  return (
    error instanceof KubeApiError &&
    error.status === 403 &&
    error.detail.includes(`serviceaccount "${name}" not found`)
  );
}

/**
 * 409, or a JSON patch whose `test` did not hold: 422 with this sentence and nothing more (apiserver,
 * endpoints/handlers/patch.go, answers ErrTestFailed by NewGenericServerResponse; seen on 1.34), or the
 * library's own words (500 before Kubernetes 1.29).
 */
export function isConflict(error: unknown): boolean {
  if (!(error instanceof KubeApiError)) return false;
  const { status, reason, detail } = error;
  if (status === 409 || /testing (path|value)|test failed/i.test(detail)) return true;
  return (
    status === 422 &&
    reason === 'Invalid' &&
    detail === 'the server rejected our request due to an error in our request'
  );
}

/** What may go away by itself: no answer, throttling, an API server that starts or restarts. */
export function isTransient(error: unknown): boolean {
  if (error instanceof KubeNetworkError) return true;
  if (!(error instanceof KubeApiError) || typedPatch.test(error.detail)) return false;
  return [429, 500, 502, 503, 504].includes(error.status);
}

/**
 * A refusal that blames the object itself, as a UsageError (exit 64); null when the cluster is to
 * blame (quota, admission, webhook, permissions).
 *
 * Shapes seen on 1.34: 422 `Invalid` with causes by field; for server-side apply a misspelt or
 * mistyped field is 500 `failed to create typed patch object (…): .spec.replica: field not declared
 * in schema`; strict decoding elsewhere is 400 `strict decoding error: unknown field "…"`.
 */
export function objectRefusal(error: unknown, object: KubeObject): UsageError | null {
  if (!(error instanceof KubeApiError)) return null;
  if (/admission webhook/i.test(error.detail)) return null;
  const [, typed] = typedPatch.exec(error.detail) ?? [];
  if (typed !== undefined) {
    const unknown = typed.endsWith('field not declared in schema');
    return blame(object, typed.replace(/^\./, ''), unknown ? 'key' : 'value');
  }
  if (strictDecoding.test(error.detail)) return objectError(object, [], error.detail);
  if (error.status === 422 && (error.reason === 'Invalid' || error.reason === '')) {
    return blame(object, error.detail.replace(/^\S+ "[^"]*" is invalid: \[?/, ''), 'value');
  }
  return null;
}

/** Points at the first field that `complaint` (`FIELD: what is wrong, FIELD: …`) names. */
function blame(object: KubeObject, complaint: string, at: 'value' | 'key'): UsageError {
  const [, field = ''] = /^([\w.$-]+(?:\[[^\]]*\][\w.$-]*)*): /.exec(complaint) ?? [];
  return objectError(object, fieldPath(object, field), complaint, at);
}

const strictDecoding = /strict decoding error|cannot be handled as a|unable to decode|json: cannot/;
const typedPatch = /failed to create typed (?:patch )?object \([^)]*\): (.*)$/;

function parseStatus(body: string): { message?: string; reason?: string } | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return null;
    const { message, reason } = value as { message?: unknown; reason?: unknown };
    return {
      ...(typeof message === 'string' ? { message } : {}),
      ...(typeof reason === 'string' ? { reason } : {}),
    };
  } catch {
    return null; // not JSON: a proxy's page or `404 page not found`
  }
}

function networkReason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'TimeoutError') return 'timed out';
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause.cause;
  if (cause.message === '' || cause.message === 'fetch failed') {
    return inner === undefined ? cause.name : networkReason(inner);
  }
  return cause.message;
}
