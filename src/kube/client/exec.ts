import WebSocket from 'ws';
import { DeadlineError, InfrastructureError } from '../../model/errors.ts';
import { beforeAbort, type KubeConnection } from './connection.ts';
import { apiError, KubeNetworkError } from './errors.ts';

export interface ExecRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly argv: readonly string[];
  readonly stdin?: Buffer;
  readonly timeoutMs: number;
}

export interface ExecOutcome {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Channels of the remote command protocol: the first byte of each frame. v5 added `close`. */
const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
/** Frames above this are split: proxies and kubelets limit their size. */
const stdinFrameBytes = 32 * 1024;
const killTimeoutMs = 5000;

/**
 * Runs argv in a container over a WebSocket and waits for the status frame. It always ends: at the
 * deadline the remote process is killed where the container has a shell; a socket that closes
 * before the status frame is an error that says that the outcome is unknown.
 * @throws DeadlineError past `timeoutMs`; InfrastructureError; or the signal's reason.
 */
export async function execInPod(
  connection: KubeConnection,
  request: ExecRequest,
  signal: AbortSignal,
): Promise<ExecOutcome> {
  const timeout = AbortSignal.timeout(request.timeoutMs);
  try {
    return await attempt(connection, request, AbortSignal.any([signal, timeout]));
  } catch (error) {
    const ranOut = timeout.aborted && error === timeout.reason;
    if (!ranOut && !(signal.aborted && error === signal.reason)) throw error;
    const fate = await killRemote(connection, request); // also when interrupted: nothing stays behind
    if (!ranOut) throw error;
    throw new DeadlineError(what(request), request.timeoutMs, `still running; ${fate}`, error);
  }
}

async function attempt(
  connection: KubeConnection,
  request: ExecRequest,
  signal: AbortSignal,
): Promise<ExecOutcome> {
  signal.throwIfAborted();
  const options: WebSocket.ClientOptions = {};
  await beforeAbort(connection.config.applyToHTTPSOptions(options), signal);
  signal.throwIfAborted();
  const socket = new WebSocket(execUrl(connection.server, request), protocols, {
    ...options,
    perMessageDeflate: false,
  });
  const output: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  const onAbort = () => socket.terminate();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const status = await new Promise<string>((resolve, reject) => {
      socket.on('unexpected-response', (_, answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('close', () => {
          const body = Buffer.concat(chunks).toString('utf8');
          reject(apiError(what(request), answer.statusCode ?? 0, body));
          socket.terminate();
        });
      });
      socket.on('open', () => {
        try {
          sendStdin(socket, request);
        } catch (error) {
          reject(error);
        }
      });
      socket.on('message', (data) => {
        const frame = data as Buffer;
        if (frame[0] === channel.stdout) output.stdout.push(frame.subarray(1));
        else if (frame[0] === channel.stderr) output.stderr.push(frame.subarray(1));
        else if (frame[0] === channel.status) resolve(frame.subarray(1).toString('utf8'));
      });
      let opened = false;
      socket.on('open', () => {
        opened = true;
      });
      socket.on('error', (error) => {
        if (signal.aborted) reject(signal.reason);
        else if (opened) reject(indeterminate(request, error));
        else reject(new KubeNetworkError(what(request), connection.server, error));
      });
      socket.on('close', (code) => {
        if (signal.aborted) reject(signal.reason);
        else reject(indeterminate(request, new Error(`the connection closed with code ${code}`)));
      });
    });
    return {
      exitCode: exitCodeOf(status, request),
      stdout: Buffer.concat(output.stdout),
      stderr: Buffer.concat(output.stderr),
    };
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.terminate();
  }
}

function execUrl(server: string, request: ExecRequest): URL {
  const url = new URL(
    `${server}/api/v1/namespaces/${encodeURIComponent(request.namespace)}/pods/${encodeURIComponent(request.pod)}/exec`,
  );
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  url.searchParams.set('container', request.container);
  url.searchParams.set('stdout', 'true');
  url.searchParams.set('stderr', 'true');
  if (request.stdin) url.searchParams.set('stdin', 'true');
  for (const word of request.argv) url.searchParams.append('command', word);
  return url;
}

function sendStdin(socket: WebSocket, request: ExecRequest): void {
  if (!request.stdin) return;
  if (socket.protocol !== 'v5.channel.k8s.io') {
    throw new InfrastructureError(
      `${what(request)}: this API server cannot end a command's standard input (it speaks ${socket.protocol}; v5.channel.k8s.io came with Kubernetes 1.30)`,
    );
  }
  for (let at = 0; at < request.stdin.length; at += stdinFrameBytes) {
    const part = request.stdin.subarray(at, at + stdinFrameBytes);
    socket.send(Buffer.concat([Buffer.of(channel.stdin), part]));
  }
  socket.send(Buffer.of(channel.close, channel.stdin));
}

/** The status frame: `Success`, or `NonZeroExitCode` with the code in its causes. */
function exitCodeOf(text: string, request: ExecRequest): number {
  const status = JSON.parse(text) as {
    status?: string;
    reason?: string;
    message?: string;
    details?: { causes?: { reason?: string; message?: string }[] };
  };
  if (status.status === 'Success') return 0;
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  const exitCode = Number(cause?.message);
  if (cause && Number.isInteger(exitCode)) return exitCode;
  throw new InfrastructureError(
    `${what(request)}: ${status.message ?? status.reason ?? 'failed without a reason'}`,
  );
}

function indeterminate(request: ExecRequest, cause: Error): InfrastructureError {
  return new InfrastructureError(
    `${what(request)}: ${cause.message} before its exit status came: outcome indeterminate, it may or may not have run`,
    { cause },
  );
}

/**
 * Closing the socket leaves the remote process running (kubernetes-client/javascript#2532). It is
 * found by its argv among the processes that have no parent in the container, other than PID 1;
 * an exec'd process leads its own session, so its children are in its group.
 */
async function killRemote(connection: KubeConnection, request: ExecRequest): Promise<string> {
  const script = `want=$1; killed=1
for d in /proc/[0-9]*; do
  p=\${d#/proc/}; [ "$p" = 1 ] && continue
  [ "$(tr '\\0' '\\n' <$d/cmdline 2>/dev/null)" = "$want" ] || continue
  s=$(cat $d/stat 2>/dev/null) || continue
  set -- \${s##*) }; [ "$2" = 0 ] || continue
  kill -s KILL -- -$p 2>/dev/null || kill -s KILL $p 2>/dev/null && killed=0
done
exit $killed`;
  const argv = ['sh', '-c', script, 'sh', request.argv.join('\n')];
  try {
    const { stdin: _, ...rest } = request;
    const kill = { ...rest, argv, timeoutMs: killTimeoutMs };
    const { exitCode } = await attempt(connection, kill, AbortSignal.timeout(killTimeoutMs));
    return exitCode === 0 ? 'it was killed' : 'it was not found any more';
  } catch {
    return 'it could not be killed and may still run';
  }
}

function what(request: ExecRequest): string {
  return `run [${request.argv.join(' ')}] in ${request.pod}/${request.container}`;
}
