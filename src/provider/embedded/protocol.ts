import type { EvictionAnswer, HoldRef, KubeObject } from '../provider.ts';
import type { NodeLossTimings } from './agent/machines.ts';

/** What the tool can ask of the node's agent, and what comes back. Buffers survive the channel. */
export interface AgentCalls {
  apply: { request: { objects: readonly KubeObject[] }; reply: { fidelity: readonly string[] } };
  remove: { request: { selector: string }; reply: null };
  /** With `since`, the version of an earlier answer: null where no object of the kind changed after it. */
  list: {
    request: { kind: string; selector: string | null; since: number | null };
    reply: { version: number; objects: readonly KubeObject[] } | null;
  };
  exec: {
    request: {
      pod: string;
      container: string;
      argv: readonly string[];
      stdin: Uint8Array | null;
      timeoutMs: number;
    };
    reply: { exitCode: number; stdout: Uint8Array; stderr: Uint8Array };
  };
  logs: {
    request: { pod: string; container: string; previous: boolean; timestamps: boolean };
    reply: string;
  };
  deletePod: {
    request: { name: string; uid: string; graceSeconds: number | null; hold: boolean };
    reply: HoldRef | null;
  };
  evictPod: { request: { name: string; uid: string }; reply: EvictionAnswer };
  deleteClaims: { request: { name: string; uid: string }; reply: readonly string[] };
  signalProcess: {
    request: { name: string; uid: string; container: string; signal: 'SIGKILL' };
    reply: null;
  };
  release: { request: HoldRef; reply: null };
  breakNode: { request: { node: string; how: 'stop' | 'cut' }; reply: null };
  healNode: { request: { node: string }; reply: null };
  /** Comes with a listening server as the message's handle. */
  serve: { request: { service: string; portName: string }; reply: null };
}

export type CallName = keyof AgentCalls;

export interface AgentOptions {
  readonly namespace: string;
  readonly nodeProgram: string;
  readonly images: readonly { readonly from: string; readonly to: string }[];
  /** How many nodes it plays, 1 or more. */
  readonly nodes: number;
  readonly nodeLoss: NodeLossTimings;
}

export type ToAgent =
  | { readonly kind: 'start'; readonly options: AgentOptions }
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly name: CallName;
      readonly request: unknown;
    }
  | { readonly kind: 'cancel'; readonly id: number };

/** How an error crosses the channel: its class by name, its message as it is. */
export interface RemoteError {
  readonly type: 'usage' | 'infrastructure';
  readonly message: string;
  /** The parts of a DeadlineError; null for others. */
  readonly deadline: { what: string; waitedMs: number; lastSeen: string } | null;
}

export type FromAgent =
  | { readonly kind: 'booted' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'reply'; readonly id: number; readonly reply: unknown }
  | { readonly kind: 'failure'; readonly id: number | null; readonly error: RemoteError }
  | { readonly kind: 'log'; readonly line: string };
