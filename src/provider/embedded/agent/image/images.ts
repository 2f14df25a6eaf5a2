import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  haproxyEntrypoint,
  nodeEntrypoint,
  redisEntrypoint,
  serverEntrypoint,
  serverWithoutProtectedMode,
} from '../container/entrypoints.ts';
import { folders, mountAll } from '../kubelet/node-files.ts';
import { findProgram, type Tools } from './tools.ts';

/** A local stand-in for a container image. */
export interface Image {
  readonly reference: string;
  /** e.g. `redis:8.0 is the local Redis 7.0.15`. */
  readonly description: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDir: string;
  /** Its user by name and number, where that is not root. */
  readonly user: { readonly name: string; readonly uid: number } | null;
  readonly stopSignal: NodeJS.Signals;
  /** Folder that is /usr/local in the container. */
  readonly localFolder: string;
  /** Folder of a program that was named by its path, seen at that very path; null for others. */
  readonly ownFolder: string | null;
}

export interface ImageOptions {
  readonly tools: Tools;
  readonly nodeProgram: string;
  readonly map: readonly { readonly from: string; readonly to: string }[];
  readonly rootless: boolean;
}

type Family = 'redis' | 'valkey' | 'node' | 'haproxy';

/** What is known of a reference: the family of programs, and a program that was named outright. */
interface Match {
  readonly family: Family;
  readonly program: string | null;
  /** First number of the tag, `8` of `redis:8.0-alpine`; null for `latest` and its like. */
  readonly major: number | null;
}

const publicNames: Readonly<Record<string, Family>> = {
  redis: 'redis',
  'valkey/valkey': 'valkey',
  node: 'node',
  haproxy: 'haproxy',
};

