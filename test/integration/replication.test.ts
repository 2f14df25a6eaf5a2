import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runForVerdict } from '../support/machine/run-for-verdict.ts';
import {
  finding,
  openWorkspace,
  readReport,
  redChecks,
  type StoredReport,
  type ToolResult,
  type Workspace,
} from '../support/run-tool.ts';

/**
 * Goal: what is shipped beside the cluster survives its master's loss, and each of its own checks is green for
 * something that was seen. Method: a run each; what breaks is in the zoo.
 */
const twoMasters = join(import.meta.dirname, '..', 'fixtures', 'field', 'two-masters');

describe('two masters under one set of Sentinels that have a password of their own, an ACL user for the data', () => {
  const given = [
    ...['--provider', 'embedded', '--manifests', twoMasters, '--image', 'redis:8.0=redis:7.0'],
    ...['--auth', 'secret:redis-passwords/app', '--auth-user', 'app', '--rate', '80'],
  ];
  test('one fails over, the other is not touched, and no password gets out', async () => {
    using workspace = openWorkspace();
    const sentinels = ['--sentinel-auth', 'secret:redis-passwords/sentinel'];
    const args = ['run', ...given, ...sentinels, '--failovers', '1'];
    const { exitCode, stdout, stderr } = await runForVerdict(workspace, args);
    const { report } = readReport(workspace.reportDir);
    expect(redChecks(report), stderr + stdout).toEqual([]);
    expect(exitCode, stderr + stdout).toBe(0);
    expect(report.faults.map(({ mode, target }) => [mode, target.shard])).toEqual([
      ['promoted', 'cache'],
    ]);
    expect(report.environment.fidelity.join()).toContain('1 of the 3 faults in a row');
    const keys = finding(report, 'linearizable').observed;
    expect(keys).toContain('2 keys');
    // every data server and every Sentinel before and after, and those that stayed during
    const { verdict, evidence } = finding(report, 'auth-enforced');
    expect(verdict).toBe('pass');
    expect(evidence.join()).toContain('sentinel-0/sentinel');
    const told = [stdout, stderr, ...filesBelow(workspace.reportDir)].join('\n');
    for (const password of ['app-of-many-1', 'watchers-only-2']) {
      expect(told.includes(password), password).toBe(false);
    }
  });
  test('without it the run says what to give, and blames nobody', async () => {
    using workspace = openWorkspace();
    const { exitCode, stderr, stdout } = await runForVerdict(workspace, ['run', ...given]);
    expect(stderr + stdout).toMatch(/the Sentinels refuse the password of the servers/);
    expect(stderr + stdout).toContain('--sentinel-auth env:VARIABLE');
    expect(exitCode).toBe(3);
  });
});

describe('a master and its replicas without Sentinels', () => {
  const folder = join(import.meta.dirname, '..', 'fixtures', 'field', 'replication');
  const given = ['run', '--provider', 'embedded', '--image', 'redis:8.0=redis:7.0', '--rate', '80'];
  test.concurrent('nobody takes over, the data and the replicas come back: green', async () => {
    using workspace = openWorkspace();
    const ended = await runForVerdict(workspace, [...given, '--manifests', folder]);
    const { report } = readReport(workspace.reportDir);
    expect(redChecks(report), ended.stderr + ended.stdout).toEqual([]);
    expect(ended.exitCode, ended.stderr + ended.stdout).toBe(0);
    expect(report.environment.topology).toBe('standalone');
    expect(report.faults.map(({ mode }) => mode)).toEqual(['restarted']);
    expect(finding(report, 'replication-restored').verdict).toBe('pass');
  });
  test.concurrent('a master that comes back empty empties them: red', async () => {
    using workspace = openWorkspace();
    const file = join(workspace.dir, 'all.yaml');
    const text = readFileSync(join(folder, 'all.yaml'), 'utf8');
    writeFileSync(file, text.replaceAll('--appendonly yes', '--appendonly no --save ""'));
    const ended = await runForVerdict(workspace, [
      ...[...given, '--manifests', file, '--hold', 'none'],
    ]);
    const { report } = readReport(workspace.reportDir);
    expect(finding(report, 'data-kept').verdict, ended.stderr + ended.stdout).toBe('fail');
    expect(finding(report, 'data-kept').why).toContain('came back empty');
    expect(report.faults.map(({ mode }) => mode)).toEqual(['wiped']);
    expect(ended.exitCode).toBe(1);
  });
});

/** The text of every file of a report. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

describe('Sentinels', () => {
  let workspace: Workspace;
  let result: ToolResult;
  let stored: StoredReport;
  beforeAll(async () => {
    workspace = openWorkspace();
    const args = ['--provider', 'embedded', '--topology', 'sentinel', '--node-timeout', '2s'];
    result = await runForVerdict(workspace, ['run', ...args, '--rate', '80']);
    stored = readReport(workspace.reportDir);
  });
  afterAll(() => workspace[Symbol.dispose]());

  test('fail over three times in a row, and nothing is lost', () => {
    expect(redChecks(stored.report), result.stderr + result.stdout).toEqual([]);
    expect(result.exitCode, result.stderr + result.stdout).toBe(0);
    expect(stored.report.faults.map(({ mode }) => mode)).toEqual([
      'promoted',
      'promoted',
      'promoted',
    ]);
    const victims = stored.report.faults.map(({ target }) => target.pod);
    expect(victims[1]).not.toBe(victims[0]);
  });

  test.each([
    'single-master',
    'sentinels-agree',
    'no-ghosts',
    'replication-restored',
  ] as const)('%s has something to show', (id) => {
    const { verdict, evidence } = finding(stored.report, id);
    expect(verdict).toBe('pass');
    expect(evidence.length).toBeGreaterThan(0);
  });

  test('the Service of the master leads to each new one', () => {
    const { verdict, evidence } = finding(stored.report, 'endpoint-follows-master');
    expect(verdict).toBe('pass');
    expect(evidence.join()).toContain('Service redis-master leads to');
  });

  test('the fault is told by what the Sentinels themselves say', () => {
    for (const { timeline } of stored.report.faults) {
      expect(timeline.suspectedMs).not.toBeNull();
      expect(timeline.failedMs).toBeGreaterThanOrEqual(timeline.suspectedMs ?? Number.NaN);
      expect(timeline.promotedMs).toBeGreaterThanOrEqual(timeline.failedMs ?? Number.NaN);
    }
  });
});
