/**
 * All tests that this machine can run: checks of the source, then vitest's projects in one process.
 * Says what it skips and why, and ends with the line `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeEmbedded } from '../src/provider/embedded/probe.ts';

interface VitestSummary {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly numPendingTests: number;
  readonly success: boolean;
}

const root = join(import.meta.dirname, '..');
const args = process.argv.slice(2);
let passed = 0;
let failed = 0;

function check(name: string, command: string, commandArgs: readonly string[]): void {
  const result = spawnSync(command, commandArgs, { cwd: root, stdio: 'inherit' });
  console.log(`${result.status === 0 ? 'ok' : 'FAILED'}: ${name}`);
  if (result.status === 0) passed++;
  else failed++;
}

function vitest(projects: readonly string[]): void {
  const dir = mkdtempSync(join(tmpdir(), 'rkc-test-'));
  const file = join(dir, 'vitest.json');
  const result = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules', 'vitest', 'vitest.mjs'),
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...args,
    ],
    { cwd: root, stdio: 'inherit' },
  );
  try {
    const summary = JSON.parse(readFileSync(file, 'utf8')) as VitestSummary;
    passed += summary.numPassedTests;
    failed += summary.numFailedTests;
    if (!summary.success && summary.numFailedTests === 0) failed++; // a file that did not even load
  } catch {
    failed++;
  }
  if (result.status !== 0 && failed === 0) failed++;
  rmSync(dir, { recursive: true, force: true });
}

function haveKindLab(): string | null {
  if (!process.env.KIND_NODE_IMAGE) return 'KIND_NODE_IMAGE is not set';
  for (const [program, ...rest] of [
    ['docker', 'info'],
    ['kind', 'version'],
  ] as const) {
    if (spawnSync(program, rest, { stdio: 'ignore' }).status !== 0)
      return `${program} does not answer`;
  }
  return null;
}

if (args.length === 0) {
  check('format and lint', process.execPath, [
    join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'),
    'check',
    '.',
  ]);
  check('types', process.execPath, [
    join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    '--noEmit',
  ]);
}
const projects = ['unit', 'bundle'];
const skipped: string[] = [];
const embedded = await probeEmbedded(AbortSignal.timeout(10_000));
if (embedded.ok) projects.push('integration');
else skipped.push(`integration: ${embedded.reason}; ${embedded.remedy}`);
const lab = haveKindLab();
if (lab === null) projects.push('e2e');
else skipped.push(`e2e (kind, act): ${lab}`);

vitest(projects);
for (const line of skipped) console.log(`skipped ${line}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
