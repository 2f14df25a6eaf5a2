/**
 * `npm run soak -- --runs N [--seed S] [--provider embedded] [--table FILE]`: many runs of healthy
 * set-ups, one line each. Each run's node timeout (2 s or 5 s), hold and grace are drawn from its
 * seed, so a line can be repeated. It stops with all evidence at the first surprise: a verdict other
 * than pass, or something left behind.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    provider: { type: 'string', default: 'embedded' },
    dir: { type: 'string', default: 'reports/soak' },
    table: { type: 'string' },
  },
});
const root = join(import.meta.dirname, '..');
const runs = Number(values.runs);
const firstSeed = Number(values.seed);
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(firstSeed)) {
  console.error('soak: --runs and --seed are whole numbers, --runs at least 1');
  process.exit(64);
}

/** What a seed means: the same line again for the same seed. */
function flagsOf(seed: number): string[] {
  const random = seededRandom(seed);
  const nodeTimeout = random.pick(['2s', '5s']);
  const hold = random.pick(['auto', 'none']);
  const grace = random.pick(['', '0', '5']);
  return [
    ...['--seed', String(seed), '--node-timeout', nodeTimeout, '--hold', hold],
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
for (let number = 0; number < runs && surprises === 0; number++) {
  const seed = firstSeed + number;
  const flags = flagsOf(seed);
  const reportDir = join(values.dir, `seed-${seed}`);
  const started = performance.now();
  const result = await runOnce([
    join(root, 'src', 'cli.ts'),
    ...['run', '--provider', values.provider, '--quiet', '--report-dir', reportDir],
    ...flags,
  ]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const left = [...stillAlive(result.family), ...hostTraces().filter((name) => !before.has(name))];
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

/** Runs the tool and follows every process that it ever had below it. */
async function runOnce(
  args: readonly string[],
): Promise<{ exitCode: number | null; output: string; family: readonly ProcessEntry[] }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
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
  const command = `npm run soak -- --runs ${runs} --seed ${firstSeed} --provider ${values.provider}`;
  writeFileSync(
    file,
    [
      `# Soak: ${lines.length - surprises} of ${runs} healthy runs green`,
      '',
      `\`${command}\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}.`,
      '',
      '| seed | flags | mode | promotion after the exit | longest outage | lost | verdict | wall | exit | left behind |',
      '|---|---|---|---|---|---|---|---|---|---|',
      ...lines,
      '',
    ].join('\n'),
  );
}
