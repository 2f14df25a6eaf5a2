import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { EvidenceFile } from '../../model/report.ts';

/** What the verdict was decided from: these files, and the parts of report.json below. */
const files = ['history.ndjson', 'events.ndjson'] as const;
const folder = 'nodes';
const chunkBytes = 1 << 20;

/** The parts of report.json that the verdict was decided from. */
export interface JudgedBy {
  readonly plan: unknown;
  readonly environment: { readonly topology: unknown };
}

/** Named like a file, by JSON pointer (RFC 6901). */
const parts: readonly (readonly [string, (report: JudgedBy) => unknown])[] = [
  ['report.json#/plan', ({ plan }) => plan],
  ['report.json#/environment/topology', ({ environment }) => environment.topology],
];

/** The digests of a finished run's evidence, for its report.json. */
export function digestEvidence(reportDir: string, report: JudgedBy): readonly EvidenceFile[] {
  return [
    ...evidenceFiles(reportDir).map((file) => ({ file, sha256: sha256(join(reportDir, file)) })),
    ...parts.map(([file, part]) => ({ file, sha256: sha256OfValue(part(report)) })),
  ];
}

/**
 * What is no longer as the run wrote it, one line a file. This finds a file that was cut, edited or
 * mixed up; who also edits the digests in report.json is not found out, a signature would be needed.
 */
export function changedEvidence(
  reportDir: string,
  report: JudgedBy & { readonly evidence: readonly EvidenceFile[] },
): readonly string[] {
  const recorded = report.evidence;
  const known = new Set(recorded.map(({ file }) => file));
  const added = evidenceFiles(reportDir).filter((file) => !known.has(file));
  return [
    ...recorded.flatMap(({ file, sha256: wanted }) => {
      const part = parts.find(([name]) => name === file)?.[1];
      const path = join(reportDir, file);
      if (!part && !existsSync(path)) return [`${file} is gone`];
      const now = part ? sha256OfValue(part(report)) : sha256(path);
      return now === wanted
        ? []
        : [
            `${file} is not what the run wrote: its digest differs, sha256 ${now}, report.json says ${wanted}`,
          ];
    }),
    ...added.map((file) => `${file} is not a file of the run`),
  ];
}

/** Of the value, however it is laid out: JSON with sorted keys and no blanks. */
function sha256OfValue(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
  return createHash('sha256')
    .update(text ?? 'undefined')
    .digest('hex');
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
