import type { FaultName, FaultTarget, HoldMode, Prediction } from './fault.ts';
import type { TopologyName } from './plan.ts';
import type { PodState } from './pod.ts';
import type { NodeView } from './view.ts';

/**
 * Everything but the requests, on one clock: a line of events.ndjson each. The checker decides from
 * these and the history alone, so a stored report can be re-checked offline.
 * `atUs` is µs since run start on the harness's monotonic clock (observer times are converted).
 */
export type RunEvent = { readonly atUs: number } & EventBody;

export type EventBody =
  | PhaseEvent
  | PodEvent
  | PodGoneEvent
  | AllowanceEvent
  | EndpointEvent
  | ViewEvent
  | LooksEvent
  | ListedEvent
  | OffsetEvent
  | TargetGoneEvent
  | ProbeEvent
  | FaultEvent
  | TopologyEvent
  | FormedEvent
  | CanaryEvent
  | CounterReadEvent
  | LedgerEvent
  | InitialEvent
  | RefusalEvent
  | ClockEvent
  | BlindEvent
  | GeneratorEvent
  | HostEvent
  | SnapshotEvent
  | NoteEvent
  | AnnouncedEvent
  | PodLogEvent
  | AppEvent
  | UncountableEvent
  | BrokenEvent
  | InfrastructureEvent
  | LeftoverEvent;

export type PhaseName =
  | 'provision'
  | 'deploy'
  | 'ready'
  | 'connect'
  | 'form'
  | 'settle'
  | 'page'
  | 'load-before'
  | 'snapshot'
  | 'inject'
  | 'observe'
  | 'heal'
  | 'recover'
  | 'load-after'
  | 'window'
  | 'drain'
  | 'audit'
  | 'report'
  | 'dispose';

export interface PhaseEvent {
  readonly kind: 'phase';
  readonly name: PhaseName;
  readonly edge: 'begin' | 'end';
  readonly faultId?: string;
}

/** A pod's state changed (or was seen first), as Kubernetes tells it. */
export interface PodEvent {
  readonly kind: 'pod';
  readonly pod: PodState;
  /**
   * `redis`: a pod under test that holds data; `sentinel`: one that holds a Sentinel and no data; `app`, `observer`:
   * ours or the user's beside them.
   */
  readonly part: 'redis' | 'sentinel' | 'app' | 'observer' | 'other';
  /** The how manieth event of this pod it is, from 1 on without holes; left out by old versions. */
  readonly turn?: number;
}

export interface PodGoneEvent {
  readonly kind: 'pod-gone';
  readonly name: string;
  readonly uid: string;
  readonly turn?: number;
}

/** How long healthy Redis pods may take to be ready, by what their manifests ask for; said once, at the start. */
export interface AllowanceEvent {
  readonly kind: 'allowance';
  /** One pod, from the start of its containers, ms. */
  readonly podMs: number;
  /** All of them, ms. */
  readonly allMs: number;
  /** A pod is made only when the one before it is ready. */
  readonly ordered: boolean;
}

/** Ready addresses of a Service's EndpointSlices changed. */
export interface EndpointEvent {
  readonly kind: 'endpoint';
  readonly service: string;
  readonly addresses: readonly string[];
  /** Set where it selects Redis pods by a label that somebody puts on them as they run: by their role. */
  readonly byRole?: true;
}

/** The observer's view of one server changed (or was taken first). */
export interface ViewEvent {
  readonly kind: 'view';
  readonly view: NodeView;
  /** The how manieth view of this server it is, from 1 on without holes; left out by old versions. */
  readonly turn?: number;
}

/**
 * Proof of looking, once a second and right after each look that was late: the servers at which the
 * observer completed a look since the last such line. A server that is in none of these lines for longer
 * than a look may take was not looked at, whatever the last view of it says.
 */
export interface LooksEvent {
  readonly kind: 'looks';
  readonly looks: readonly {
    readonly uid: string;
    /** What the look saw is what this view (ViewEvent, `turn`) says. */
    readonly turn: number;
    /** How long before `atUs` the newest of the looks ended, µs. */
    readonly agoUs: number;
  }[];
  /** As HostEvent's, of the observer's own process; left out by old versions. */
  readonly runDelay?: number | null;
}

/**
 * The same for the pods: Kubernetes listed them just now, and each is as the event (PodEvent, `turn`) says.
 * Once a second.
 */
export interface ListedEvent {
  readonly kind: 'listed';
  readonly pods: readonly { readonly uid: string; readonly turn: number }[];
}

