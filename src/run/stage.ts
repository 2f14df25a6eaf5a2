import type { HistoryBuilder } from '../checker/history.ts';
import type { WriteError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import type { Provider } from '../provider/provider.ts';
import type { Topology } from '../topology/topology.ts';
import type { Redact } from './evidence/redact.ts';
import type { ReportFolder } from './evidence/report-folder.ts';
import type { Setup } from './setup/setup.ts';
import type { ObserverClient } from './watch/observer-client.ts';
import type { Progress } from './watch/progress.ts';
import type { Recorder } from './watch/recorder.ts';

/** What every step of the story works with. */
export interface Stage {
  readonly plan: Plan;
  readonly runId: string;
  readonly setup: Setup;
  readonly provider: Provider;
  readonly recorder: Recorder;
  readonly folder: ReportFolder;
  readonly progress: Progress;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** For texts of others that go into files of the report; events pass it by themselves. */
  readonly redact: Redact;
  /** Ends the run: a file of the report can no longer be written. */
  readonly onWriteFailure: (error: WriteError) => void;
  /** History so far, in order of completion. */
  readonly history: Pick<HistoryBuilder, 'add'>;
}

/** A stage whose pods are up and looked at. */
export interface SeenStage extends Stage {
  readonly observer: ObserverClient;
}

/** One of which it is known, too, what the servers are. */
export interface ObservedStage extends SeenStage {
  readonly topology: Topology;
}

/**
 * The user's app never showed a page that counts, so that nothing could be told of a fault: neither a
 * finding nor an error, but too little evidence.
 */
export class NothingToCount extends Error {
  override readonly name = 'NothingToCount';
}

/**
 * The set-up under test is at fault, so that the story cannot go on: a finding, not an error. What
 * was seen is in the events already; the checker names it.
 */
export class SetupBroken extends Error {
  override readonly name = 'SetupBroken';
}

/**
 * The story cannot go on because too little is known, by nobody's fault: the run ends undecided, and nothing
 * was broken.
 */
export class TooLittleLoad extends Error {
  override readonly name = 'TooLittleLoad';
}
