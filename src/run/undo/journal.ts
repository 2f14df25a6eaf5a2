import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WriteError } from '../../model/errors.ts';
import { identify, isAlive, type ProcessIdentity } from '../../platform/process-identity.ts';
import type { Undo, UndoLog } from '../../provider/provider.ts';

/**
 * The journal of one run: an NDJSON file of undos, each on disk before its deed. It is removed when
 * every undo is struck out; what a killed run left is carried out by `clean` and by `post`.
 */
export interface Journal extends UndoLog {
  readonly path: string;
  /** Undos not yet struck out, the newest first. */
  pending(): readonly PendingUndo[];
  /** Removes the file when nothing is pending. */
  close(): void;
}

export interface PendingUndo {
  readonly id: string;
  readonly undo: Undo;
}

/** A journal found on disk, and whether the run that owns it still lives. */
export interface FoundJournal {
  readonly path: string;
  readonly runId: string;
  readonly ownerAlive: boolean;
  readonly pending: readonly PendingUndo[];
}

type Line =
  | { readonly run: string; readonly owner: ProcessIdentity }
  | { readonly id: string; readonly undo: Undo }
  | { readonly done: string };

/**
 * A failed append is told to `onFailure`. Recording an undo then throws too, so that its deed is left
 * undone; striking one out does not: what was undone is undone, and carrying it out again does nothing.
 * @throws WriteError when the folder or the first line cannot be written
 */
export function openJournal(
  dir: string,
  runId: string,
  onFailure: (error: WriteError) => void = () => {},
): Journal {
  const path = join(dir, `${runId}.ndjson`);
  const pending = new Map<string, Undo>();
  let next = 0;
  let torn = false;
  const append = (line: Line) => {
    try {
      // flag `as`: each line is on disk before the call returns, so that a SIGKILL cannot overtake it
      const text = `${torn ? '\n' : ''}${JSON.stringify(line)}\n`;
      appendFileSync(path, text, { flag: 'as', mode: 0o600 });
      torn = false;
    } catch (cause) {
      torn = true; // a part of it may be there: the next one begins a line of its own
      const error = new WriteError(path, cause);
      onFailure(error);
      throw error;
    }
  };
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    append({ run: runId, owner: identify(process.pid) });
  } catch (cause) {
    forget(path); // nothing was made yet that it could undo
    throw cause instanceof WriteError ? cause : new WriteError(dir, cause);
  }
  return {
    path,
    async record(undo) {
      const id = `u${++next}`;
      append({ id, undo });
      pending.set(id, undo);
      return id;
    },
    async done(id) {
      if (!pending.delete(id)) return;
      try {
        append({ done: id });
      } catch {
        // told; the file goes with its last undo
      }
    },
    pending: () => newestFirst(pending),
    close() {
      if (pending.size === 0) rmSync(path, { force: true });
    },
  };
}

function forget(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // then there is no such folder
  }
}

/** Every journal in the folder; a torn last line (the machine stopped) is passed over. */
export function findJournals(dir: string): readonly FoundJournal[] {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.ndjson'))
    .sort()
    .map((name) => readJournal(join(dir, name)));
}

export function readJournal(path: string): FoundJournal {
  const pending = new Map<string, Undo>();
  let runId = '';
  let owner: ProcessIdentity | null = null;
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    const line = parseLine(text);
    if (line === null) continue;
    if ('run' in line) {
      runId = line.run;
      owner = line.owner;
    } else if ('undo' in line) pending.set(line.id, line.undo);
    else pending.delete(line.done);
  }
  return {
    path,
    runId,
    ownerAlive: owner !== null && isAlive(owner),
    pending: newestFirst(pending),
  };
}

/** Strikes an undo out of a journal that is not ours; removes the file with its last one. */
export function strikeOut(journal: FoundJournal, ids: ReadonlySet<string>): void {
  if (journal.pending.every((entry) => ids.has(entry.id))) {
    rmSync(journal.path, { force: true });
    return;
  }
  for (const id of ids)
    appendFileSync(journal.path, `${JSON.stringify({ done: id })}\n`, { flag: 'as' });
}

function newestFirst(pending: ReadonlyMap<string, Undo>): readonly PendingUndo[] {
  return [...pending].map(([id, undo]) => ({ id, undo })).reverse();
}

function parseLine(text: string): Line | null {
  try {
    return text === '' ? null : (JSON.parse(text) as Line);
  } catch {
    return null;
  }
}
