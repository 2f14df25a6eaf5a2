import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { programsFrom } from '../../scripts/results/docker-programs.ts';
import { knownBadFolder } from '../../scripts/zoo/manifests.ts';
import { runForVerdict } from '../support/machine/run-for-verdict.ts';
import { finding, openWorkspace, readReport, redChecks } from '../support/run-tool.ts';

/**
 * Goal: what is green and what is red on Redis is so on Valkey.
 * Method: the shipped set-up and one that is broken, on the Valkey of this machine: the one on PATH, or
 * one taken out of a local image with its libraries. Skipped where there is neither.
 */
const image = 'valkey/valkey:8.1';
const folder = mkdtempSync(join(tmpdir(), 'rkc-valkey-'));
const server = onPath() ?? fromImage();
if (server === null) console.log(`skipped: no valkey-server on PATH, no local image ${image}`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function onPath(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((each) => join(each, 'valkey-server')).find(existsSync) ?? null;
}

function fromImage(): string | null {
  const inspected = spawnSync('docker', ['image', 'inspect', image], { stdio: 'ignore' });
  return inspected.status === 0 ? programsFrom(image, folder) : null;
}

async function run(...flags: readonly string[]) {
  using workspace = openWorkspace();
  const where = ['--provider', 'embedded', '--rate', '80', '--image', `redis:8.0=${server}`];
  const { exitCode, stderr, stdout } = await runForVerdict(workspace, ['run', ...where, ...flags]);
  return { exitCode, output: stderr + stdout, ...readReport(workspace.reportDir) };
}

describe.skipIf(server === null).concurrent('Valkey', () => {
  test('held down: green, promoted', async () => {
    const { report, exitCode, output } = await run('--node-timeout', '2s');
    expect(report.environment.redis, output).toMatch(/^valkey \d+\.\d+\.\d+$/);
    expect(redChecks(report), output).toEqual([]);
    expect(exitCode, output).toBe(0);
    expect(report.faults[0]?.mode).toBe('promoted');
  });

  test('deleted plainly: green, restarted in place', async () => {
    const { report, exitCode, output } = await run('--node-timeout', '2s', '--hold', 'none');
    expect(redChecks(report), output).toEqual([]);
    expect(exitCode, output).toBe(0);
    expect(report.faults[0]?.mode).toBe('restarted');
  });

  test('no start script: ip-rewrite, and nothing else', async () => {
    const { report, exitCode, output } = await run(
      ...['--manifests', join(knownBadFolder, 'no-rewrite.yaml'), '--form', 'tool'],
    );
    expect(report.environment.redis, output).toMatch(/^valkey /);
    expect(redChecks(report), output).toEqual(['ip-rewrite']);
    expect(finding(report, 'ip-rewrite').why).toContain('No start script');
    expect(exitCode, output).toBe(1);
  });
});
