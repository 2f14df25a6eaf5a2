import { type Evaluation, evaluate } from '../checker/evaluate.ts';
import { buildHistory, type History } from '../checker/history.ts';
import { describeError, InterruptedError, UsageError, type WriteError } from '../model/errors.ts';
import type { EventBody } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import type { Report } from '../model/report.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Clock } from '../platform/clock.ts';
import { openNdjson } from '../platform/ndjson-writer.ts';
import { seededRandom } from '../platform/random.ts';
import type { Provider, UndoLog } from '../provider/provider.ts';
import { collectLogs } from './evidence/collect-logs.ts';
import { publish } from './evidence/publish.ts';
import { redactError, redactor, redactProgress } from './evidence/redact.ts';
import { checkReportFolder, openReportFolder } from './evidence/report-folder.ts';
import { secretsOf } from './evidence/secrets.ts';
import { phase } from './phase.ts';
import { prepareSetup, type Where } from './setup/prepare.ts';
import { topologyNow } from './setup/recognise.ts';
import { NothingToCount, SetupBroken, type Stage, TooLittleLoad } from './stage.ts';
import { tellStory } from './story.ts';
import { type Journal, openJournal } from './undo/journal.ts';
import { startHostSampling } from './watch/host-sampling.ts';
import type { Progress } from './watch/progress.ts';
import { openRecorder } from './watch/recorder.ts';

/** About as long as the load of a run with one fault lasts, s; a longer one's history grows. */
const expectedSeconds = 60;

export interface RunOptions {
  readonly plan: Plan;
  readonly runId: string;
  readonly journalDir: string;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly openProvider: (context: ProviderContext) => Promise<Provider>;
  readonly where: Where;
}

