import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { judgeStored } from '../../src/cli/check-command.ts';
import type { CheckId } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';
import { takeBerth } from '../../test/support/machine/berth.ts';
import { starvation, withMoreRoom } from '../../test/support/machine/run-for-verdict.ts';
import { readReport as readStored } from '../../test/support/run-tool.ts';
import { type BaseName, bases } from './bases.ts';
import { type Entry, entries, type SisterName, sisters } from './entries.ts';
import { knownBadFolder } from './manifests.ts';

export interface ZooOptions {
  readonly provider: string;
  /** How many runs at a time; more than the machine bears make the evidence too thin to judge. */
  readonly jobs: number;
  readonly seed: number;
  readonly only: readonly string[];
  /** Further flags for every run, e.g. `--image redis:8.0=redis:7.0`. */
  readonly flags: readonly string[];
  /** Where the reports stay; null: they are removed. */
  readonly keepDir: string | null;
  readonly signal: AbortSignal;
  /** What a busy machine left undecided is run again with more room, as all tests of verdicts are. */
  readonly moreRoom?: boolean;
}

/** How one run of the tool ended. */
export interface RunResult {
  readonly name: string;
  /** What was run, as a person would type it. */
  readonly command: string;
  readonly seconds: number;
  readonly exitCode: number;
  /** Null when it ended without one. */
  readonly report: Report | null;
  /** What `check` says otherwise than the run did, offline; null when it says the same. */
  readonly recheck: string | null;
  /** The end of what it wrote. */
  readonly output: string;
}

export interface Row {
  readonly entry: Entry;
  readonly bad: RunResult;
  readonly sister: RunResult;
  readonly redSeen: readonly CheckId[];
  /** Why the row is not as it must be; empty when it is. */
  readonly wrong: readonly string[];
}

const root = join(import.meta.dirname, '..', '..');
/** Fewer requests than by default: several runs share the machine, and prove as much. */
const rate = '80';
const runTimeoutMs = 420_000;

/** Starts all runs, a few at a time; each row's promise ends when its set-up and its sister have run. */
export function startZoo(options: ZooOptions): ReadonlyMap<string, Promise<Row>> {
  const chosen = entries.filter(
    ({ name }) => options.only.length === 0 || options.only.includes(name),
  );
  const limited = limiter(options.jobs);
  const run = (name: string, flags: readonly string[]) =>
    limited(() => runTool(name, flags, options));
  const sisterRuns = new Map<SisterName, Promise<RunResult>>();
  for (const { sister } of chosen) {
    if (!sisterRuns.has(sister))
      sisterRuns.set(sister, run(`sister, ${sister}`, sisterFlags(sister)));
  }
  return new Map(
    chosen.map((entry) => {
      const bad = run(entry.name, [...manifestFlags(entry.name, entry.base), ...entry.fault]);
      return [entry.name, rowOf(entry, bad, sisterRuns)];
    }),
  );
}

async function rowOf(
  entry: Entry,
  bad: Promise<RunResult>,
  sisterRuns: ReadonlyMap<SisterName, Promise<RunResult>>,
): Promise<Row> {
  const sister = sisterRuns.get(entry.sister);
  if (!sister) throw new Error(`no run of the sister ${entry.sister}`);
  const [badResult, sisterResult] = await Promise.all([bad, sister]);
  const redSeen = redOf(badResult.report);
  return {
    entry,
    bad: badResult,
    sister: sisterResult,
    redSeen,
    wrong: [...badTrouble(entry, badResult, redSeen), ...sisterTrouble(entry, sisterResult)],
  };
}

function badTrouble(entry: Entry, result: RunResult, redSeen: readonly CheckId[]): string[] {
  const { report, exitCode } = result;
  if (report === null) return [`no report, exit code ${exitCode}: ${result.output}`];
  if (!redSeen.includes(entry.red)) {
    return [`${entry.red} is not red (verdict ${report.verdict}: ${report.reasons.join('; ')})`];
  }
  const whys = report.checks.flatMap(({ id, why }) => (id === entry.red && why ? [why] : []));
  if (!whys.some((why) => why.includes(entry.why))) {
    return [
      `${entry.red} is red for another reason than ${entry.why}: ${whys.join('; ') || 'none'}`,
    ];
  }
  if (result.recheck !== null) return [result.recheck];
  if (report.verdict === 'fail' && exitCode === 1) return [];
  return [`verdict ${report.verdict}, exit code ${exitCode}, although ${entry.red} is red`];
}

