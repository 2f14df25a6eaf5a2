/**
 * The tool's errors. A message says what was tried, on what, what was expected, what came, and the
 * next step; the foreign error is the `cause`.
 */
export class ChaosError extends Error {
  override readonly name: string = 'ChaosError';
}

/** Where in a user's file an error stands; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A wrong flag, plan or manifest: exit 64, and nothing was touched. */
export class UsageError extends ChaosError {
  override readonly name: string = 'UsageError';
  readonly position: Position | null;
  constructor(message: string, options: { position?: Position; cause?: unknown } = {}) {
    const at = options.position;
    super(
      at ? `${at.file}:${at.line}:${at.column}: ${message}` : message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.position = at ?? null;
  }
}

/** The cluster, an image, the disk or the tool itself failed: exit 3, never 1. */
export class InfrastructureError extends ChaosError {
  override readonly name: string = 'InfrastructureError';
}

/**
 * A file of ours could not be written: the disk is full, or its folder went away. Ends the run, which
 * then heals; never a note among others, because what the report lacks from then on nobody knows.
 */
export class WriteError extends InfrastructureError {
  override readonly name: string = 'WriteError';
  readonly path: string;
  constructor(path: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`cannot write ${path}: ${why}${remedyOf(cause)}`, { cause });
    this.path = path;
  }
}

function remedyOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  if (code === 'ENOSPC') return '; make room there, or name a folder elsewhere';
  return code === 'EDQUOT' ? '; the quota is used up: make room, or name a folder elsewhere' : '';
}

/** A wait whose deadline passed; says what it saw last. */
export class DeadlineError extends InfrastructureError {
  override readonly name: string = 'DeadlineError';
  readonly what: string;
  readonly waitedMs: number;
  readonly lastSeen: string;
  constructor(what: string, waitedMs: number, lastSeen: string, cause?: unknown) {
    super(
      `waited ${waitedMs} ms for ${what}; last seen: ${lastSeen}`,
      cause === undefined ? undefined : { cause },
    );
    this.what = what;
    this.waitedMs = waitedMs;
    this.lastSeen = lastSeen;
  }
}

/** The user (or CI) asked us to stop: exit 130 once healed. */
export class InterruptedError extends ChaosError {
  override readonly name: string = 'InterruptedError';
}

/** The message of an error with its causes, one line: `a: b: c`, repeated texts left out. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  let current: unknown = error;
  for (let depth = 0; current !== undefined && current !== null && depth < 8; depth++) {
    const text =
      current instanceof AggregateError && current.errors.length > 0
        ? current.errors.map(describeError).join('; ')
        : current instanceof Error
          ? current.message || current.name
          : String(current);
    if (!parts.some((part) => part.includes(text))) parts.push(text);
    current = current instanceof Error ? current.cause : undefined;
  }
  return parts.join(': ');
}
