/**
 * `npm run soak -- --runs N [--seed S] [--jobs J] [--provider embedded] [--topology NAME]… [--table FILE]`: many
 * runs of healthy set-ups, J at a time, one line each. Each run's node timeout (2 s or 5 s), hold, grace and, of
 * several, topology are drawn from its seed, so a line can be repeated. It stops with all evidence at the first surprise: a verdict other
 * than pass, or something left behind.
 */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Report } from '../src/model/report.ts';
import { seededRandom } from '../src/platform/random.ts';
import { familyOf, type ProcessEntry, stillAlive } from '../test/support/process-family.ts';
import { hostTraces } from './host-traces.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    provider: { type: 'string', default: 'embedded' },
    topology: { type: 'string', multiple: true, default: ['cluster'] },
    dir: { type: 'string', default: 'reports/soak' },
    table: { type: 'string' },
  },
});
const root = join(import.meta.dirname, '..');
const runs = Number(values.runs);
const firstSeed = Number(values.seed);
const jobs = Number(values.jobs);
if (![runs, jobs].every((n) => Number.isInteger(n) && n >= 1) || !Number.isInteger(firstSeed)) {
  console.error('soak: --runs, --jobs and --seed are whole numbers, --runs and --jobs at least 1');
  process.exit(64);
}

/** What a seed means: the same line again for the same seed. */
function flagsOf(seed: number): string[] {
  const random = seededRandom(seed);
  const nodeTimeout = random.pick(['2s', '5s']);
  const hold = random.pick(['auto', 'none']);
  const grace = random.pick(['', '0', '5']);
  const [first = 'cluster', ...others] = values.topology;
  const topology = random.pick([first, ...others]);
  return [
    ...['--seed', String(seed), '--topology', topology],
    ...(topology === 'standalone' ? [] : ['--node-timeout', nodeTimeout]),
    ...['--hold', hold],
    ...(grace === '' ? [] : ['--grace', grace]),
  ];
}

const before = new Set(hostTraces());
const lines: string[] = [];
mkdirSync(values.dir, { recursive: true });
const log = join(values.dir, 'soak.log');
writeFileSync(log, '');

function say(line: string): void {
  console.log(line);
  appendFileSync(log, `${line}\n`);
}

let surprises = 0;
let next = firstSeed;
await Promise.all(Array.from({ length: jobs }, () => work()));

async function work(): Promise<void> {
  while (next < firstSeed + runs && surprises === 0) await soakOnce(next++);
}

async function soakOnce(seed: number): Promise<void> {
  const flags = flagsOf(seed);
  const reportDir = join(values.dir, `seed-${seed}`);
  const started = performance.now();
  const home = mkdtempSync(join(tmpdir(), 'rkc-soak-'));
  const result = await runOnce(home, [
    join(root, 'src', 'cli.ts'),
    ...['run', '--provider', values.provider, '--quiet', '--report-dir', reportDir],
    ...flags,
  ]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const left = [
    ...stillAlive(result.family),
    ...hostTraces().filter((name) => !before.has(name)),
    ...filesIn(home),
  ];
  rmSync(home, { recursive: true, force: true });
  const line = lineOf(seed, flags, reportDir, seconds, result.exitCode, left);
  lines.push(line);
  say(line);
  if (result.exitCode !== 0 || left.length > 0) {
    surprises++;
    say(`surprise: exit ${result.exitCode}, evidence in ${reportDir}\n${result.output}`);
  } else rmSync(reportDir, { recursive: true, force: true });
}
say(`${lines.length - surprises} of ${runs} green, ${surprises} surprises`);
if (values.table) writeTable(values.table);
process.exitCode = surprises === 0 ? 0 : 1;

/** What a run left where it keeps its journal and its temporary files. */
function filesIn(home: string): string[] {
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => `file ${entry.name}`);
}

/**
 * Runs the tool, its temporary files and its journal in a folder of their own, and follows
 * every process that it ever had below it.
 */
async function runOnce(
  home: string,
  args: readonly string[],
): Promise<{ exitCode: number | null; output: string; family: readonly ProcessEntry[] }> {
  const env = { ...process.env, TMPDIR: home, XDG_STATE_HOME: home };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const family = new Map<string, ProcessEntry>();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const sampling = setInterval(() => {
    for (const one of familyOf(child.pid ?? -1)) family.set(`${one.pid} ${one.startTicks}`, one);
  }, 500);
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(sampling);
  return { exitCode, output, family: [...family.values()] };
}

function lineOf(
  seed: number,
  flags: readonly string[],
  dir: string,
  seconds: string,
  status: number | null,
  left: readonly string[],
): string {
  let told = 'no report';
  try {
    const report = JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8')) as Report;
    const [fault] = report.faults;
    const { stoppedMs, promotedMs } = fault?.timeline ?? {};
    const promotion =
      stoppedMs == null || promotedMs == null
        ? '–'
        : `${((promotedMs - stoppedMs) / 1000).toFixed(1)} s`;
    const outage = report.operations.longestOutageMs;
    told = `${fault?.mode ?? '–'} | ${promotion} | ${outage === null ? '–' : `${(outage / 1000).toFixed(1)} s`} | ${report.operations.lost} | ${report.verdict}`;
  } catch {
    // the exit code and the output say why there is none
  }
  return `| ${seed} | ${flags.slice(2).join(' ')} | ${told} | ${seconds} s | ${status} | ${left.join(', ') || 'nothing'} |`;
}

function writeTable(file: string): void {
  const command = `npm run soak -- --runs ${runs} --seed ${firstSeed} --jobs ${jobs} --provider ${values.provider}${values.topology.map((name) => ` --topology ${name}`).join('')}`;
  writeFileSync(
    file,
    [
      `# Soak: ${lines.length - surprises} of ${runs} healthy runs green`,
      '',
      `\`${command}\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}.`,
      '',
      '| seed | flags | mode | promotion after the exit | longest outage | lost | verdict | wall | exit | left behind |',
      '|---|---|---|---|---|---|---|---|---|---|',
      ...lines.sort((a, b) => seedOf(a) - seedOf(b)),
      '',
    ].join('\n'),
  );
}

function seedOf(line: string): number {
  return Number(/\d+/.exec(line)?.[0]);
}
