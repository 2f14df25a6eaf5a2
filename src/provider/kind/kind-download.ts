import { join } from 'node:path';
import { InfrastructureError } from '../../model/errors.ts';
import { downloadProgram } from '../../platform/program-download.ts';

export interface KindDownload {
  /** With its `v`. */
  readonly version: string;
  /** Where downloads are kept, one file a version. */
  readonly folder: string;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Where the releases are; for a mirror and for tests. */
  readonly releases?: string;
  readonly timeoutMs?: number;
}

const kindReleases = 'https://github.com/kubernetes-sigs/kind/releases/download';

/**
 * Downloads kind, checked against the file that is published beside it.
 * @returns the program's path.
 * @throws InfrastructureError
 */
export async function downloadKind(options: KindDownload): Promise<string> {
  const file = fileName(options);
  const target = join(options.folder, `${options.version}-${file}`);
  const source = `${options.releases ?? kindReleases}/${options.version}/${file}`;
  await downloadProgram({
    what: `kind ${options.version}`,
    program: 'kind',
    source,
    checksums: `${source}.sha256sum`,
    known: null,
    target,
    log: options.log,
    signal: options.signal,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  return target;
}

function fileName({ platform, arch }: KindDownload): string {
  const system = platform === 'win32' ? 'windows' : platform;
  const machine = arch === 'x64' ? 'amd64' : arch;
  if (!['linux', 'darwin'].includes(system) || !['amd64', 'arm64'].includes(machine)) {
    throw new InfrastructureError(
      `kind publishes no program for ${platform} on ${arch} that this tool can use; put kind on PATH`,
    );
  }
  return `kind-${system}-${machine}`;
}
