import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { DeadlineError, InfrastructureError, UsageError } from '../../model/errors.ts';
import { waitFor } from '../../platform/wait.ts';
import type { Undo } from '../provider.ts';
import { findTools } from './agent/image/tools.ts';
import { inNewNode, isRootless } from './namespaces.ts';
import type {
  AgentCalls,
  AgentOptions,
  CallName,
  FromAgent,
  RemoteError,
  ToAgent,
} from './protocol.ts';

/** A node that has not come up by then will not. */
const bootTimeoutMs = 60_000;
const callTimeoutMs = 60_000;
const goodbyeMs = 2000;

export interface NodeProcessOptions extends AgentOptions {
  /** Arguments for this Node that start the agent. */
  readonly command: readonly string[];
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

interface PendingCall {
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The node's process seen from the tool: starts it, asks it, ends it. */
export class NodeProcess {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, PendingCall>();
  readonly #log: (line: string) => void;
  readonly #ended: Promise<void>;
  #stderr = '';
  #nextId = 1;
  #failure: Error | null = null;
  #ready: PendingCall | null = null;

  private constructor(child: ChildProcess, log: (line: string) => void) {
    this.#child = child;
    this.#log = log;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#fail(`the embedded node ended (${code ?? signal})`);
        resolve();
      });
      child.once('error', (error) => {
        this.#fail(`the embedded node could not be started: ${error.message}`);
        resolve();
      });
    });
    child.on('message', (message: FromAgent) => this.#receive(message));
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-4000);
    });
  }

  /** @throws InfrastructureError when the namespaces cannot be made or the node does not come up */
  static async start(options: NodeProcessOptions): Promise<NodeProcess> {
    const { tools, missing } = findTools();
    if (missing.length > 0) {
      throw new InfrastructureError(
        `the embedded provider needs ${missing.join(', ')}, not found on PATH; \`redis-k8s-chaos doctor\` says how to get them`,
      );
    }
    // A tmpfs on the node's own /run: whatever it writes is gone with it.
    const script = '"$0" -t tmpfs -o mode=755 tmpfs /run || exit 70; "$@"; exit $?';
    const [command, args] = inNewNode(tools, script, []);
    args[args.length - 1] = tools.mount; // $0 of the script
    args.push(process.execPath, '--no-warnings', ...options.command);
    const compileCache = process.env.NODE_COMPILE_CACHE;
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      // its own session: Ctrl-C goes to the tool, which heals first and ends the node itself
      detached: true,
      cwd: '/',
      env: {
        PATH: process.env.PATH ?? '',
        // the agent is compiled from the same files as we are; where we keep them it may too
        ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }),
        ...(isRootless() ? { EMBEDDED_ROOTLESS: '1' } : {}),
      },
    });
    const agent = new NodeProcess(child, options.log);
    try {
      await agent.#boot(options);
    } catch (error) {
      await agent.stop();
      throw error;
    }
    return agent;
  }

  /** For the journal: who to kill should the tool and its pdeathsig both fail. */
  get identity(): { readonly pid: number; readonly startTicks: number | null } {
    const pid = this.#child.pid ?? 0;
    return { pid, startTicks: startTicksOf(pid) };
  }

  /**
   * Asks the agent. Ends after `timeoutMs` with an InfrastructureError, at once when the signal
   * aborts (the agent is told), and when the node dies.
   */
  async call<Name extends CallName>(
    name: Name,
    request: AgentCalls[Name]['request'],
    signal: AbortSignal,
    options: { readonly timeoutMs?: number; readonly handle?: Server } = {},
  ): Promise<AgentCalls[Name]['reply']> {
    signal.throwIfAborted();
    if (this.#failure) throw this.#failure;
    const id = this.#nextId++;
    const timeoutMs = options.timeoutMs ?? callTimeoutMs;
    let timer: NodeJS.Timeout | undefined;
    let onAbort = () => {};
    const reply = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      timer = setTimeout(() => {
        this.#send({ kind: 'cancel', id });
        reject(
          new InfrastructureError(`the embedded node did not answer ${name} in ${timeoutMs} ms`),
        );
      }, timeoutMs);
      onAbort = () => {
        this.#send({ kind: 'cancel', id });
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#send({ kind: 'call', id, name, request }, options.handle);
    });
    try {
      return (await reply) as AgentCalls[Name]['reply'];
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      this.#pending.delete(id);
    }
  }

  /** Ends the node and everything in it; idempotent. */
  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), goodbyeMs);
    await this.#ended;
    clearTimeout(timer);
  }

  #boot(options: NodeProcessOptions): Promise<unknown> {
    const { namespace, nodeProgram, images, nodes, nodeLoss, signal } = options;
    return new Promise((resolve, reject) => {
      const settle = <T>(then: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          then(value);
        };
      };
      const onAbort = () => this.#ready?.reject(signal.reason);
      const timer = setTimeout(
        () => this.#fail(`the embedded node did not come up in ${bootTimeoutMs} ms`),
        bootTimeoutMs,
      );
      this.#ready = { resolve: settle(resolve), reject: settle(reject) };
      if (this.#failure) return this.#ready.reject(this.#failure);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) return onAbort();
      this.#child.once('message', () => {
        const start = { namespace, nodeProgram, images, nodes, nodeLoss };
        this.#send({ kind: 'start', options: start });
      });
    });
  }

  #receive(message: FromAgent): void {
    if (message.kind === 'log') this.#log(message.line);
    else if (message.kind === 'ready') this.#ready?.resolve(undefined);
    else if (message.kind === 'reply') this.#pending.get(message.id)?.resolve(message.reply);
    else if (message.kind === 'failure') {
      const waiting = message.id === null ? this.#ready : this.#pending.get(message.id);
      waiting?.reject(localError(message.error));
    }
  }

  #send(message: ToAgent, handle?: Server): void {
    if (!this.#child.connected) return;
    this.#child.send(message, handle, (error) => {
      if (error) this.#fail(`the embedded node does not listen: ${error.message}`);
    });
  }

  #fail(what: string): void {
    const said = this.#stderr.trim();
    this.#failure ??= new InfrastructureError(
      `${what}${said === '' ? '' : `; it said: ${said.slice(-1500)}`}`,
    );
    this.#ready?.reject(this.#failure);
    for (const { reject } of this.#pending.values()) reject(this.#failure);
  }
}

function localError(error: RemoteError): Error {
  if (error.deadline) {
    const { what, waitedMs, lastSeen } = error.deadline;
    return new DeadlineError(what, waitedMs, lastSeen);
  }
  return error.type === 'usage'
    ? new UsageError(error.message)
    : new InfrastructureError(error.message);
}

/** Start time of a process in clock ticks since boot (proc(5), stat field 22); null when it is gone. */
function startTicksOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return null;
  }
}

/**
 * Ends a node that outlived its tool. It never should: the agent exits when its channel closes.
 * A pid that belongs to a younger process by now is left alone.
 */
export async function undoEmbeddedNode(undo: Undo, signal: AbortSignal): Promise<void> {
  const { pid, startTicks } = undo as { pid?: unknown; startTicks?: unknown };
  if (typeof pid !== 'number' || pid <= 1 || typeof startTicks !== 'number') return;
  if (startTicksOf(pid) !== startTicks) return;
  process.kill(pid, 'SIGKILL');
  await waitFor(
    { what: `process ${pid} of an embedded node to end`, timeoutMs: 5000, everyMs: 20, signal },
    () =>
      startTicksOf(pid) === startTicks
        ? { done: false, seen: 'still there' }
        : { done: true, value: undefined },
  );
}
