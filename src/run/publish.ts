import { cpus } from 'node:os';
import type { Evaluation } from '../checker/evaluate.ts';
import type { History } from '../checker/history.ts';
import { describeError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import type { Environment, Report } from '../model/report.ts';
import { toolVersion } from '../platform/tool-version.ts';
import type { ProviderEnvironment } from '../provider/provider.ts';
import { buildReport } from '../report/build.ts';
import { junitXml } from '../report/junit-xml.ts';
import { summaryMarkdown } from '../report/summary-markdown.ts';
import { digestEvidence } from './evidence-files.ts';
import { reportPage } from './html-page.ts';
import type { Recorder } from './recorder.ts';
import type { ReportFolder } from './report-folder.ts';
import type { Setup } from './setup.ts';

export interface PublishInput {
  readonly plan: Plan;
  readonly runId: string;
  readonly folder: ReportFolder;
  readonly recorder: Recorder;
  readonly evaluation: Evaluation;
  readonly history: History;
  /** Null when the provider never came up. */
  readonly environment: ProviderEnvironment | null;
  readonly setup: Setup;
  readonly startedAt: string;
  readonly wallMs: () => number;
  readonly closeEvents: () => Promise<void>;
}

/** Writes the report for every kind of reader. */
export async function publish(input: PublishInput): Promise<Report> {
  const { plan, recorder, folder, evaluation } = input;
  recorder.record({ kind: 'phase', name: 'report', edge: 'begin' });
  recorder.record({ kind: 'phase', name: 'report', edge: 'end' });
  const unwritten = await closing(input.closeEvents);
  const report = buildReport({
    toolVersion,
    run: { id: input.runId, seed: plan.seed, startedAt: input.startedAt, wallMs: input.wallMs() },
    environment: environmentOf(input),
    plan,
    events: recorder.events,
    // the disk is full: the report as far as it got is worth more than none
    evaluation: unwritten === null ? evaluation : withoutEvidence(evaluation, unwritten),
    evidence: digestEvidence(folder.path),
  });
  folder.write('report.json', `${JSON.stringify(report, null, 2)}\n`);
  folder.write('summary.md', summaryMarkdown(report));
  folder.write('junit.xml', junitXml(report));
  const { topology } = input.setup;
  const evidence = { plan, topology, events: recorder.events, operations: input.history };
  folder.write('report.html', await reportPage(report, evidence, folder.path));
  return report;
}

/** Why the last events could not be written; null when they were. */
async function closing(closeEvents: () => Promise<void>): Promise<string | null> {
  try {
    await closeEvents();
    return null;
  } catch (error) {
    return describeError(error);
  }
}

function withoutEvidence(evaluation: Evaluation, reason: string): Evaluation {
  return { ...evaluation, verdict: 'error', reasons: [reason, ...evaluation.reasons] };
}

function environmentOf({ environment, recorder, setup, plan }: PublishInput): Environment {
  const versions = new Set<string>();
  let clockErrorUs: number | null = null;
  for (const event of recorder.events) {
    if (event.kind === 'view' && event.view.server) versions.add(event.view.server.version);
    if (event.kind === 'clock') clockErrorUs = Math.max(clockErrorUs ?? 0, event.errorUs);
  }
  return {
    provider:
      environment?.provider ?? (plan.provider.name === 'auto' ? 'embedded' : plan.provider.name),
    kubernetes: environment?.kubernetes ?? 'unknown',
    redis: [...versions].sort().join(', ') || 'unknown',
    topology: setup.topology,
    fidelity: [...setup.remarks, ...(environment?.fidelity ?? [])],
    host: { platform: process.platform, cpus: cpus().length, node: process.version },
    clockErrorMs: clockErrorUs === null ? null : clockErrorUs / 1000,
  };
}
