import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvHttpProxyAgent, request } from 'undici';
import { InfrastructureError } from '../../model/errors.ts';

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
 * SHA-256 by `VERSION/FILE`, which the file published beside the program must agree with. A version
 * that is not listed is checked against the published file alone.
 */
const pinnedSha256: Readonly<Record<string, string>> = {};

const redirects = 5;

/**
 * Downloads kind, checks its SHA-256, and puts it into the folder by a rename: the file of that name
 * is whole or not there. `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are honoured.
 * @returns the program's path.
 * @throws InfrastructureError
 */
export async function downloadKind(options: KindDownload): Promise<string> {
  const file = fileName(options);
  const target = join(options.folder, `${options.version}-${file}`);
  const source = `${options.releases ?? kindReleases}/${options.version}/${file}`;
  const known = pinnedSha256[`${options.version}/${file}`];
  const cached = await readOrNull(target);
  const cachedSum = await readOrNull(`${target}.sha256`);
  if (cached && cachedSum && sha256(cached) === (known ?? cachedSum.toString('utf8').trim())) {
    return target;
  }
  options.log(`downloading kind ${options.version}`);
  const dispatcher = new EnvHttpProxyAgent();
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 120_000);
  const signal = AbortSignal.any([options.signal, timeout]);
  try {
    const published = (await fetchWhole(`${source}.sha256sum`, dispatcher, signal)).toString(
      'utf8',
    );
    const expected = /\b[0-9a-f]{64}\b/i.exec(published)?.[0]?.toLowerCase();
    if (!expected) throw new InfrastructureError(`${source}.sha256sum holds no SHA-256`);
    if (known !== undefined && known !== expected) {
      throw new InfrastructureError(
        `${source}.sha256sum says ${expected}, but ${known} is known for it: not used`,
      );
    }
    const program = await fetchWhole(source, dispatcher, signal);
    const sum = sha256(program);
    if (sum !== expected) {
      throw new InfrastructureError(
        `${source} has SHA-256 ${sum}, expected is ${expected} (${program.length} bytes came): not used; try again, or put kind on PATH`,
      );
    }
    await install(target, program, sum);
    return target;
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    if (error instanceof InfrastructureError) throw error;
    const reason = timeout.aborted ? 'timed out' : reasonOf(error);
    throw new InfrastructureError(
      `cannot download kind ${options.version} from ${source}: ${reason}; put kind on PATH, or set HTTPS_PROXY`,
      { cause: error },
    );
  } finally {
    await dispatcher.destroy();
  }
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

async function fetchWhole(
  from: string,
  dispatcher: EnvHttpProxyAgent,
  signal: AbortSignal,
): Promise<Buffer> {
  let url = from;
  for (let hop = 0; hop <= redirects; hop++) {
    const answer = await request(url, { dispatcher, signal });
    const body = Buffer.from(await answer.body.arrayBuffer()); // a short body is an error of undici's
    const { location } = answer.headers;
    if (answer.statusCode >= 300 && answer.statusCode < 400 && typeof location === 'string') {
      url = new URL(location, url).href;
      continue;
    }
    if (answer.statusCode === 200) return body;
    throw new InfrastructureError(
      `cannot download ${from}: HTTP ${answer.statusCode}${answer.statusCode === 404 ? '; is there such a version of kind?' : ''}`,
    );
  }
  throw new InfrastructureError(`cannot download ${from}: more than ${redirects} redirects`);
}

async function install(target: string, program: Buffer, sum: string): Promise<void> {
  const part = `${target}.${randomUUID()}.part`;
  await mkdir(join(target, '..'), { recursive: true });
  try {
    await writeFile(part, program);
    await chmod(part, 0o755);
    await rename(part, target);
    await writeFile(part, `${sum}\n`);
    await rename(part, `${target}.sha256`);
  } finally {
    await rm(part, { force: true });
  }
}

async function readOrNull(path: string): Promise<Buffer | null> {
  return readFile(path).catch(() => null);
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}
