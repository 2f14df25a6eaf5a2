import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  fchownSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import type { FifoPool } from '../fifo-pool.ts';
import type { RootFilesystem } from '../image/root-filesystem.ts';
import type { Sandbox } from '../image/sandbox.ts';
import type { Tools } from '../image/tools.ts';
import type { Credentials } from '../kubelet/credentials.ts';
import { nodeFolder } from '../kubelet/node-files.ts';
import type { ContainerLog } from './container-log.ts';

export interface ContainerRequest {
  readonly tools: Tools;
  readonly sandbox: Sandbox;
  readonly root: RootFilesystem;
  readonly credentials: Credentials;
  readonly environment: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  readonly log: ContainerLog;
  readonly fifos: FifoPool;
}

export interface RunningContainer {
  /** PID 1 of the container, as the node sees it; 0 when it had ended before we looked. */
  readonly pid: number;
  /** Exit code as a container runtime tells it: 128 + signal for a killed one. */
  readonly exited: Promise<number>;
  signal(name: NodeJS.Signals): void;
}

/** The container could not be started at all: reason StartError, exit code 128. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/**
 * Runs as PID 1 of the new PID namespace, in a mount namespace of its own, and becomes the command.
 * Descriptors: 1 tells the agent how far we are, 2 carries set-up errors, 3 is the container's log.
 */
const initScript = `set -e
fstab=$1; root=$2; workdir=$3; mount=$4; pivot_root=$5; umount=$6; options=$7
shift 7
"$mount" --all --fstab "$fstab"
cd "$root"
"$pivot_root" . .
"$umount" -l .
cd "$workdir"
if ! command -v -- "$1" >/dev/null; then
  echo "exec: \\"$1\\": executable file not found in \\$PATH" >&2
  exit 128
fi
case "$1" in
  */*) [ -x "$1" ] || { echo "exec: \\"$1\\": permission denied" >&2; exit 128; } ;;
esac
echo started
IFS='
'
exec /usr/bin/setpriv $options -- "$@" >&3 2>&3 3>&-
`;
const initFile = join(nodeFolder, 'container-init.sh');

/** Not the last command of the shell, else it would become it instead of waiting for it. */
const waiting = '"$0" "$@"; exit $?';

/** Once per node: writes the script that every container starts with. */
export function writeInitScript(): void {
  writeFileSync(initFile, initScript);
}

let serial = 0;

/**
 * Starts a container in its pod's sandbox. `unshare --pid` without `--fork` keeps a shell outside
 * the new PID namespace: its first child is PID 1 there, and it passes on how that one ended
 * (util-linux 2.38's own `--fork` loses the status of a killed child). Where the pod's containers
 * share one PID namespace, `nsenter --pid` forks and passes the status on itself.
 * @throws StartError when the set-up fails or the command does not exist
 */
export async function startContainer(request: ContainerRequest): Promise<RunningContainer> {
  const { tools, sandbox, root, credentials } = request;
  const fstab = join(nodeFolder, `fstab.container.${serial++}`);
  writeFileSync(fstab, `${root.mounts.join('\n')}\n`);
  const fifo = await request.fifos.take();
  const reading = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const writing = openSync(fifo, constants.O_WRONLY);
  rmSync(fifo);
  if (credentials.uid !== 0) fchownSync(writing, credentials.uid, credentials.gid);
  const output = new Socket({ fd: reading, readable: true, writable: false });
  output.on('data', (chunk: Buffer) => request.log.append(chunk));
  output.on('error', () => {}); // the log ends here; the exit code tells the rest
  const outputClosed = new Promise<void>((resolve) => output.on('close', () => resolve()));

  const args = [
    `--net=${sandbox.netFile}`,
    `--uts=${sandbox.utsFile}`,
    `--ipc=${sandbox.ipcFile}`,
    ...(sandbox.pidFile
      ? [`--pid=${sandbox.pidFile}`, tools.unshare, '--mount']
      : [tools.unshare, '--mount', '--pid', tools.sh, '-c', waiting]),
    tools.setsid,
    tools.sh,
    initFile,
    fstab,
    root.folder,
    root.workingDir,
    tools.mount,
    tools.pivot_root,
    tools.umount,
    credentials.setpriv.join('\n'),
    ...request.argv,
  ];
  const child = spawn(tools.nsenter, args, {
    env: request.environment,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe', writing],
    detached: true,
  });
  closeSync(writing);
  const exitCode = exitCodeOf(child);
  let mountNamespace = '';
  const exited = exitCode.then(async (code) => {
    if (sandbox.pidFile) killAllIn(mountNamespace);
    // what a killed container left in the pipe still belongs to its log
    await Promise.race([outputClosed, new Promise((resolve) => setTimeout(resolve, 200).unref())]);
    output.destroy();
    request.log.end();
    return code;
  });
  await started(child, exited);
  rmSync(fstab, { force: true });
  const pid = firstChild(child.pid ?? 0);
  mountNamespace = namespaceOf(pid);
  return {
    pid,
    exited,
    signal: (name) => {
      try {
        if (pid > 0) process.kill(pid, name);
      } catch {
        // it is gone already
      }
    },
  };
}

/** The mount namespace of a process, as /proc tells it; '' when it is gone. */
function namespaceOf(pid: number | string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return '';
  }
}

/** What else a container had started: in a PID namespace of its own the kernel would have ended it. */
function killAllIn(mountNamespace: string): void {
  if (mountNamespace === '') return;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || namespaceOf(pid) !== mountNamespace) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // it ended meanwhile
    }
  }
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on('error', () => resolve(128));
    child.on('exit', (code, signal) =>
      resolve(code ?? 128 + (signal ? osConstants.signals[signal] : 0)),
    );
  });
}

/** Resolves when the init script is about to become the command. */
function started(child: ChildProcess, exited: Promise<number>): Promise<void> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('error', (cause) => reject(new StartError(cause.message, { cause })));
    void exited.then((code) =>
      reject(new StartError(errors.trim() || `the container's set-up ended with ${code}`)),
    );
  });
}

/** 0 when it has ended already, which is no error: a short command may. */
function firstChild(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
  } catch {
    return 0;
  }
}
