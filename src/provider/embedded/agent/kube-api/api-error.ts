/** What the API server answers when it does not do what was asked: a `Status` object. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly reason: string;
  readonly details: ErrorDetails | null;
  constructor(code: number, reason: string, message: string, details: ErrorDetails | null = null) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  get status(): object {
    const { code, reason, details, message } = this;
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details ? { details } : {}),
      code,
    };
  }
}

export interface ErrorDetails {
  readonly name?: string;
  readonly group?: string;
  /** The resource in the plural, or the kind for an invalid object. */
  readonly kind?: string;
  readonly causes?: readonly { reason: string; message: string; field?: string }[];
}

export function unauthorized(): ApiError {
  return new ApiError(401, 'Unauthorized', 'Unauthorized');
}

/** No such path; an object that is not there is `notFound`. */
export function noSuchPath(): ApiError {
  const message = 'the server could not find the requested resource';
  return new ApiError(404, 'NotFound', message, {});
}

export function notFound(resource: { group: string; plural: string }, name: string): ApiError {
  const message = `${qualified(resource)} "${name}" not found`;
  return new ApiError(404, 'NotFound', message, detailsOf(resource, name));
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

/** What Kubernetes may allow and embedded does not: the message says so, and where it goes. */
export function methodNotAllowed(what: string): ApiError {
  return new ApiError(
    405,
    'MethodNotAllowed',
    `the server does not allow this method on the requested resource: in the embedded provider ${what}; run with --provider kind`,
    {},
  );
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}

/** A change that the API refuses, by field. */
export function invalid(kind: string, name: string, field: string, problem: string): ApiError {
  return new ApiError(422, 'Invalid', `${kind} "${name}" is invalid: ${field}: ${problem}`, {
    name,
    kind,
    causes: [
      {
        reason: problem.startsWith('Forbidden') ? 'FieldValueForbidden' : 'FieldValueInvalid',
        message: problem,
        field,
      },
    ],
  });
}

export function conflict(
  resource: { group: string; plural: string },
  name: string,
  why: string,
): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, detailsOf(resource, name));
}

/** `pods`, `deployments.apps`. */
export function qualified({ group, plural }: { group: string; plural: string }): string {
  return group === '' ? plural : `${plural}.${group}`;
}

export function detailsOf(
  { group, plural }: { group: string; plural: string },
  name: string | null,
): ErrorDetails {
  return {
    ...(name === null ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: plural,
  };
}
