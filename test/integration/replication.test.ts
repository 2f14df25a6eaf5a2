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