/** Name of an image without registry defaults, tag and digest: `docker.io/library/redis:8` → `redis`. */
export function imageName(reference: string): string {
  return reference
    .replace(/@.*$/, '')
    .replace(/:[^:/]*$/, '')
    .replace(/^(index\.)?docker\.io\//, '')
    .replace(/^library\//, '');
}

function majorOf(reference: string): number | null {
  const digits = /:v?(\d+)[^:/]*$/.exec(reference.replace(/@.*$/, ''))?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Which family of local programs a reference stands for; null when it is not one we know. */
export function matchImage(reference: string, map: ImageOptions['map']): Match | null {
  const mapped = map.find(({ from }) => from === reference || from === imageName(reference));
  const target = mapped?.to ?? reference;
  if (target.startsWith('/')) {
    const named = `${basename(target)} ${imageName(reference)}`;
    const family = (['valkey', 'redis', 'haproxy', 'node'] as const).find((f) => named.includes(f));
    return family ? { family, program: target, major: null } : null;
  }
  const family = publicNames[imageName(target)];
  return family ? { family, program: null, major: majorOf(target) } : null;
}

/** Prepares each image once and remembers it; a failure to find its program is remembered too. */
export class ImageStore {
  readonly #options: ImageOptions;
  readonly #images = new Map<string, Promise<Image | string>>();

  constructor(options: ImageOptions) {
    this.#options = options;
  }

  /** The image, or the reason (for an ErrImagePull) why there is none. */
  get(reference: string): Promise<Image | string> {
    let image = this.#images.get(reference);
    if (!image) {
      image = this.#prepare(reference, this.#images.size).catch((error: Error) => error.message);
      this.#images.set(reference, image);
    }
    return image;
  }

  async #prepare(reference: string, serial: number): Promise<Image | string> {
    const match = matchImage(reference, this.#options.map);
    if (!match) {
      return `failed to pull image "${reference}": the embedded provider has no registry; it knows redis, valkey/valkey, node and haproxy (local programs): map it with --image ${imageName(reference)}=NAME, or run with --provider kind`;
    }
    const programs = this.#programs(match);
    if (typeof programs === 'string') return `failed to pull image "${reference}": ${programs}`;
    const localFolder = join(folders.images, String(serial));
    const bin = join(localFolder, 'bin');
    const own = join(localFolder, 'libexec/image');
    for (const folder of [bin, own, join(localFolder, 'lib')])
      mkdirSync(folder, { recursive: true });
    const binds: string[] = existsSync('/usr/local/lib')
      ? [`/usr/local/lib ${join(localFolder, 'lib')} none rbind,ro 0 0`]
      : [];
    for (const [name, { file, script }] of Object.entries(programs.files)) {
      const target = join(script ? own : bin, name);
      if (script) writeFileSync(join(bin, name), script, { mode: 0o755 });
      writeFileSync(target, '');
      binds.push(`${fstabPath(realpathSync(file))} ${target} none bind,ro 0 0`);
    }
    writeFileSync(join(bin, 'docker-entrypoint.sh'), programs.entrypoint, { mode: 0o755 });
    await mountAll(this.#options.tools, binds);
    const version = await programVersion(programs.main, programs.argv0);
    return {
      reference,
      description: `${reference} is the local ${version}`,
      entrypoint: ['docker-entrypoint.sh'],
      command: programs.command,
      workingDir: programs.workingDir,
      user: programs.user,
      stopSignal: programs.stopSignal,
      localFolder,
      ownFolder: match.program === null ? null : folderOf(match.program),
    };
  }

  #programs(match: Match): Programs | string {
    if (match.program !== null && !existsSync(match.program)) {
      return `there is no program ${match.program} on this machine`;
    }
    if (match.family === 'node') return nodePrograms(match.program ?? this.#options.nodeProgram);
    if (match.family === 'haproxy') {
      const file = match.program ?? findProgram('haproxy');
      return file
        ? haproxyPrograms(file)
        : 'haproxy is not installed here (Debian: apt-get install haproxy)';
    }
    return serverPrograms(match, !this.#options.rootless);
  }
}

interface Programs {
  readonly main: string;
  readonly argv0: string;
  /** By name in the image's bin; one with a script stands behind that script. */
  readonly files: Readonly<Record<string, { readonly file: string; readonly script?: string }>>;
  readonly entrypoint: string;
  readonly command: readonly string[];
  readonly workingDir: string;
  readonly user: Image['user'];
  readonly stopSignal: NodeJS.Signals;
}

function nodePrograms(file: string): Programs {
  return {
    main: file,
    argv0: 'node',
    files: { node: { file } },
    entrypoint: nodeEntrypoint,
    command: ['node'],
    workingDir: '/',
    user: null,
    stopSignal: 'SIGTERM',
  };
}

function haproxyPrograms(file: string): Programs {
  return {
    main: file,
    argv0: 'haproxy',
    files: { haproxy: { file } },
    entrypoint: haproxyEntrypoint,
    command: ['haproxy', '-f', '/usr/local/etc/haproxy/haproxy.cfg'],
    workingDir: '/var/lib/haproxy',
    user: { name: 'haproxy', uid: 99 },
    stopSignal: 'SIGUSR1', // a soft stop: what is connected is served to its end
  };
}

/**
 * The server is one program under three names (argv[0] decides). Debian's redis-tools has it as
 * redis-check-rdb, which is the same binary, without the redis-server package's system service.
 */
function serverPrograms(match: Match, canBecomeUser: boolean): Programs | string {
  const valkeyFirst = match.family === 'valkey';
  const order = valkeyFirst ? (['valkey', 'redis'] as const) : (['redis', 'valkey'] as const);
  const candidates = order.flatMap((name) => [`${name}-server`, `${name}-check-rdb`]);
  const server =
    match.program ?? candidates.map((name) => findProgram(name)).find((f) => f !== null);
  if (!server) return 'no Redis server is installed here (Debian: apt-get install redis-tools)';
  const sibling = order.map((name) => join(dirname(server), `${name}-cli`)).find(existsSync);
  const cli = sibling ?? order.map((name) => findProgram(`${name}-cli`)).find((f) => f !== null);
  const files: Record<string, { file: string; script?: string }> = {};
  // The valkey image has the redis-* names too.
  for (const name of valkeyFirst ? ['valkey', 'redis'] : ['redis']) {
    const script = serverWithoutProtectedMode(`/usr/local/libexec/image/${name}-server`);
    files[`${name}-server`] = { file: server, script };
    for (const tool of ['sentinel', 'check-aof', 'check-rdb'])
      files[`${name}-${tool}`] = { file: server };
    if (cli) files[`${name}-cli`] = { file: cli };
  }
  const name = valkeyFirst ? 'valkey-server' : 'redis-server';
  return {
    main: server,
    argv0: basename(server).includes('valkey') ? 'valkey-server' : 'redis-server',
    files,
    entrypoint:
      valkeyFirst || (match.major ?? 8) < 8
        ? serverEntrypoint(valkeyFirst ? 'valkey' : 'redis', canBecomeUser)
        : redisEntrypoint(canBecomeUser),
    command: [name],
    workingDir: '/data',
    user: null,
    stopSignal: 'SIGTERM',
  };
}

/**
 * A program by path may need its neighbours (libraries, a loader, what a wrapper script starts): its
 * folder is mounted with it, read-only. What lies in /usr is there anyway, and / would show everything.
 */
function folderOf(program: string): string | null {
  const folder = dirname(program);
  return folder === '/' || /^\/(usr|bin|sbin|proc|sys|dev|run|etc)(\/|$)/.test(folder)
    ? null
    : folder;
}

/** First line of `--version`, shortened: `Redis 7.0.15`, `Node v24.21.0`. */
function programVersion(file: string, argv0: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(file, [argv0 === 'haproxy' ? '-v' : '--version'], {
      argv0,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5000,
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.on('error', () => resolve(`${argv0} (version unknown)`));
    child.on('close', () => {
      const server = /(Redis|Valkey) server v=(\S+)/i.exec(text);
      if (server) return resolve(`${server[1]} ${server[2]}`);
      const line = text.split('\n', 1)[0]?.trim() || '(version unknown)';
      resolve(argv0 === 'node' ? `Node ${line}` : line);
    });
  });
}

/** fstab separates fields by blanks; they are written as octal escapes (fstab(5)). */
export function fstabPath(path: string): string {
  return path
    .replace(/\\/g, '\\134')
    .replace(/ /g, '\\040')
    .replace(/\t/g, '\\011')
    .replace(/\n/g, '\\012');
}
