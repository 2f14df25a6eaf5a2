import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runForVerdict } from '../support/machine/run-for-verdict.ts';
import { finding, openWorkspace, readReport, redChecks, runTool } from '../support/run-tool.ts';

/** Goal: a chart runs as it is, hooks and definitions included. Method: helm itself, on the embedded provider. */
const helm = spawnSync('helm', ['version', '--short'], { stdio: 'ignore' }).status === 0;
if (!helm) console.log('skipped: helm is not on PATH');
const chart = join(import.meta.dirname, '..', 'fixtures', 'chart', 'single');
const given = ['--provider', 'embedded', '--chart', chart, '--image', 'redis:8.0=redis:7.0'];

describe.skipIf(!helm)('run --chart', () => {
  test('passes, its hooks in place and its test left out', async () => {
    using workspace = openWorkspace();
    const { exitCode, stdout, stderr } = await runForVerdict(workspace, ['run', ...given]);
    const { report } = readReport(workspace.reportDir);
    expect(redChecks(report), stderr + stdout).toEqual([]);
    expect(exitCode, stderr + stdout).toBe(0);
    expect(report.environment.topology).toBe('standalone');
    expect(report.environment.fidelity.join()).toContain(
      'Pod single-test of the chart is a hook for test',
    );
  });
  test('with a value that loses the data: red', async () => {
    using workspace = openWorkspace();
    const { exitCode, stdout, stderr } = await runForVerdict(workspace, [
      ...['run', ...given, '--set', 'persistence=false', '--hold', 'none'],
    ]);
    expect(exitCode, stderr + stdout).toBe(1);
    const { report } = readReport(workspace.reportDir);
    expect(finding(report, 'data-kept').verdict, stderr + stdout).toBe('fail');
  });
  test('that does not render: exit 64 with helm’s words, before anything is touched', async () => {
    using workspace = openWorkspace();
    const { exitCode, stderr } = await runTool(workspace, ['run', ...given, '--set', 'image=']);
    expect(exitCode, stderr).toBe(64);
    expect(stderr).toContain('image must be set');
  });
});
