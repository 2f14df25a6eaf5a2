import type { RunEvent, SnapshotEvent } from '../model/event.ts';
import type { FaultTarget, Prediction } from '../model/fault.ts';
import type { CheckId, Finding } from '../model/finding.ts';
import type { TopologyName } from '../model/plan.ts';
import type { PodState } from '../model/pod.ts';
import type { NodeView } from '../model/view.ts';
import type { Violation, WorldState } from './state.ts';

/** Servers that hold the same data, one of which takes the writes. */
export interface Shard {
  /** `0-5460` of a cluster, `mymaster` of Sentinel: what a target and a key are told by. */
  readonly name: string;
  /** Identity of its master; see Topology.identityOf. */
  readonly masterId: string;
  /** Replicas in sync. */
  readonly replicas: number;
  /** Identities of the master and all its replicas, sorted. */
  readonly members: readonly string[];
}

/** What a set-up was before the fault, and must be again after it. */
export interface Expectation {
  /** Identity by pod name. */
  readonly ids: ReadonlyMap<string, string>;
  /** Controller by pod name; a pod with another name may stand for one that its controller lost. */
  readonly owners?: ReadonlyMap<string, string>;
  /** Data servers. */
  readonly nodeCount: number;
  readonly shards: readonly Shard[];
  /** Sentinels as `POD/CONTAINER`; left out where there are none. */
  readonly sentinels?: readonly string[];
  /** Services that led to a master alone, or are called its own, with the name of its shard. */
  readonly masterServices?: ReadonlyMap<string, string>;
}

/** Who takes the writes of a key. */
export interface Owner {
  readonly pod: PodState;
  readonly view: NodeView;
  /** Where it really answers, `IP:PORT`. */
  readonly address: string;
  /** `ID@ADDRESS`, with the id under which it acknowledges: node id, or run_id outside cluster mode. */
  readonly node: string;
  /** Of the server as Topology.identityOf has it. */
  readonly id: string;
}

/** The waits and deadlines of a set-up, ms; every number is explained in rules/. */
export interface Timing {
  /** A server that is silent for so long is given up by the others. */
  readonly silenceMs: number;
  /** When a held master's replica takes over, from the container's exit; null: nobody ever does. */
  readonly promotion: Prediction | null;
  /** What a promotion that fails once takes longer. */
  readonly failedElectionMs: number;
  /** How long a master must have been down before "nothing was promoted" is the set-up's fault. */
  readonly leastHoldMs: number;
  /** Within how much time of the release all must be green, the pods' own start apart. */
  readonly recoveryMs: number;
  /** How long it must then stay green. */
  readonly stableMs: number;
}

/** Whom a new client knows at first. */
export interface Seed {
  /** Its pod, or `POD/CONTAINER` of a server beside others. */
  readonly name: string;
  /** `IP:PORT`; null when nobody has asked it yet. */
  readonly address: string | null;
  /** The master that it is asked for; of a Sentinel only. */
  readonly sentinel?: string;
}

/** What a set-up is set to. `known` false: nobody told, and a default was assumed. */
export interface Settings {
  readonly silenceMs: number;
  readonly failoverTimeoutMs?: number;
  readonly known: boolean;
}

/** What the run looked at of one fault, for the evidence of a check and its refinements. */
export interface Looked {
  readonly id: string;
  readonly targets: readonly FaultTarget[];
  readonly after: WorldState;
  readonly expectation: Expectation;
}

/** A check that the invariants of an instant decide. */
export interface StructuralCheck {
  readonly id: CheckId;
  /** What it expects, for people. */
  readonly expected: string;
  /** Whether there is anything that it could speak of; left out: always. */
  applies?(expectation: Expectation): boolean;
  /** What a person can look up where it is green. */
  evidence(looked: Pick<Looked, 'after' | 'expectation'>): readonly string[];
}

/** Whether a set-up has come about, for a wait. */
export interface Formed {
  readonly done: boolean;
  readonly seen: string;
}