export interface ProviderContext {
  readonly namespace: string;
  readonly undo: UndoLog;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

export interface RunResult {
  readonly report: Report;
  readonly reportDir: string;
  /** What ended the run early other than a finding; null when it ran to its end. */
  readonly failure: unknown;
}

/**
 * Runs a plan to its report. Usage errors are thrown before anything is touched; whatever happens
 * later is in the report, and everything that was started is ended.
 */
export async function runPlan(options: RunOptions): Promise<RunResult> {
  const { plan, runId, clock } = options;
  checkReportFolder(plan.reportDir);
  const setup = await prepareSetup(plan, runId, options.where, { signal: options.signal });
  const redact = redactor(secretsOf(setup.objects, [setup.password, setup.sentinelPassword]));
  const progress = redactProgress(options.progress, redact);
  // a full disk ends the run as an interruption does: everything started is ended, holds are taken off
  const disk = new AbortController();
  const onWriteFailure = (error: WriteError) => disk.abort(error);
  const signal = AbortSignal.any([options.signal, disk.signal]);
  const folder = openReportFolder(plan.reportDir, onWriteFailure);
  folder.write('history.ndjson', ''); // a run that ends before its load has an empty one
  const zeroUs = clock.nowUs();
  const startedAtMs = clock.wallMs();
  const eventsFile = openNdjson(`${folder.path}/events.ndjson`, onWriteFailure);
  const recorder = openRecorder(clock, zeroUs, eventsFile, redact);
  const stopHostSampling = startHostSampling(recorder);
  // in columns from the start: an object kept for each request makes the collector's pauses longer
  const history = buildHistory(expectedSeconds * plan.load.rate);
  let finished: History | null = null;
  let journal: Journal | null = null;
  let provider: Provider | null = null;
  let failure: unknown = null;
  try {
    journal = openJournal(options.journalDir, runId, onWriteFailure);
    const context: ProviderContext = {
      namespace: setup.namespace,
      undo: journal,
      signal,
      log: (line) => progress.status(line),
    };
    provider = await phase({ recorder, progress }, 'provision', () =>
      options.openProvider(context),
    );
    const stage: Stage = {
      plan,
      runId,
      setup,
      provider,
      recorder,
      folder,
      progress,
      clock,
      signal,
      history,
      redact,
      onWriteFailure,
      random: seededRandom(plan.seed),
    };
    try {
      await tellStory(stage);
    } finally {
      // evidence first: the logs go with the pods
      if (!signal.aborted) await collectLogs(stage);
    }
  } catch (error) {
    failure = isAnswer(error) ? null : error;
    if (error instanceof TooLittleLoad) {
      recorder.record({ kind: 'note', text: error.message });
      progress.say(error.message);
    } else if (!disk.signal.aborted) {
      const message = describeError(error);
      recorder.record({ kind: endOf(error), message });
      if (error instanceof SetupBroken) progress.say(`the set-up is at fault: ${message}`);
    }
  }
  const environment = provider?.environment() ?? null;
  let told = false;
  let judged: Evaluation | null = null;
  const tell = (body: EventBody) => {
    recorder.record(body);
    judged = null;
  };
  const ended = () => {
    finished ??= history.finish(); // the load has ended with the story
    return finished;
  };
  const judge = () => {
    if (disk.signal.aborted && !told) {
      told = true;
      tell({ kind: 'infrastructure', message: describeError(disk.signal.reason) });
    }
    const { events } = recorder;
    const topology = topologyNow(setup.topology, events);
    judged ??= evaluate({ plan, events, operations: ended(), topology });
    return judged;
  };
  // a sample that came after the verdict would speak of the time before it, and `check` would judge by more
  stopHostSampling();
  const leftover = await endProvider(provider, judge().verdict, {
    plan,
    signal: options.signal,
    recorder,
    progress,
  });
  if (leftover !== null) tell({ kind: 'leftover', message: leftover });
  journal?.close();
  if (signal.aborted) failure = signal.reason;
  redactError(failure, redact);
  if (failure instanceof UsageError) {
    folder.useReserve();
    await eventsFile.close();
    throw failure;
  }
  const report = await publish({
    plan,
    runId,
    folder,
    recorder,
    judge,
    history: ended(),
    environment,
    setup,
    startedAt: new Date(startedAtMs).toISOString(),
    wallMs: () => Math.round((clock.nowUs() - zeroUs) / 1000),
    eventsFile,
  });
  return { report, reportDir: folder.path, failure: failure ?? disk.signal.reason ?? null };
}

/** The story ended early, and what was seen until then is the answer. */
function isAnswer(error: unknown): boolean {
  return [SetupBroken, NothingToCount, TooLittleLoad].some((kind) => error instanceof kind);
}

function endOf(error: unknown): 'broken' | 'uncountable' | 'infrastructure' {
  if (error instanceof SetupBroken) return 'broken';
  return error instanceof NothingToCount ? 'uncountable' : 'infrastructure';
}

/**
 * Ends what was started, or keeps it where the plan says so (an interrupted run is only kept with
 * `always`). Returns what could not be ended, or null.
 */
async function endProvider(
  provider: Provider | null,
  verdict: Verdict,
  { plan, signal, recorder, progress }: Pick<Stage, 'plan' | 'signal' | 'recorder' | 'progress'>,
): Promise<string | null> {
  if (provider === null) return null;
  const keep =
    plan.keep === 'always' || (plan.keep === 'on-failure' && verdict !== 'pass' && !signal.aborted);
  if (keep && provider.name !== 'embedded') {
    progress.say('kept for you; `redis-k8s-chaos clean` removes it');
    provider.keep();
  }
  try {
    await phase({ recorder, progress }, 'dispose', () => provider.dispose());
    return null;
  } catch (error) {
    return `cannot clean up: ${describeError(error)}; run \`redis-k8s-chaos clean\``;
  }
}

/** The signal's reason when the user asked us to stop. */
export function isInterrupted(failure: unknown): boolean {
  return failure instanceof InterruptedError;
}
