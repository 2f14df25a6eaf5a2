import { cpus } from 'node:os';
import type { Evaluation } from '../../checker/evaluate.ts';
import type { History } from '../../checker/history.ts';
import { WriteError } from '../../model/errors.ts';
import type { Plan } from '../../model/plan.ts';
import type { Environment, Report } from '../../model/report.ts';
import type { NdjsonWriter } from '../../platform/ndjson-writer.ts';
import { toolVersion } from '../../platform/tool-version.ts';
import type { ProviderEnvironment } from '../../provider/provider.ts';
import { buildReport } from '../../report/build.ts';
import { junitXml } from '../../report/junit-xml.ts';
import { loadRates } from '../../report/rate-slices.ts';
import { summaryMarkdown } from '../../report/summary-markdown.ts';
import { topologyOf } from '../../topology/catalogue.ts';
import { topologyNow } from '../setup/recognise.ts';
import type { Setup } from '../setup/setup.ts';
import type { Recorder } from '../watch/recorder.ts';
import { digestEvidence } from './evidence-files.ts';
import { reportPage } from './html-page.ts';
import type { ReportFolder } from './report-folder.ts';

export interface PublishInput {
  readonly plan: Plan;
  readonly runId: string;
  readonly folder: ReportFolder;
  readonly recorder: Recorder;
  /** Judges what is on record now. */
  readonly judge: () => Evaluation;
  readonly history: History;
  /** Null when the provider never came up. */
  readonly environment: ProviderEnvironment | null;
  readonly setup: Setup;
  readonly startedAt: string;
  readonly wallMs: () => number;
  readonly eventsFile: NdjsonWriter;
}

/**
 * Writes the report for every kind of reader. Where the disk is full, the part of it that fits: room is
 * kept for it. The verdict is `error` then, in what is returned as in what could be written.
 */
export async function publish(input: PublishInput): Promise<Report> {
  const { recorder, folder } = input;
  recorder.record({ kind: 'phase', name: 'report', edge: 'begin' });
  recorder.record({ kind: 'phase', name: 'report', edge: 'end' });
  input.judge(); // what ended the run is on record, before the record is closed
  folder.useReserve();
  // what ended the run belongs into a file that was cut short: `check` must come to the same verdict
  await input.eventsFile.close(recorder.events.filter(({ kind }) => decisive.has(kind)));
  const first = reportOf(input, input.judge()); // its last lines may be those that did not fit
  const unwritten = await writeAll(input, first);
  if (unwritten.length === 0) return first;
  const report: Report = { ...first, verdict: 'error', reasons: [...unwritten, ...first.reasons] };
  await writeAll(input, report);
  return report;
}

const decisive: ReadonlySet<string> = new Set(['infrastructure', 'leftover']);

function reportOf(input: PublishInput, evaluation: Evaluation): Report {
  const { plan, recorder, folder, runId, startedAt } = input;
  const environment = environmentOf(input);
  return buildReport({
    toolVersion,
    run: { id: runId, seed: plan.seed, startedAt, wallMs: input.wallMs() },
    environment,
    plan,
    events: recorder.events,
    evaluation,
    evidence: digestEvidence(folder.path, { plan, environment }),
  });
}

/** Points of the summary's rate chart: about one a second of a short run, and no wider than a page. */
const summarySlices = 60;

/** Every file, whatever became of the others. @returns why those are missing that are */
async function writeAll(input: PublishInput, report: Report): Promise<readonly string[]> {
  const { plan, folder, recorder, history } = input;
  const topology = topologyNow(input.setup.topology, recorder.events);
  const evidence = { plan, topology, events: recorder.events, operations: history };
  const files: readonly (readonly [string, () => string | Promise<string>])[] = [
    ['report.json', () => `${JSON.stringify(report, null, 2)}\n`],
    ['summary.md', () => summaryMarkdown(report, loadRates(history, summarySlices))],
    ['junit.xml', () => junitXml(report)],
    ['report.html', () => reportPage(report, evidence, folder.path)],
  ];
  const unwritten: string[] = [];
  for (const [name, text] of files) {
    try {
      folder.write(name, await text());
    } catch (error) {
      if (!(error instanceof WriteError)) throw error;
      unwritten.push(error.message);
    }
  }
  return unwritten;
}

function environmentOf({ environment, recorder, setup, plan }: PublishInput): Environment {
  const versions = new Set<string>();
  let clockErrorUs: number | null = null;
  for (const event of recorder.events) {
    if (event.kind === 'view' && event.view.server) versions.add(event.view.server.version);
    if (event.kind === 'clock') clockErrorUs = Math.max(clockErrorUs ?? 0, event.errorUs);
  }
  const topology = topologyNow(setup.topology, recorder.events);
  return {
    provider:
      environment?.provider ?? (plan.provider.name === 'auto' ? 'embedded' : plan.provider.name),
    kubernetes: environment?.kubernetes ?? 'unknown',
    redis: [...versions].sort().join(', ') || 'unknown',
    topology,
    fidelity: [
      ...setup.remarks,
      ...tooFew(topology, plan.faults.failovers),
      ...(environment?.fidelity ?? []),
    ],
    host: { platform: process.platform, cpus: cpus().length, node: process.version },
    clockErrorMs: clockErrorUs === null ? null : clockErrorUs / 1000,
  };
}

/** What a run of fewer faults than the topology shows itself in cannot know. */
function tooFew(topology: ReturnType<typeof topologyNow>, planned: number | null): string[] {
  const { failovers, called } = topologyOf(topology);
  return planned !== null && planned > 0 && planned < failovers
    ? [
        `${planned} of the ${failovers} faults in a row that a ${called} is judged by: what the first one leaves behind (a name or an address of somebody who is no more, a start script that does not find the new master) shows in the next`,
      ]
    : [];
}
