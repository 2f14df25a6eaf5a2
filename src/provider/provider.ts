import type { KubeObject } from '../model/kube-object.ts';
import type { ProviderName } from '../model/plan.ts';

export type { KubeObject } from '../model/kube-object.ts';

/** What only some providers can do; a fault says what it needs and is refused before the start. */
export type Capability =
  | 'hold'
  | 'claim-delete'
  | 'process-signal'
  | 'cut-off'
  | 'bus-cut-off'
  | 'node-power'
  | 'eviction';

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Keeps a deleted pod's successor from starting until it is released. Serialisable: it is journalled. */
export interface HoldRef {
  readonly pod: string;
  readonly uid: string;
  readonly finalizer: string;
}

/** Whether the API let a pod go; `reason` is its own sentence about the disruption budget. */
export type EvictionAnswer =
  | { readonly evicted: true }
  | { readonly evicted: false; readonly reason: string };

/**
 * An undo, written to the journal before the deed. Plain JSON; `kind` names who can carry it out.
 * e.g. `{kind: 'kind-cluster', name}`, `{kind: 'hold', provider, pod, uid, finalizer, kubeconfig}`,
 * `{kind: 'process', pid, startTicks}`.
 */
export interface Undo {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** Where undos are kept. `record` resolves once the line is on disk; `done` strikes it out. */
export interface UndoLog {
  record(undo: Undo): Promise<string>;
  done(id: string): Promise<void>;
}

export interface ProviderEnvironment {
  readonly provider: ProviderName;
  readonly kubernetes: string;
  /** Fields accepted without effect, images mapped to local programs, missing fidelity. */
  readonly fidelity: readonly string[];
}

/**
 * One place to run manifests, behind the shapes of the Kubernetes API. All calls work in one
 * namespace. Every call ends by itself (own deadline) and takes an AbortSignal; failures are
 * InfrastructureErrors, or UsageErrors for an object that the API would refuse as invalid.
 */
export interface Provider {
  readonly name: ProviderName;
  readonly namespace: string;
  readonly capabilities: ReadonlySet<Capability>;
  environment(): ProviderEnvironment;
  /** Server-side apply in order; resolves when every object is accepted, not when it is ready. */
  apply(objects: readonly KubeObject[], signal: AbortSignal): Promise<void>;
  /** Deletes what matches this label selector in our namespace, of every kind the port knows. */
  remove(selector: string, signal: AbortSignal): Promise<void>;
  /** `kind` as in YAML: `Pod`, `Service`, `StatefulSet`, `EndpointSlice`, `Event`, `Node`, `Job`… */
  list(kind: string, selector: string | null, signal: AbortSignal): Promise<readonly KubeObject[]>;
  /**
   * Runs argv in a container, no shell. A non-zero exit is a result, not an error; running past
   * `timeoutMs` is a DeadlineError (the remote process is killed where that is possible).
   */
  exec(
    pod: string,
    container: string,
    argv: readonly string[],
    options: { readonly stdin?: Buffer; readonly timeoutMs: number },
    signal: AbortSignal,
  ): Promise<ExecResult>;
  /** Everything the container wrote, stdout and stderr together; `''` when it never started. */
  logs(
    pod: string,
    container: string,
    options: { readonly previous?: boolean; readonly timestamps?: boolean },
    signal: AbortSignal,
  ): Promise<string>;
  /**
   * Deletes the pod with this uid. `graceSeconds` null: the pod's own. With `hold`, a finalizer is
   * put on first (its undo recorded before that) and the HoldRef comes back; needs a StatefulSet
   * as owner. Resolves when the API accepted the deletion.
   */
  deletePod(
    pod: { readonly name: string; readonly uid: string },
    options: { readonly graceSeconds: number | null; readonly hold: boolean },
    signal: AbortSignal,
  ): Promise<HoldRef | null>;
  /**
   * Evicts the pod with this uid, as a drain does: a graceful delete that a PodDisruptionBudget may
   * refuse, which is an answer and no error.
   */
  evictPod(
    pod: { readonly name: string; readonly uid: string },
    signal: AbortSignal,
  ): Promise<EvictionAnswer>;
  /**
   * Deletes the claims that this pod uses, with what is on them; they go when the pod does, and a
   * StatefulSet then makes new, empty ones. Only with the capability `claim-delete`.
   * @returns the claims' names
   */
  deleteClaims?(
    pod: { readonly name: string; readonly uid: string },
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /**
   * Sends a signal to the container's first process from outside of its PID namespace: from inside,
   * the kernel ignores a SIGKILL for PID 1 (pid_namespaces(7)). Only with `process-signal`.
   */
  signalProcess?(
    pod: { readonly name: string; readonly uid: string },
    container: string,
    name: 'SIGKILL',
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * A worker node is lost with all its pods: `stop` as a machine loses power, `cut` as its network goes
   * (its pods go on and reach each other). Only with `node-stop`.
   */
  breakNode?(node: string, how: 'stop' | 'cut', signal: AbortSignal): Promise<void>;
  /** It is back. Idempotent. */
  healNode?(node: string, signal: AbortSignal): Promise<void>;
  /** Takes the finalizer off; no error when the pod is gone already. */
  release(hold: HoldRef, signal: AbortSignal): Promise<void>;
  /**
   * Waits until a LoadBalancer Service has an address that this host can reach, and gives it.
   * `servicePort` is the number of one of its ports; left out: the first.
   */
  endpoint(
    service: string,
    signal: AbortSignal,
    servicePort?: number,
  ): Promise<{ readonly host: string; readonly port: number }>;
  /**
   * From now on `dispose` heals and closes, but leaves what was made to the user; its undo stays in the
   * journal, so that `clean` finds it. Without meaning where everything ends with the tool.
   */
  keep(): void;
  /** Heals what is held, ends what was started. Idempotent; never throws for what is gone already. */
  dispose(): Promise<void>;
}
