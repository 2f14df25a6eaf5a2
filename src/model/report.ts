import type { FaultRecord } from './fault.ts';
import type { Finding } from './finding.ts';
import type { Plan, ProviderName, TopologyName } from './plan.ts';
import type { Verdict } from './verdict.ts';

/** report.json of docs/design/contract.md. */
export interface Report {
  readonly schemaVersion: 1;
  readonly tool: { readonly version: string };
  readonly run: {
    readonly id: string;
    readonly seed: number;
    /** ISO 8601 wall-clock time of run start, the zero of every other time in the report. */
    readonly startedAt: string;
    readonly wallMs: number;
  };
  readonly environment: Environment;
  readonly plan: Plan;
  readonly verdict: Verdict;
  /** Why the verdict is what it is, worst first; empty when it passed without a finding. */
  readonly reasons: readonly string[];
  readonly checks: readonly Finding[];
  readonly faults: readonly FaultRecord[];
  readonly operations: OperationTotals;
  /** What several fail-overs prove together; null for fewer than two. */
  readonly statistics: FailoverStatistics | null;
  /** What the statistics are made of, for one fail-over, too: `merge` adds up those of several runs. */
  readonly trials: FailoverTrials;
  /** Digests of the files that the verdict was decided from: history, events and nodes/. */
  readonly evidence: readonly EvidenceFile[];
  /** Where the time went: each phase's begin and end, ms since run start. */
  readonly phases: readonly PhaseTime[];
  /** How the wall time divides; see docs. */
  readonly time: TimeShares;
}

/** What a run's fail-overs were trials of: counts that add up over several runs. */
export interface FailoverTrials {
  /** Whose fault landed. */
  readonly failovers: number;
  /** With a red check, of those that were decided. */
  readonly red: { readonly count: number; readonly of: number };
  /** With an acknowledged write lost, of those of which that is known. */
  readonly lossy: { readonly count: number; readonly of: number };
  /** The longest outage of each whose outage was decided, ms. */
  readonly outagesMs: readonly number[];
}

/** The unit is the fail-over. Bounds hold with this confidence. */
export interface FailoverStatistics {
  readonly confidence: number;
  /** Whose fault landed. */
  readonly failovers: number;
  /** With a red check, of its own or of the whole run. */
  readonly red: Proportion;
  /** With an acknowledged write lost, inside a window or not. */
  readonly lossy: Proportion;
  /** Longest time without an acknowledged write of any one key, of each fail-over where it was decided. */
  readonly outageMs: {
    readonly p50: OutageQuantile | null;
    readonly p95: OutageQuantile | null;
    readonly max: number | null;
  };
}

/** An undecided fail-over is no trial of what was not decided. */
export interface Proportion {
  readonly count: number;
  readonly of: number;
  /** The exact one-sided upper bound on its probability. */
  readonly upper: number;
}

/** Bounds are null where there are too few fail-overs to have one. */
export interface OutageQuantile {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** One file of evidence as the run wrote it. */
export interface EvidenceFile {
  /** Path below the report folder, with `/`. */
  readonly file: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface Environment {
  readonly provider: ProviderName;
  /** Version of the Kubernetes that ran it; `embedded` for the embedded provider. */
  readonly kubernetes: string;
  /** Version(s) of the servers as INFO gives them. */
  readonly redis: string;
  readonly topology: TopologyName | 'unknown';
  /** Fields accepted without effect, mapped images, missing fidelity: one line each. */
  readonly fidelity: readonly string[];
  readonly host: { readonly platform: string; readonly cpus: number; readonly node: string };
  /** Bound on the error between the observer's clock and ours; null when there was no observer. */
  readonly clockErrorMs: number | null;
}

export interface OperationTotals {
  readonly attempted: number;
  readonly ok: number;
  readonly rejected: number;
  readonly indeterminate: number;
  /** Acknowledged, and missing from the ledger. */
  readonly lost: number;
  /** Rejected, and yet in the ledger. */
  readonly phantom: number;
  /** More than once in the ledger. */
  readonly duplicate: number;
  /** Acknowledged with a value that an earlier, finished operation had already passed. */
  readonly stale: number;
  /** Final value of `hits` (or the user's counter); null when it could not be read. */
  readonly finalCounter: number | null;
  readonly latencyUs: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
    readonly max: number | null;
  };
  /** Longest time without an acknowledged write at the LoadBalancer, over all keys. */
  readonly longestOutageMs: number | null;
}

export interface PhaseTime {
  readonly name: string;
  readonly beginMs: number;
  readonly endMs: number;
}

export interface TimeShares {
  /** Redis forming, syncing, failing over, recovering: measured. */
  readonly redisMs: number;
  /** The observation windows before and after the faults. */
  readonly windowsMs: number;
  /** Creating the cluster (kind) and getting the pods ready. */
  readonly clusterMs: number;
  /** The rest: ours. */
  readonly toolMs: number;
}
