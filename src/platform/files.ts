import { readdir, readFile, stat } from 'node:fs/promises';

/** What stands at a path; links are followed. */
export async function pathKind(path: string): Promise<'file' | 'folder' | 'missing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (isMissing(error)) return 'missing';
    throw error;
  }
}

/** A text file's content as UTF-8; null when there is none. Other failures are thrown as they are. */
export async function readTextOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Names (no paths) of the files and folders in a folder, sorted by code unit as kubectl does. */
export async function listFolder(path: string): Promise<readonly string[]> {
  return (await readdir(path)).sort();
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