function sisterTrouble(entry: Entry, result: RunResult): string[] {
  const { report, exitCode, name, recheck } = result;
  if (recheck !== null) return [`${name}: ${recheck}`];
  if (report === null) return [`${name}: no report, exit code ${exitCode}: ${result.output}`];
  if (report.verdict !== 'pass' || exitCode !== 0) {
    return [
      `${name}: verdict ${report.verdict}, exit code ${exitCode}: ${report.reasons.join('; ')}`,
    ];
  }
  const check = report.checks.find(({ id }) => id === entry.red);
  return check?.verdict === 'pass'
    ? []
    : [`${name}: ${entry.red} is ${check?.verdict ?? 'absent'}`];
}

function redOf(report: Report | null): readonly CheckId[] {
  return [
    ...new Set(report?.checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id)),
  ];
}

function manifestFlags(name: string, base: BaseName = 'cluster'): readonly string[] {
  return ['--manifests', join(knownBadFolder, `${name}.yaml`), '--form', bases[base].form];
}

function sisterFlags(name: SisterName): readonly string[] {
  const { file, flags } = sisters[name];
  return typeof file === 'string'
    ? [...manifestFlags(file), ...flags]
    : ['--topology', file.shipped, '--node-timeout', '2s', ...flags];
}

async function runTool(
  name: string,
  flags: readonly string[],
  options: ZooOptions,
): Promise<RunResult> {
  const common = ['--provider', options.provider, '--seed', String(options.seed), '--rate', rate];
  const args = ['run', ...flags, ...common, ...options.flags];
  const first = await runOnce(name, args, options, false);
  if (!options.moreRoom || first.exitCode !== 2 || first.starved === null) return first;
  const roomy = withMoreRoom(args);
  console.log(
    `${name}: undecided on a busy machine (${first.starved}); again, alone: ${roomy.join(' ')}`,
  );
  return runOnce(name, roomy, options, true);
}

async function runOnce(
  name: string,
  args: readonly string[],
  options: ZooOptions,
  alone: boolean,
): Promise<RunResult & { readonly starved: string | null }> {
  using _berth = await takeBerth(alone);
  const dir = mkdtempSync(
    join(options.keepDir ?? tmpdir(), `zoo-${name.replaceAll(/\W+/g, '-')}-`),
  );
  const reportDir = join(dir, 'report');
  const startMs = performance.now();
  try {
    const ended = await spawnTool([...args, '--report-dir', reportDir], dir, options.signal);
    const report = readReport(join(reportDir, 'report.json'));
    return {
      name,
      command: `redis-k8s-chaos ${args.join(' ')}`.replaceAll(`${root}/`, ''),
      seconds: (performance.now() - startMs) / 1000,
      ...ended,
      report,
      recheck: report === null ? null : recheckOf(report, reportDir),
      starved: report === null ? null : starvation(readStored(reportDir).events),
    };
  } finally {
    if (options.keepDir === null) rmSync(dir, { recursive: true, force: true });
  }
}

function spawnTool(
  args: readonly string[],
  dir: string,
  signal: AbortSignal,
): Promise<Pick<RunResult, 'exitCode' | 'output'>> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'src', 'cli.ts'), ...args], {
      env: { ...process.env, XDG_STATE_HOME: join(dir, 'state') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (text: string) => {
      output = `${output}${text}`.slice(-4000);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    // it heals and cleans up on SIGTERM, and ends with 130
    const end = () => child.kill('SIGTERM');
    const timer = setTimeout(end, runTimeoutMs);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve({ exitCode: code ?? 143, output });
    });
  });
}

function recheckOf(report: Report, reportDir: string): string | null {
  const again = judgeStored(reportDir);
  const same = isDeepStrictEqual(JSON.parse(JSON.stringify(again)), report);
  return same ? null : `check says ${again.verdict} (${again.reasons.join('; ')})`;
}

function readReport(path: string): Report | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    return null;
  }
}

/** Runs what it is given, in the order given, so many at a time. */
function limiter(jobs: number): <T>(deed: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (deed) => {
    if (running >= jobs) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await deed();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
