import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InfrastructureError, UsageError } from '../model/errors.ts';

/** Marks a folder as ours, so that a later run may write over it. */
const marker = '.redis-k8s-chaos';

export interface ReportFolder {
  readonly path: string;
  /** Writes a file below the folder, making its parents. */
  write(name: string, content: string | Buffer): void;
}

/**
 * Looks whether a report may be written there; touches nothing.
 * @throws UsageError when it holds somebody else's files or cannot be written.
 */
export function checkReportFolder(path: string): void {
  const full = resolve(path);
  if (existsSync(full)) {
    if (!statSync(full).isDirectory()) {
      throw new UsageError(`--report-dir ${path} is a file; name a folder`);
    }
    const names = readdirSync(full);
    if (names.length > 0 && !names.includes(marker)) {
      throw new UsageError(
        `--report-dir ${path} holds files that are not a report of ours (${names.slice(0, 3).join(', ')}); name an empty or a new folder`,
      );
    }
  }
  let parent = full;
  while (!existsSync(parent)) parent = dirname(parent);
  try {
    if (!statSync(parent).isDirectory()) throw new Error(`${parent} is a file`);
    accessSync(parent, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new UsageError(`--report-dir ${path} cannot be written: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** Makes the folder, empties it of the last report, and marks it as ours. Text passes `redact`. */
export function openReportFolder(
  path: string,
  redact: (text: string) => string = (text) => text,
): ReportFolder {
  checkReportFolder(path);
  const full = resolve(path);
  try {
    mkdirSync(full, { recursive: true });
    for (const name of readdirSync(full))
      rmSync(join(full, name), { recursive: true, force: true });
    writeFileSync(
      join(full, marker),
      'A report of redis-k8s-chaos: the next run may write over it.\n',
    );
  } catch (cause) {
    throw new UsageError(`--report-dir ${path} cannot be written: ${(cause as Error).message}`, {
      cause,
    });
  }
  return {
    path: full,
    write(name, content) {
      const file = join(full, name);
      try {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, typeof content === 'string' ? redact(content) : content);
      } catch (cause) {
        throw new InfrastructureError(`cannot write ${file}: ${(cause as Error).message}`, {
          cause,
        });
      }
    },
  };
}
