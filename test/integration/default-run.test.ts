import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkIds } from '../../src/model/finding.ts';
import { runForVerdict, worstLagMs } from '../support/machine/run-for-verdict.ts';
import {
  openWorkspace,
  readReport,
  type StoredReport,
  type ToolResult,
  type Workspace,
} from '../support/run-tool.ts';

/**
 * Goal: the main job, as `npm start` does it, on the embedded provider: one held master delete under
 * load. Method: run the command once, then read its report as a user would.
 */
describe('the default run', () => {
  let workspace: Workspace;
  let result: ToolResult;
  let stored: StoredReport;
  beforeAll(async () => {
    workspace = openWorkspace();
    result = await runForVerdict(workspace, ['run', '--provider', 'embedded', '--seed', '7']);
    stored = readReport(workspace.reportDir);
  });
  afterAll(() => workspace[Symbol.dispose]());

  test('passes, promoted, nothing lost', () => {
    expect(result.stderr + result.stdout).toContain('PASS');
    expect(result.exitCode).toBe(0);
    expect(stored.report).toMatchObject({ verdict: 'pass', schemaVersion: 1, run: { seed: 7 } });
    const [fault] = stored.report.faults;
    expect(fault).toMatchObject({ name: 'master-delete', mode: 'promoted' });
    expect(fault?.newIp).not.toBe(fault?.oldIp);
    expect(fault?.newIp).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(stored.report.operations).toMatchObject({ lost: 0, phantom: 0, duplicate: 0, stale: 0 });
    expect(stored.report.operations.attempted).toBe(stored.history.length);
    expect(stored.report.operations.finalCounter).toBeGreaterThan(200);
  });

  test('lists every check of the topology with expected, observed and evidence', () => {
    const ofCluster = checkIds.slice(0, checkIds.indexOf('auth-enforced'));
    expect(stored.report.checks.map(({ id }) => id)).toEqual(ofCluster);
    for (const check of stored.report.checks) {
      expect(check.verdict, check.id).toBe('pass');
      expect(check.expected, check.id).not.toBe('');
      expect(check.observed, check.id).not.toBe('');
      expect(check.evidence.length, check.id).toBeGreaterThan(0);
    }
  });

  test('keeps the node id: the pod that returned answers under the old one', () => {
    const [fault] = stored.report.faults;
    const last = stored.events.findLast(
      (event) =>
        event.kind === 'view' && event.view.pod === fault?.target.pod && event.view.server !== null,
    );
    if (last?.kind !== 'view') throw new Error('no view of the pod that returned');
    expect(last.view.server?.myId).toBe(fault?.target.nodeId);
    expect(last.view.address.startsWith(`${fault?.newIp}:`)).toBe(true);
    expect(last.view.server?.replication.role).toBe('slave');
  });

  test('promotedMs is what the Redis log says, as exactly as the machine let anybody look, and as predicted', () => {
    const [fault] = stored.report.faults;
    const { promotedMs, stoppedMs } = fault?.timeline ?? {};
    if (promotedMs == null || stoppedMs == null || !fault?.predictedMs)
      throw new Error('no promotion on record');
    const startedMs = Date.parse(stored.report.run.startedAt);
    const logged = [0, 1, 2, 3, 4, 5].flatMap((n) =>
      electionsWon(stored.file(`logs/redis-cluster-${n}.redis.log`)),
    );
    const nearest = Math.min(...logged.map((atMs) => Math.abs(atMs - startedMs - promotedMs)));
    const lateMs = worstLagMs(stored.events);
    expect(nearest).toBeLessThanOrEqual(250 + lateMs);
    expect(promotedMs - stoppedMs).toBeGreaterThanOrEqual(fault.predictedMs.lowMs - lateMs);
    expect(promotedMs - stoppedMs).toBeLessThanOrEqual(fault.predictedMs.highMs + lateMs);
  });

  test('is mostly Redis and the windows: a third at most is ours and the pods’', () => {
    const { run, time } = stored.report;
    const { redisMs, windowsMs, toolMs, clusterMs } = time;
    expect(Math.abs(redisMs + windowsMs + toolMs + clusterMs - run.wallMs)).toBeLessThan(100);
    expect(toolMs + clusterMs, JSON.stringify(time)).toBeLessThanOrEqual(run.wallMs / 3);
  });

  test('writes the whole folder', () => {
    for (const name of [
      'summary.md',
      'junit.xml',
      'manifests.yaml',
      'logs/redis-cluster-0.redis.log',
      'nodes/f1-before/redis-cluster-0.nodes.conf',
      'nodes/f1-after/redis-cluster-5.info.txt',
    ]) {
      expect(stored.file(name).length, name).toBeGreaterThan(50);
    }
  });
});

/** Wall-clock times of "Failover election won" in a Redis log (`PID:S 20 Nov 2026 21:22:50.123 # …`). */
function electionsWon(log: string): number[] {
  return [
    ...log.matchAll(/(\d{1,2} \w{3} \d{4} \d{2}:\d{2}:\d{2}\.\d{3}).*Failover election won/g),
  ].map((match) => Date.parse(`${match[1]}Z`));
}
