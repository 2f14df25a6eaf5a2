/**
 * `npm test [-- PART…] [--timings FILE] [VITEST ARGS]`: all tests that this machine can run, part by part:
 * `checks` of the source, `unit`, `bundle`, `browser`, `integration`, `e2e`. Says what it runs, how far it is, what
 * it skips and why, and how long each part took; ends with the line `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeEmbedded } from '../src/provider/embedded/probe.ts';
import { chromiumProgram } from '../test/browser/chromium-program.ts';
import { type PartName, type PartResult, partNames, timeTable } from './test-parts.ts';

const root = join(import.meta.dirname, '..');
const { parts: wanted, timings, rest } = readArguments(process.argv.slice(2));
const chosen = wanted.length > 0 ? wanted : partNames;

type Outcome = Pick<PartResult, 'passed' | 'failed'>;

function check(name: string, commandArgs: readonly string[]): boolean {
  const { status } = spawnSync(process.execPath, commandArgs, { cwd: root, stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok' : 'FAILED'}: ${name}`);
  return status === 0;
}

function checks(): Outcome {
  const modules = join(root, 'node_modules');
  const results = [
    check('format and lint', [join(modules, '@biomejs', 'biome', 'bin', 'biome'), 'check', '.']),
    check('types', [join(modules, 'typescript', 'bin', 'tsc'), '--noEmit']),
  ];
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed };
}

interface VitestSummary {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly success: boolean;
}

function vitest(projects: readonly string[]): Outcome {
  const dir = mkdtempSync(join(tmpdir(), 'rkc-test-'));
  const file = join(dir, 'vitest.json');
  try {
    const { status } = spawnSync(
      process.execPath,
      [
        join(modulesOf('vitest'), 'vitest.mjs'),
        'run',
        ...projects.flatMap((project) => ['--project', project]),
        '--passWithNoTests',
        '--reporter=default',
        `--reporter=${join(root, 'scripts', 'progress-reporter.ts')}`,
        '--reporter=json',
        `--outputFile.json=${file}`,
        ...rest,
      ],
      { cwd: root, stdio: 'inherit' },
    );
    const summary = JSON.parse(readFileSync(file, 'utf8')) as VitestSummary;
    const passed = summary.numPassedTests;
    // a file that did not even load, or an error outside of a test, fails too
    const unclean = summary.numFailedTests === 0 && (!summary.success || status !== 0) ? 1 : 0;
    return { passed, failed: summary.numFailedTests + unclean };
  } catch {
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function modulesOf(name: string): string {
  return join(root, 'node_modules', name);
}

function missingForKind(): string | null {
  if (!process.env.KIND_NODE_IMAGE) return 'KIND_NODE_IMAGE is not set';
  for (const [program, ...args] of [
    ['docker', 'info'],
    ['kind', 'version'],
  ] as const) {
    if (spawnSync(program, args, { stdio: 'ignore' }).status !== 0)
      return `${program} does not answer`;
  }
  return null;
}

/**
 * What the tests in a browser need is no part of the product's own packages, which everybody waits for
 * at the first start.
 */
async function missingForBrowser(): Promise<string | null> {
  const program = chromiumProgram();
  if (program === null) return 'there is no chromium on PATH; on Debian: apt-get install chromium';
  const probed = await probeEmbedded(AbortSignal.timeout(30_000));
  if (!probed.ok) return `${probed.reason}; ${probed.remedy}`;
  const folder = join(root, 'test', 'browser');
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  const stamp = join(folder, 'node_modules', '.lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return null;
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) return `npm ci in test/browser ended with ${status}`;
  writeFileSync(stamp, lock);
  return null;
}

/** Why this machine cannot run a part; null when it can. */
async function missingFor(part: PartName): Promise<string | null> {
  if (part === 'browser') return missingForBrowser();
  if (part === 'integration') {
    const probed = await probeEmbedded(AbortSignal.timeout(30_000));
    return probed.ok ? null : `${probed.reason}; ${probed.remedy}`;
  }
  if (part === 'e2e') {
    const missing = missingForKind();
    return missing === null ? null : `kind, act: ${missing}`;
  }
  return null;
}

function run(part: PartName): Outcome {
  if (part === 'checks') return checks();
  if (part === 'integration') return vitest(['integration', 'integration-alone']);
  if (part === 'e2e') return vitest(['e2e-clusters', 'e2e']);
  return vitest([part]);
}

/** Words that name a part choose it; what is left is vitest's. */
function readArguments(args: readonly string[]) {
  const parts = new Set<PartName>();
  const left: string[] = [];
  let timings: string | null = null;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const part = partNames.find((name) => name === arg);
    if (part) parts.add(part);
    else if (arg === '--timings') timings = args[++at] ?? null;
    else left.push(arg);
  }
  // with arguments for vitest, tests are meant
  const named = parts.size === 0 && left.length > 0 ? partNames.slice(1) : [...parts];
  return { parts: named, timings, rest: left };
}

const results: PartResult[] = [];
const skipped: string[] = [];
for (const [index, part] of chosen.entries()) {
  const missing = await missingFor(part);
  if (missing !== null) {
    skipped.push(`skipped ${part}: ${missing}`);
    console.log(`== ${index + 1} of ${chosen.length}: ${part}: skipped: ${missing}`);
    continue;
  }
  console.log(`== ${index + 1} of ${chosen.length}: ${part}`);
  const startMs = performance.now();
  const outcome = run(part);
  results.push({ part, ...outcome, seconds: (performance.now() - startMs) / 1000 });
}
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
if (timings !== null) {
  writeFileSync(timings, JSON.stringify({ cpus: availableParallelism(), parts: results }, null, 1));
}
console.log(`\n${timeTable(results)}`);
for (const line of skipped) console.log(line);
if (passed + failed === 0) console.log('no test was run');
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
