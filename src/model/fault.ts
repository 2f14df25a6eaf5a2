/** The faults of docs/design/contract.md. */
export const faultNames = [
  'master-delete',
  'replica-delete',
  'shard-delete',
  'all-delete',
  'pod-zero',
  'two-masters',
  'delete-with-claim',
  'rolling-restart',
  'node-drain',
  'process-kill',
  'process-pause',
  'partition',
  'bus-partition',
  'node-stop',
  'scale',
  'image-upgrade',
  'reshard',
  'noop',
  'none',
] as const;

/** What a run does where nobody says what. */
export const usualFault: FaultName = 'master-delete';

export type FaultName = (typeof faultNames)[number];

/** How much a fault takes away at once; a plan's `claims` says which of these must be survived. */
export type FaultClass = 'one-pod' | 'majority' | 'shard' | 'all';
export const faultClasses: readonly FaultClass[] = ['one-pod', 'majority', 'shard', 'all'];

/** `auto`: keep the deleted pod down until its replica is promoted; `none`: a plain delete. */
export type HoldMode = 'auto' | 'none';

/**
 * How the set-up recovered: a replica took over; the same master came back with its data; it came
 * back without its data; the shards' make-up changed; it did not.
 */
export type RecoveryMode = 'promoted' | 'restarted' | 'wiped' | 'drifted' | 'unrecovered';

export interface FaultTarget {
  readonly pod: string;
  readonly uid: string;
  /** The container that runs the server; left out by old versions, as are `server` and `shard`. */
  readonly container?: string;
  /** Who it is among the servers: `POD_UID/CONTAINER`. */
  readonly server?: string;
  /** The shard that it serves or copies, by name; null when it does neither. */
  readonly shard?: string | null;
  /** Pods of that shard, where a server does not say itself of which one it is: several masters under one set of Sentinels. */
  readonly members?: readonly string[];
  /** CLUSTER MYID; null outside cluster mode. */
  readonly nodeId: string | null;
  /** Of its process when it was aimed at; left out in cluster mode. */
  readonly runId?: string;
  readonly ip: string;
  readonly role: 'master' | 'slave';
  /** Slot ranges as CLUSTER NODES prints them, e.g. `["0-5460"]`; null outside cluster mode. */
  readonly slots: readonly string[] | null;
}

/** The shard of which a target was the master; null of a replica, or of a master without any slot. */
export function masteredShard({ role, shard, slots }: FaultTarget): string | null {
  if (role !== 'master') return null;
  if (shard !== undefined) return shard;
  return slots === null || slots.length === 0 ? null : slots.join(' ');
}

/** The id under which a target acknowledges writes: its node id, or its run_id outside cluster mode. */
export function acknowledgesAs({ nodeId, runId }: FaultTarget): string | null {
  return nodeId ?? runId ?? null;
}

/** Moments of one victim, ms since run start. A moment that did not happen is null. */
export interface FaultTimeline {
  readonly injectedMs: number | null;
  /** Last success of the observer's own INCR on the victim's slots before the outage. */
  readonly lastAckMs: number | null;
  /** The container's exit: predictions count from here. */
  readonly stoppedMs: number | null;
  /** First `fail?` (PFAIL) seen by a peer. */
  readonly suspectedMs: number | null;
  /** First `fail` seen by a peer. */
  readonly failedMs: number | null;
  /** The replica says `master` and owns the slots. */
  readonly promotedMs: number | null;
  /** First success after the outage of the observer's own single-attempt INCR on the victim's slots. */
  readonly firstAckMs: number | null;
  /** The same through the LoadBalancer. */
  readonly firstOkMs: number | null;
  /** The EndpointSlice follows. */
  readonly endpointMs: number | null;
  readonly podReadyMs: number | null;
  /** As many replicas in sync as before the fault. */
  readonly redundantMs: number | null;
}

/** Predicted promotion, ms counted from `stoppedMs`. */
export interface Prediction {
  readonly lowMs: number;
  readonly highMs: number;
}

/** One victim of one fault: those of the same fault share its id, name and hold. */
export interface FaultRecord {
  readonly id: string;
  readonly name: FaultName;
  readonly hold: HoldMode;
  readonly target: FaultTarget;
  readonly mode: RecoveryMode;
  readonly timeline: FaultTimeline;
  readonly predictedMs: Prediction | null;
  readonly oldIp: string | null;
  readonly newIp: string | null;
}
