import { join } from 'node:path';
import { InfrastructureError } from '../../model/errors.ts';
import { findOnPath } from '../../platform/find-on-path.ts';
import { runOrThrow } from '../../platform/process.ts';
import { cacheDir } from '../../platform/state-dir.ts';
import { downloadKind } from './kind-download.ts';

/** What is downloaded where no kind is on PATH and none is asked for. */
export const defaultKindVersion = 'v0.33.0';

export interface KindProgram {
  readonly path: string;
  readonly version: string;
}

/**
 * kind from PATH when it is of the wanted version (null: any), else from the cache or downloaded.
 * @throws InfrastructureError
 */
export async function findKind(
  wanted: string | null,
  log: (line: string) => void,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<KindProgram> {
  const version = wanted === null ? null : `v${wanted.replace(/^v/, '')}`;
  const onPath = await findOnPath('kind', env);
  if (onPath !== null) {
    const found = await versionOf(onPath, signal);
    if (version === null || found === version) return { path: onPath, version: found };
    log(`kind on PATH is ${found}, wanted is ${version}`);
  }
  const needed = version ?? defaultKindVersion;
  const path = await downloadKind({
    version: needed,
    folder: join(cacheDir(env), 'kind'),
    platform: process.platform,
    arch: process.arch,
    log,
    signal,
  });
  return { path, version: needed };
}

async function versionOf(path: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await runOrThrow(path, ['version'], { timeoutMs: 10_000, signal });
  const text = stdout.toString('utf8').trim();
  const version = /\bv\d+\.\d+\.\d+\S*/.exec(text)?.[0];
  if (version) return version;
  throw new InfrastructureError(`${path} version printed ${JSON.stringify(text)}, not a version`);
}
