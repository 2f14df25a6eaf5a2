import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EnvHttpProxyAgent, request } from 'undici';
import { InfrastructureError } from '../model/errors.ts';

export interface ProgramDownload {
  /** `kind v0.33.0`, for messages. */
  readonly what: string;
  /** `kind`: what to put on PATH instead. */
  readonly program: string;
  /** The file that is fetched: the program itself, or an archive that holds it. */
  readonly source: string;
  /** A text with that file's SHA-256, published beside it; lines of several files name theirs. */
  readonly checksums: string;
  /** The SHA-256 that we know of it; the published one must agree. Null: the published one alone. */
  readonly known: string | null;
  /** Where the program is kept. */
  readonly target: string;
  /** Takes the program out of what was fetched. */
  readonly unpack?: (archive: Buffer, signal: AbortSignal) => Promise<Buffer>;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

const redirects = 5;

/**
 * Downloads a program, checks its SHA-256, and puts it in place by a rename: the file of that name is
 * whole or not there. `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are honoured. What is there already,
 * unchanged since, is not fetched again.
 * @throws InfrastructureError
 */
export async function downloadProgram(options: ProgramDownload): Promise<void> {
  const { source, target, program } = options;
  const cached = await readOrNull(target);
  const cachedSum = (await readOrNull(`${target}.sha256`))?.toString('utf8').trim();
  if (cached && cachedSum === recordOf(options.known, sha256(cached))) return;
  options.log(`downloading ${options.what}`);
  const dispatcher = new EnvHttpProxyAgent();
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 120_000);
  const signal = AbortSignal.any([options.signal, timeout]);
  try {
    const expected = await expectedSum(options, dispatcher, signal);
    const file = await fetchWhole(source, dispatcher, signal);
    const sum = sha256(file);
    if (sum !== expected) {
      throw new InfrastructureError(
        `${source} has SHA-256 ${sum}, expected is ${expected} (${file.length} bytes came): not used; try again, or put ${program} on PATH`,
      );
    }
    const whole = options.unpack ? await options.unpack(file, signal) : file;
    await install(target, whole, recordOf(options.known, sha256(whole)));
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    if (error instanceof InfrastructureError && !timeout.aborted) throw error;
    const reason = timeout.aborted ? 'timed out' : reasonOf(error);
    throw new InfrastructureError(
      `cannot download ${options.what} from ${source}: ${reason}; put ${program} on PATH, or set HTTPS_PROXY`,
      { cause: error },
    );
  } finally {
    await dispatcher.destroy();
  }
}

/** What is noted beside a program: what it was made of, and itself. A change of either is seen. */
function recordOf(known: string | null, sum: string): string {
  return known === null || known === sum ? sum : `${known} ${sum}`;
}

async function expectedSum(
  { source, checksums, known }: ProgramDownload,
  dispatcher: EnvHttpProxyAgent,
  signal: AbortSignal,
): Promise<string> {
  const published = (await fetchWhole(checksums, dispatcher, signal)).toString('utf8');
  const name = decodeURIComponent(source.split('/').at(-1) ?? '');
  const lines = published.split('\n');
  const line =
    lines.find((one) => one.trim().endsWith(name)) ?? (lines.length <= 2 ? lines[0] : '');
  const expected = /\b[0-9a-f]{64}\b/i.exec(line ?? '')?.[0]?.toLowerCase();
  if (!expected) throw new InfrastructureError(`${checksums} holds no SHA-256 of ${name}`);
  if (known !== null && known !== expected) {
    throw new InfrastructureError(
      `${checksums} says ${expected}, but ${known} is known for ${name}: not used`,
    );
  }
  return expected;
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
      `cannot download ${from}: HTTP ${answer.statusCode}${answer.statusCode === 404 ? '; is there such a version?' : ''}`,
    );
  }
  throw new InfrastructureError(`cannot download ${from}: more than ${redirects} redirects`);
}

async function install(target: string, program: Buffer, record: string): Promise<void> {
  const part = `${target}.${randomUUID()}.part`;
  await mkdir(dirname(target), { recursive: true });
  try {
    await writeFile(part, program);
    await chmod(part, 0o755);
    await rename(part, target);
    await writeFile(part, `${record}\n`);
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
