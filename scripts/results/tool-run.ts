import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../../src/model/report.ts';
import { waitFor } from '../../src/platform/wait.ts';
import {
  readReport,
  startTool,
  type ToolResult,
  type Workspace,
} from '../../test/support/run-tool.ts';
import { seconds } from './page.ts';

/** A run of the tool that is going on, as its terminal shows it. */
export interface ToolRun {
  readonly child: ChildProcess;
  readonly ended: Promise<ToolResult>;
  /** The run's id, once it was said. */
  runId(): string;
  /** Resolves when the phase begins. @throws DeadlineError, also when the run ends before. */
  reached(phase: string, timeoutMs: number): Promise<void>;
}

export function startRun(workspace: Workspace, args: readonly string[]): ToolRun {
  const { child, result } = startTool(workspace, ['run', ...args]);
  let shown = '';
  let over = false;
  child.stderr?.on('data', (text: string) => {
    shown += text;
  });
  const ended = result.finally(() => {
    over = true;
  });
  return {
    child,
    ended,
    runId: () => /run (r[0-9a-z]{8}),/.exec(shown)?.[1] ?? '',
    reached(phase, timeoutMs) {
      const line = new RegExp(`^\\s*\\S+s {2}${phase}$`, 'm');
      const what = `phase ${phase}`;
      const signal = AbortSignal.timeout(timeoutMs + 1000);
      return waitFor({ what, timeoutMs, everyMs: 10, signal }, () => {
        if (line.test(shown)) return { done: true, value: undefined };
        if (over) throw new Error(`the run ended before phase ${phase}: ${shown}`);
        return { done: false, seen: shown.slice(-200) };
      });
    },
  };
}

/** The report of a run that ended; null when it wrote none. */
export function reportOf(workspace: Workspace): Report | null {
  const written = existsSync(join(workspace.reportDir, 'report.json'));
  return written ? readReport(workspace.reportDir).report : null;
}

/** Journals that still hold something to undo. */
export function journalsOf(workspace: Workspace): string[] {
  const folder = join(workspace.dir, 'state', 'redis-k8s-chaos', 'journal');
  return existsSync(folder) ? readdirSync(folder) : [];
}

export const reportColumns = [
  'servers',
  'verdict',
  'mode',
  'promoted after the exit',
  'predicted',
  'longest outage',
  'redundant again',
  'ok / all requests',
  'lost',
  'wall',
  'tool',
] as const;

/** What a report says, in the order of `reportColumns`. */
export function reportCells(report: Report | null, exitCode: number): string[] {
  if (report === null) return ['–', `no report, exit ${exitCode}`, ...Array(9).fill('–')];
  const [fault] = report.faults;
  const { promotedMs, stoppedMs, injectedMs, redundantMs } = fault?.timeline ?? {};
  const after = (ms: number | null | undefined, fromMs: number | null | undefined) =>
    ms == null || fromMs == null ? null : ms - fromMs;
  const { operations, predicted } = { ...report, predicted: fault?.predictedMs };
  const why = report.verdict === 'pass' ? '' : `: ${report.reasons.join('; ')}`;
  return [
    report.environment.redis,
    `${report.verdict} (exit ${exitCode})${why}`,
    fault?.mode ?? '–',
    seconds(after(promotedMs, stoppedMs)),
    predicted ? `${seconds(predicted.lowMs)} to ${seconds(predicted.highMs)}` : '–',
    seconds(operations.longestOutageMs),
    seconds(after(redundantMs, injectedMs)),
    `${operations.ok} / ${operations.attempted}`,
    String(operations.lost),
    seconds(report.run.wallMs),
    seconds(report.time.toolMs),
  ];
}
