import { join } from 'node:path';
import { InfrastructureError } from '../../model/errors.ts';
import { runOrThrow } from '../../platform/process.ts';
import { downloadProgram } from '../../platform/program-download.ts';

export interface KustomizeDownload {
  /** Where downloads are kept. */
  readonly folder: string;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Where the releases are; for a mirror and for tests. */
  readonly releases?: string;
  /** SHA-256 of the archive by platform; for tests. */
  readonly known?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export const kustomizeVersion = 'v5.8.1';
const kustomizeReleases = 'https://github.com/kubernetes-sigs/kustomize/releases/download';

/** Of the archives of that version, by platform. */
const knownSha256: Readonly<Record<string, string>> = {
  linux_amd64: '029a7f0f4e1932c52a0476cf02a0fd855c0bb85694b82c338fc648dcb53a819d',
  linux_arm64: '0953ea3e476f66d6ddfcd911d750f5167b9365aa9491b2326398e289fef2c142',
  darwin_amd64: 'ee7cf0c1e3592aa7bb66ba82b359933a95e7f2e0b36e5f53ed0a4535b017f2f8',
  darwin_arm64: '8886f8a78474e608cc81234f729fda188a9767da23e28925802f00ece2bab288',
};

/**
 * Downloads the one version of kustomize whose checksums are known here.
 * @returns the program's path.
 * @throws InfrastructureError
 */
export async function downloadKustomize(options: KustomizeDownload): Promise<string> {
  const name = `${options.platform}_${options.arch === 'x64' ? 'amd64' : options.arch}`;
  const known = (options.known ?? knownSha256)[name];
  if (known === undefined) {
    throw new InfrastructureError(
      `kustomize ${kustomizeVersion} is not known for ${options.platform} on ${options.arch}`,
    );
  }
  const base = `${options.releases ?? kustomizeReleases}/kustomize%2F${kustomizeVersion}`;
  const target = join(options.folder, `${kustomizeVersion}-${name}`);
  await downloadProgram({
    what: `kustomize ${kustomizeVersion}`,
    program: 'kustomize',
    source: `${base}/kustomize_${kustomizeVersion}_${name}.tar.gz`,
    checksums: `${base}/checksums.txt`,
    known,
    target,
    unpack: takeOut,
    log: options.log,
    signal: options.signal,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  return target;
}

async function takeOut(archive: Buffer, signal: AbortSignal): Promise<Buffer> {
  const { stdout } = await runOrThrow('tar', ['-xzOf', '-', 'kustomize'], {
    stdin: archive,
    timeoutMs: 60_000,
    signal,
  });
  if (stdout.length > 0) return stdout;
  throw new InfrastructureError('the archive of kustomize holds no program of that name');
}