/**
 * How far a server's data set was, bytes of the replication stream (INFO replication:
 * `master_repl_offset`, a replica's `slave_repl_offset`). Told once a second, and at once
 * when the server's view changes or it goes; `atUs` is when it was asked.
 */
export interface OffsetEvent {
  readonly kind: 'offset';
  readonly uid: string;
  readonly role: 'master' | 'slave';
  readonly offset: number;
}

/** The observer no longer looks at this pod: it was told that the pod is gone. */
export interface TargetGoneEvent {
  readonly kind: 'target-gone';
  readonly pod: string;
  readonly uid: string;
}

/**
 * The observer's own single-attempt INCR on one shard's probe key, sent every 100 ms to the slot's
 * present owner, turned from failing to succeeding or back (or was made first).
 */
export interface ProbeEvent {
  readonly kind: 'probe';
  readonly key: string;
  /** Of a cluster; elsewhere it says nothing. */
  readonly slot: number;
  readonly ok: boolean;
  /** Who answered, `NODE_ID@ADDRESS`; null when nobody did. */
  readonly node: string | null;
  readonly error: string | null;
  /** Time of the last success before this one, µs since run start; null when there was none. */
  readonly lastOkUs: number | null;
}

export interface FaultEvent {
  readonly kind: 'fault';
  readonly faultId: string;
  readonly name: FaultName;
  readonly hold: HoldMode;
  /**
   * `injected`: the deed is done from our side. `landed` / `missed`: the target itself confirmed it
   * or not (`detail` says how it was asked). `released`: the hold was taken off.
   */
  readonly stage: 'inject' | 'injected' | 'landed' | 'missed' | 'release' | 'released';
  /** With `injected`: whether something is kept down until a release; left out by old versions. */
  readonly held?: boolean;
  readonly targets: readonly FaultTarget[];
  readonly predicted: Prediction | null;
  readonly detail: string;
}

/** What the servers said that they are, where the plan did not say it. */
export interface TopologyEvent {
  readonly kind: 'topology';
  readonly name: TopologyName;
}

/** Forming ended: by whom, and how. */
export interface FormedEvent {
  readonly kind: 'formed';
  readonly ok: boolean;
  readonly by: 'tool' | 'self' | 'already';
  readonly detail: string;
}

/**
 * A frozen value read by a new client seeded from one pod and following redirects.
 * `purpose` `canary`: written before the fault, never changed. `counter`: a load key after the drain.
 */
export interface CanaryEvent {
  readonly kind: 'canary';
  readonly purpose: 'canary' | 'counter';
  readonly stage: 'before' | 'after';
  /** The pod the client was seeded from. */
  readonly seed: string;
  readonly key: string;
  readonly expected: string | null;
  readonly value: string | null;
  /** `NODE_ID@ADDRESS` of who answered; null when nobody did. */
  readonly owner: string | null;
  readonly error: string | null;
  /** Every address that was asked, the seed's first; left out by old versions. */
  readonly hops?: readonly string[];
}

/** The counter's value read from its owner outside the load. */
export interface CounterReadEvent {
  readonly kind: 'counter-read';
  readonly key: string;
  readonly stage: 'before' | 'after';
  readonly value: number | null;
  readonly owner: string | null;
  readonly error: string | null;
}

/** A slice of one key's ledger as its final owner holds it; slices come in order. */
export interface LedgerEvent {
  readonly kind: 'ledger';
  readonly key: string;
  readonly owner: string;
  /** Index of the first entry of this slice. */
  readonly offset: number;
  readonly entries: readonly string[];
  /** True on the key's last slice. */
  readonly last: boolean;
}

/** The value a counter had before the load's first request: read, not assumed. */
export interface InitialEvent {
  readonly kind: 'initial';
  readonly key: string;
  readonly slot: number;
  readonly value: number;
  /** Ledger length at that moment. */
  readonly ledger: number;
}

/** A command without a password was answered by a server that must refuse it. */
export interface RefusalEvent {
  readonly kind: 'refusal';
  readonly pod: string;
  /** The pod's; left out by old versions, as is `faultId`. */
  readonly uid?: string;
  /** Null where there is no fault. */
  readonly faultId?: string | null;
  readonly stage: 'before' | 'during' | 'after';
  readonly refused: boolean;
  readonly answer: string;
}

/** One echo: the observer's clock against ours. */
export interface ClockEvent {
  readonly kind: 'clock';
  readonly offsetUs: number;
  readonly errorUs: number;
}

