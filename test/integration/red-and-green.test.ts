import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { type Breakage, clusterManifest } from '../support/broken-cluster.ts';
import { runForVerdict } from '../support/machine/run-for-verdict.ts';
import { openWorkspace, readReport, redChecks } from '../support/run-tool.ts';

/**
 * Goal: the verdict is red for the named check on each broken set-up, and green on its healthy sister.
 * Method: the shipped manifests with one edit each, run for real on the embedded provider.
 */
async function judge(
  breakage: Breakage,
  flags: readonly string[] = [],
): Promise<{ report: Report; exitCode: number; output: string }> {
  using workspace = openWorkspace();
  const path = join(workspace.dir, 'cluster.yaml');
  writeFileSync(path, clusterManifest(breakage));
  const result = await runForVerdict(workspace, [
    'run',
    '--provider',
    'embedded',
    '--manifests',
    path,
    ...(flags.includes('--form') ? [] : ['--form', 'tool']),
    ...flags,
    ...(flags.includes('none') ? [] : ['--away', '1s']), // not the point here
  ]);
  return {
    ...readReport(workspace.reportDir),
    exitCode: result.exitCode,
    output: result.stderr + result.stdout,
  };
}

describe.concurrent('held down', () => {
  test('healthy: green', async () => {
    const { report, exitCode, output } = await judge('none');
    expect(redChecks(report), output).toEqual([]);
    expect(exitCode, output).toBe(0);
    expect(report.faults[0]?.mode).toBe('promoted');
  });

  test('no start script: ip-rewrite', async () => {
    const { report, exitCode } = await judge('no-start-script');
    expect(redChecks(report)).toContain('ip-rewrite');
    expect(redChecks(report)).not.toContain('counter-continuity');
    expect(exitCode).toBe(1);
  });

  test('every address rewritten: topology-converged or one-owner', async () => {
    const { report, exitCode } = await judge('every-address');
    const red = redChecks(report);
    expect(red.includes('topology-converged') || red.includes('one-owner'), red.join()).toBe(true);
    expect(exitCode).toBe(1);
  });

  test('no replicas: topology-formed or promotion', async () => {
    const { report, exitCode } = await judge('no-replicas');
    const red = redChecks(report);
    expect(red.includes('topology-formed') || red.includes('promotion'), red.join()).toBe(true);
    expect(exitCode).toBe(1);
  });
});

describe.concurrent('deleted plainly', () => {
  test('healthy: green, restarted in place', async () => {
    const { report, exitCode, output } = await judge('none', ['--hold', 'none']);
    expect(redChecks(report), output).toEqual([]);
    expect(exitCode, output).toBe(0);
    expect(report.faults[0]?.mode).toBe('restarted');
  });

  test('no persistence: data-kept or counter-continuity', async () => {
    const { report, exitCode } = await judge('no-persistence', ['--hold', 'none']);
    const red = redChecks(report);
    expect(red.includes('data-kept') || red.includes('counter-continuity'), red.join()).toBe(true);
    expect(report.faults[0]?.mode).toBe('wiped');
    expect(exitCode).toBe(1);
  });
});

test('killed by its liveness probe while nobody has formed it yet: topology-formed, not an error', async () => {
  const { report, exitCode, output } = await judge('liveness-elsewhere', ['--form', 'auto']);
  expect(redChecks(report), output).toEqual(['topology-formed']);
  const formed = report.checks.find(({ id }) => id === 'topology-formed');
  expect(formed?.observed, output).toContain('exit code 0');
  expect(formed?.why, output).toContain('a liveness probe that fails');
  expect(exitCode, output).toBe(1);
});
