/** What Kubernetes says of one pod, reduced to what the run looks at. */
export interface PodState {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner: { readonly kind: string; readonly name: string } | null;
  readonly nodeName: string | null;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** `status.podIPs`; empty before it has one. */
  readonly ips: readonly string[];
  readonly ready: boolean;
  /** `deletionTimestamp` is set. */
  readonly terminating: boolean;
  /** Of one that is terminating: how long it may take to end, s. */
  readonly graceSeconds?: number;
  readonly finalizers: readonly string[];
  readonly containers: readonly ContainerState[];
  /** e.g. `Unschedulable: 0/1 nodes are available: …`; null when there is nothing to say. */
  readonly reason: string | null;
}

export interface ContainerState {
  readonly name: string;
  readonly image: string;
  readonly state: 'waiting' | 'running' | 'terminated';
  /** `CrashLoopBackOff`, `ErrImagePull`, `OOMKilled`, `Completed`…; null when running. */
  readonly reason: string | null;
  readonly message: string | null;
  readonly exitCode: number | null;
  readonly restarts: number;
  readonly ready: boolean;
  /** Reason and exit code of the previous instance; null when there was none. */
  readonly lastExit: { readonly reason: string; readonly exitCode: number } | null;
}
