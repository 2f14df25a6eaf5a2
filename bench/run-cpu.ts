import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FamilyCpu, type Role, roles } from './process-cpu.ts';

/**
 * `npm run bench:run [RUNS] [ARGS…]` (3 runs unless told, about 35 s each): CPU seconds of a whole default
 * run on the embedded provider, by process, as a table row a run and their median. ARGS go to `run`.
 */
const sampleMs = 100;
const main = join(import.meta.dirname, '..', 'src', 'cli.ts');

interface RunCpu {
  readonly seconds: ReadonlyMap<Role, number>;
  readonly wallSeconds: number;
  readonly requests: number;
  readonly verdict: string;
}

async function measure(args: readonly string[]): Promise<RunCpu> {
  const dir = mkdtempSync(join(tmpdir(), 'rkc-cpu-'));
  try {
    const startMs = performance.now();
    const report = join(dir, 'report');
    const child = spawn(
      process.execPath,
      [main, 'run', '--provider', 'embedded', '--report-dir', report, ...args],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const ended = once(child, 'close');
    const cpu = new FamilyCpu(child.pid ?? 0);
    const timer = setInterval(() => cpu.sample(), sampleMs);
    await ended;
    clearInterval(timer);
    const { verdict, operations } = JSON.parse(
      readFileSync(join(report, 'report.json'), 'utf8'),
    ) as { verdict: string; operations: { attempted: number } };
    const wallSeconds = (performance.now() - startMs) / 1000;
    return {
      seconds: cpu.secondsByRole(),
      wallSeconds,
      requests: operations.attempted,
      verdict,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The processes that are ours: neither Redis nor what the manifests' probes start. */
const ours: readonly Role[] = ['tool', 'hit-counters', 'agent', 'observer'];

function row(name: string, runs: readonly RunCpu[], verdict: string): string {
  const cell = (of: (run: RunCpu) => number, digits = 2) => median(runs.map(of)).toFixed(digits);
  const sum = (run: RunCpu) => ours.reduce((all, role) => all + (run.seconds.get(role) ?? 0), 0);
  const cells = [
    ...roles.map((role) => cell((run) => run.seconds.get(role) ?? 0)),
    `**${cell(sum)}**`,
    cell((run) => run.wallSeconds, 1),
    cell((run) => run.requests, 0),
    verdict,
  ];
  return `| ${name} | ${cells.join(' | ')} |`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

const [count = '3', ...args] = process.argv.slice(2);
const heads = ['run', ...roles, 'the first four', 'whole run, s', 'requests', 'verdict'];
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`);
console.log(`| ${heads.join(' | ')} |\n|${heads.map(() => '---').join('|')}|`);
const runs: RunCpu[] = [];
for (let n = 1; n <= Number(count); n++) {
  const run = await measure(args);
  runs.push(run);
  console.log(row(String(n), [run], run.verdict));
}
console.log(row('median', runs, `${runs.filter((run) => run.verdict === 'pass').length} pass`));
