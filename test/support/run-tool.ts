import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../src/model/event.ts';
import type { CheckId, Finding } from '../../src/model/finding.ts';
import type { Operation } from '../../src/model/operation.ts';
import type { Report } from '../../src/model/report.ts';
import { takeBerth } from './machine/berth.ts';

const root = join(import.meta.dirname, '..', '..');

/** What still runs when the tests are stopped is told to heal and end. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/** A folder of its own for one test: report, state and manifests; removed at the end. */
export interface Workspace extends Disposable {
  readonly dir: string;
  readonly reportDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** What is run: the source, or a built bundle. */
  readonly program: string;
}

export function openWorkspace(program = join(root, 'src', 'cli.ts')): Workspace {
  const dir = mkdtempSync(join(tmpdir(), 'rkc-'));
  return {
    dir,
    reportDir: join(dir, 'report'),
    env: { ...process.env, XDG_STATE_HOME: join(dir, 'state') },
    program,
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function startTool(
  workspace: Workspace,
  args: readonly string[],
): { child: ChildProcess; result: Promise<ToolResult> } {
  const child = spawn(process.execPath, [workspace.program, ...args], {
    env: workspace.env,
    cwd: workspace.dir,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const result = new Promise<ToolResult>((resolve) => {
    child.on('close', (code, signal) =>
      resolve({ exitCode: code ?? (signal === 'SIGKILL' ? 137 : 143), stdout, stderr }),
    );
  });
  return { child, result };
}

/** No run of the tests takes longer on a machine that bears it; waiting for one's turn does not count. */
const runLimitMs = 420_000;

/**
 * Runs a command to its end. A `run` waits first until the machine bears one more, with `alone` until it
 * has the machine to itself.
 * @throws when it takes more than seven minutes, with what it said so far
 */
export async function runTool(
  workspace: Workspace,
  args: readonly string[],
  alone = false,
  onStart: (child: ChildProcess) => void = () => {},
): Promise<ToolResult> {
  using _berth = args[0] === 'run' ? await takeBerth(alone) : null;
  const { child, result } = startTool(workspace, args);
  onStart(child);
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    child.kill('SIGTERM'); // it heals and ends
  }, runLimitMs);
  const ended = await result.finally(() => clearTimeout(limit));
  if (late) throw new Error(`not over after ${runLimitMs} ms: ${ended.stderr}${ended.stdout}`);
  return ended;
}

/** Everything a run left in its report folder. */
export interface StoredReport {
  readonly report: Report;
  readonly events: readonly RunEvent[];
  readonly history: readonly Operation[];
  readonly file: (name: string) => string;
}

export function readReport(dir: string): StoredReport {
  const file = (name: string) => readFileSync(join(dir, name), 'utf8');
  const lines = <T>(name: string) =>
    file(name)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as T);
  return {
    report: JSON.parse(file('report.json')) as Report,
    events: lines<RunEvent>('events.ndjson'),
    history: lines<Operation>('history.ndjson'),
    file,
  };
}

export function finding(report: Report, id: CheckId): Finding {
  const found = report.checks.find((check) => check.id === id);
  if (!found)
    throw new Error(
      `no check ${id} in the report; there are ${report.checks.map((c) => c.id).join(', ')}`,
    );
  return found;
}

export function redChecks(report: Report): string[] {
  return report.checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
}