/** Nothing came from the observer between these times, µs since run start. */
export interface BlindEvent {
  readonly kind: 'blind';
  readonly fromUs: number;
  readonly toUs: number;
}

/** How late the load generator was over the past second. */
export interface GeneratorEvent {
  readonly kind: 'generator';
  readonly scheduled: number;
  readonly started: number;
  readonly maxLagUs: number;
  readonly inFlight: number;
}

/** The host over the past second: share of time stalled for CPU (PSI), stolen, loop lag. */
export interface HostEvent {
  readonly kind: 'host';
  readonly cpuPressure: number | null;
  readonly steal: number | null;
  readonly loopLagMs: number;
  /**
   * Share of the time in which our own process could have run and waited for a CPU; null where the kernel
   * does not count it, left out by old versions.
   */
  readonly runDelay?: number | null;
}

/** Files of one pod written to nodes/ and what nodes.conf says, for the checks of the disk. */
export interface SnapshotEvent {
  readonly kind: 'snapshot';
  readonly stage: 'before' | 'after';
  readonly faultId: string;
  readonly pod: string;
  readonly uid: string;
  /** Address on nodes.conf's `myself` line; null when the file or the line could not be read. */
  readonly diskMyselfIp: string | null;
  /** Every (id, ip) of nodes.conf; empty when it could not be read. */
  readonly diskNodes: readonly { readonly id: string; readonly ip: string }[];
  /** `cluster-announce-ip` in effect, `''` when not set; null when unknown. */
  readonly announceIp: string | null;
  readonly nodeTimeoutMs: number | null;
  /**
   * Whether it writes its data to its directory (`appendonly yes`, or any `save` points: those are also
   * saved on SIGTERM); null when unknown, left out by versions that did not ask.
   */
  readonly persists?: boolean | null;
  readonly error: string | null;
}

/** A line for people, kept with the evidence. */
export interface NoteEvent {
  readonly kind: 'note';
  readonly text: string;
}

/**
 * An address that the servers give for a pod is none of its podIPs at the port it was asked on (its own
 * in `myself` of CLUSTER NODES, or a host name in CLUSTER SLOTS), so it was dialled from inside the
 * cluster: it is right when this pod answers there. Emitted once for each (uid, address), and again when the answer changes.
 */
export interface AnnouncedEvent {
  readonly kind: 'announced';
  readonly pod: string;
  readonly uid: string;
  /** `IP:PORT` or `NAME:PORT` (an IPv6 address without brackets, as CLUSTER NODES has it). */
  readonly announced: string;
  /** CLUSTER MYID of who answered there; null when nobody did. */
  readonly answeredId: string | null;
  readonly error: string | null;
}

/** The last lines of a pod that crashes or never gets ready, secrets removed, oldest first. */
export interface PodLogEvent {
  readonly kind: 'pod-log';
  readonly pod: string;
  readonly container: string;
  readonly lines: readonly string[];
}

/**
 * Whose app takes the load, said before the load begins. Ours keeps a ledger; a user's does not, and
 * then the accounting is by bounds.
 */
export interface AppEvent {
  readonly kind: 'app';
  readonly own: boolean;
  readonly service: string;
  /** Of a user's: the page that counts, as it was named or found. */
  readonly page?: {
    readonly port: number | null;
    readonly path: string;
    readonly pattern: string;
    readonly key: string;
  };
  /** Of a user's: who else hits the page, by the manifests. */
  readonly visitors?: readonly Visitor[];
  /** Of a user's: how far its key grew while nobody of ours hit the page. */
  readonly rest?: { readonly grown: number; readonly overMs: number };
}

/** Somebody who hits the page beside the load: a probe of the kubelet, one on each of `count` pods. */
export interface Visitor {
  readonly name: string;
  readonly count: number;
  readonly periodMs: number;
}

/** No page to count on ever came, so the run ended before it broke anything: inconclusive. */
export interface UncountableEvent {
  readonly kind: 'uncountable';
  readonly message: string;
}

/**
 * The set-up under test did not get ready, form or settle within its deadline, so the run could not go
 * on: a finding (`topology-formed`), not an error.
 */
export interface BrokenEvent {
  readonly kind: 'broken';
  readonly message: string;
}

/** The cluster, an image, the disk or the tool itself ended the run: the verdict is `error`. */
export interface InfrastructureEvent {
  readonly kind: 'infrastructure';
  readonly message: string;
}

/**
 * What the run had made could not be removed. That is no pass, but it does not hide a fail either.
 */
export interface LeftoverEvent {
  readonly kind: 'leftover';
  readonly message: string;
}
