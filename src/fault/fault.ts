import type { FaultClass, FaultName, FaultTarget, HoldMode, Prediction } from '../model/fault.ts';
import type { CheckId } from '../model/finding.ts';
import type { Capability, Provider } from '../provider/provider.ts';
import type { WorldState } from '../topology/state.ts';
import type { Timing, Topology } from '../topology/topology.ts';

/** What a fault may look at when it chooses its target. */
export interface Choice {
  readonly topology: Topology;
  readonly world: WorldState;
  /** The key whose master the fault aims at (`hits`, or the user's). */
  readonly key: string;
  readonly hold: HoldMode;
}

/** What a fault may use when it strikes. */
export interface Strike {
  readonly provider: Provider;
  readonly targets: readonly FaultTarget[];
  readonly hold: HoldMode;
  /** Null: the pod's own terminationGracePeriodSeconds. */
  readonly graceSeconds: number | null;
  /** The node that a target is on. */
  nodeOf(target: FaultTarget): string;
  /** The container of a target that runs its Redis server. */
  containerOf(target: FaultTarget): string;
  readonly signal: AbortSignal;
}

/** What a fault keeps down until it is let go. */
export interface Hold {
  /** For people: `pod redis-cluster-0`. */
  readonly what: string;
  /** Lets it come back; idempotent. */
  release(signal: AbortSignal): Promise<unknown>;
}

/** What a fault is to whoever judges it. Pure. */
export interface Nature {
  readonly name: FaultName;
  /** How much it takes away at once: what a plan's claims speak of. */
  readonly class: FaultClass;
  /** How the victim's process ends: its connections break; its power is gone and nobody tells; not at all. */
  readonly ends: 'exit' | 'power' | 'never';
  /** Which acknowledged writes of a master it may cost; see checker/counter/loss-window.ts. */
  readonly losses: 'none' | 'sudden-death' | 'power' | 'cut-off' | 'paused';
  /** Reds that it brings by its design, even to a set-up that claims its class. */
  readonly byDesign?: readonly CheckId[];
  /** It takes the victim's volume along. */
  readonly takesClaim?: true;
  /** Nothing is broken. */
  readonly harmless?: true;
}

/** One way of breaking things. A file each; registered in catalogue.ts. */
export interface Fault extends Nature {
  /**
   * What shows that it hit: the pod's UID is gone (held: its containers ended and no successor came),
   * the server of the same pod has another run_id, or nobody reaches it any more (not held: it has
   * another run_id when it is back).
   */
  readonly shownBy: 'uid-gone' | 'new-run-id' | 'power-loss';
  /** What it needs of a provider, by hold mode. */
  needs(hold: HoldMode): readonly Capability[];
  /**
   * The victims, the one that the report speaks of first; released in this order.
   * @throws InfrastructureError when the set-up has no such target.
   */
  choose(choice: Choice): readonly FaultTarget[];
  /** Does the deed. Undos are journalled by the provider before each. */
  inject(strike: Strike): Promise<readonly Hold[]>;
  /**
   * When the promotion is expected, counted from the container's exit; null: none can be, because no
   * master goes, or nobody is left to take over or to vote.
   */
  predict(timing: Timing, targets: readonly FaultTarget[]): Prediction | null;
}
