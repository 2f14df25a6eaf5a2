import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { EvidenceFile } from '../model/report.ts';

/** What the verdict was decided from, beside the plan in report.json. */
const files = ['history.ndjson', 'events.ndjson'] as const;
const folder = 'nodes';
const chunkBytes = 1 << 20;

/** The digests of a finished run's evidence, for its report.json. */
export function digestEvidence(reportDir: string): readonly EvidenceFile[] {
  return evidenceFiles(reportDir).map((file) => ({ file, sha256: sha256(join(reportDir, file)) }));
}

/**
 * What is no longer as the run wrote it, one line a file. This finds a file that was cut, edited or
 * mixed up; who also edits the digests in report.json is not found out, a signature would be needed.
 */
export function changedEvidence(
  reportDir: string,
  recorded: readonly EvidenceFile[],
): readonly string[] {
  const known = new Set(recorded.map(({ file }) => file));
  const added = evidenceFiles(reportDir).filter((file) => !known.has(file));
  return [
    ...recorded.flatMap(({ file, sha256: wanted }) => {
      const path = join(reportDir, file);
      if (!existsSync(path)) return [`${file} is gone`];
      const now = sha256(path);
      return now === wanted
        ? []
        : [`${file} is not what the run wrote: sha256 ${now}, report.json says ${wanted}`];
    }),
    ...added.map((file) => `${file} is not a file of the run`),
  ];
}

/** Names below the report folder, sorted, with `/` between them. */
function evidenceFiles(reportDir: string): readonly string[] {
  const snapshots = join(reportDir, folder);
  const below = existsSync(snapshots)
    ? readdirSync(snapshots, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(reportDir.length))
        .map((name) => name.replace(/^[/\\]+/, '').replaceAll('\\', '/'))
    : [];
  return [...files.filter((name) => existsSync(join(reportDir, name))), ...below.sort()];
}

function sha256(path: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(chunkBytes);
  const descriptor = openSync(path, 'r');
  try {
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) {
      hash.update(chunk.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}