/** Everything that is true of one topology only. All of it is pure. */
export interface Topology {
  readonly names: readonly TopologyName[];
  /** What it is called in a sentence: `cluster`, `Sentinel set-up`. */
  readonly called: string;
  /** How many faults in a row show what it does, where nobody says how many. */
  readonly failovers: number;
  /** Of the checks that speak of instants, those that it has, in the order of the report. */
  readonly checks: readonly StructuralCheck[];
  /** Those of them that hold for a set-up that is only looked at. */
  readonly standing: readonly CheckId[];

  /** Whether what the servers say of themselves is this topology. */
  recognise(world: WorldState): boolean;
  /** What is left to do until it is formed. */
  formed(world: WorldState): Formed;
  /** Whether any server names a replica, in sync or not. */
  hasReplicas(world: WorldState): boolean;
  /** What is missing before a fault although every server agrees: no master, or nobody who could take over. */
  lacking(world: WorldState): readonly string[];
  /** What a set-up is now, to be held against later. */
  expect(world: WorldState): Expectation;
  /** What is wrong at one instant. */
  violations(world: WorldState, expectation: Expectation): Violation[];
  shards(world: WorldState): readonly Shard[];

  /** A key that starts with the prefix and belongs to the shard. */
  keyFor(prefix: string, shard: string): string;
  /** Whether a key belongs to a shard; `slot` where it is on record. */
  covers(shard: string, key: string, slot?: number): boolean;
  /** Whether all of a shard has a master now. */
  served(world: WorldState, shard: string): boolean;
  /** Who takes the writes of a key now; null when nobody reachable does. */
  ownerOf(world: WorldState, key: string): Owner | null;
  /** Every master, each of its own shard. */
  owners(world: WorldState): readonly Owner[];
  /** Every data server that can be asked, as a target, by pod name. */
  targets(world: WorldState): readonly FaultTarget[];

  /** What stays the same of a server over a restart in its place; null when it does not say. */
  identityOf(view: NodeView): string | null;
  /** Whether a view is of the target, or of what came back in its place. */
  isTarget(view: NodeView, target: FaultTarget): boolean;
  /** The part of a target's shard of which a server says that it is the master, for people; null when of none. */
  claim(view: NodeView, target: FaultTarget): string | null;
  /** `master of 0-5460`; for people. */
  roleText(view: NodeView): string;
  /** Why a target is not what it was taken for, by its own words; null when it is. */
  contradiction(view: NodeView, target: FaultTarget): string | null;
  /** What a view says of a target that is gone. */
  moment(view: NodeView, target: FaultTarget): 'suspected' | 'failed' | null;
  /** An epoch that each election raises; null when the view tells none. */
  electionEpoch(view: NodeView): number | null;
  /** Whether the target's storage came back with it, and was of a kind that keeps data. */
  storage(
    looked: Looked,
    target: FaultTarget,
    before: SnapshotEvent | null,
  ): 'yes' | 'no' | 'unknown';

  /** Addresses by which a server goes and that are none of its pod's: dialled, to see who answers there. */
  readonly announced: {
    addresses(world: WorldState, uid: string): readonly string[];
    /** A command that tells who somebody is, without a key. */
    readonly ask: readonly string[];
    identity(reply: unknown): string | null;
  };
  /** What is kept of each server before and after a fault. */
  readonly snapshot: {
    readonly asks: readonly { readonly file: string; readonly argv: readonly string[] }[];
    /** The file on its disk, by the setting that names it, and its default name; null: none. */
    readonly disk: { readonly setting: string; readonly name: string } | null;
  };

  /** Through whom a new client is to find the same value of a key; left out: of any. */
  seeds(world: WorldState, key?: string): readonly Seed[];
  /** What the set-up is set to, by what was seen and read; null when nobody told. */
  told(events: readonly RunEvent[], world: WorldState, uids?: readonly string[]): Settings | null;
  timing(settings: Settings): Timing;
  /** What is assumed where nobody told. */
  readonly defaults: Settings;

  /** A finding of one fault with what only this topology knows of it: files on disk, notes. */
  refine(finding: Finding, looked: Looked, snapshots: readonly SnapshotEvent[]): Finding;
  /** What a green of this check would need and nobody looked at. */
  unread(id: CheckId, looked: Looked, snapshots: readonly SnapshotEvent[]): readonly string[];
}
