import { randomBytes } from 'node:crypto';
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
import { UsageError, WriteError } from '../../model/errors.ts';

/** Marks a folder as ours, so that a later run may write over it. */
const marker = '.redis-k8s-chaos';

/**
 * Room kept free for the report itself, which must fit when the evidence has filled the disk: its page has
 * up to 2 MB. One that does not fit makes an error of a run whose evidence says otherwise.
 */
const reserve = '.reserve';
const reserveBytes = 2560 * 1024;

export interface ReportFolder {
  readonly path: string;
  /**
   * Writes a file below the folder, making its parents. One that does not fit is not left half written.
   * @throws WriteError, which `onFailure` was told too
   */
  write(name: string, content: string | Buffer): void;
  /** Gives the reserved room free: for the report, when the evidence is written. */
  useReserve(): void;
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

/**
 * Makes the folder, empties it of the last report, marks it as ours and reserves room in it.
 * @throws UsageError for a folder that cannot be made, WriteError for one without room.
 */
export function openReportFolder(
  path: string,
  onFailure: (error: WriteError) => void = () => {},
): ReportFolder {
  checkReportFolder(path);
  const full = resolve(path);
  try {
    mkdirSync(full, { recursive: true });
    for (const name of readdirSync(full))
      rmSync(join(full, name), { recursive: true, force: true });
  } catch (cause) {
    if (isNoRoom(cause)) throw new WriteError(full, cause);
    throw new UsageError(`--report-dir ${path} cannot be written: ${(cause as Error).message}`, {
      cause,
    });
  }
  const write = (name: string, content: string | Buffer) => {
    const file = join(full, name);
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    } catch (cause) {
      try {
        rmSync(file, { force: true }); // half a report.json reads as one that was edited
      } catch {
        // then it stays
      }
      const error = new WriteError(file, cause);
      onFailure(error);
      throw error;
    }
  };
  write(marker, 'A report of redis-k8s-chaos: the next run may write over it.\n');
  // not zeros: a file system that compresses would keep no room for them
  write(reserve, randomBytes(reserveBytes));
  return { path: full, write, useReserve: () => rmSync(join(full, reserve), { force: true }) };
}

function isNoRoom(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
