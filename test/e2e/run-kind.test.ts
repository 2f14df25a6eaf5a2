import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { clusterManifest } from '../support/broken-cluster.ts';
import { runForVerdict } from '../support/machine/run-for-verdict.ts';
import {
  finding,
  openWorkspace,
  readReport,
  redChecks,
  runTool,
  type StoredReport,
  type ToolResult,
  type Workspace,
} from '../support/run-tool.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { containersOf, findLab, type LabCluster, openLabCluster } from './lab.ts';

/**
 * Goal: the whole job on real Kubernetes: the verdict, and what it costs. Method: the command as a user
 * types it, once with a kind cluster of its own, then on one cluster through its kubeconfig.
 */
const lab = findLab();
if (lab.missing !== null) console.log(`skipped: runs on kind: ${lab.missing}`);

/** A running process's peak of resident memory, MB; null once it is gone. */
function peakMemoryMb(pid: number): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kb = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
    return kb === undefined ? null : Number(kb) / 1024;
  } catch {
    return null;
  }
}

/** What a command came to, and the peak of its process's memory, MB. */
async function peakOf(
  run: (onStart: (child: ChildProcess) => void) => Promise<ToolResult>,
): Promise<{ readonly result: ToolResult; readonly peakMb: number }> {
  let peakMb = 0;
  let pid = 0;
  const sampling = setInterval(() => {
    peakMb = Math.max(peakMb, peakMemoryMb(pid) ?? 0);
  }, 20);
  const result = await run((child) => {
    pid = child.pid ?? 0;
  }).finally(() => clearInterval(sampling));
  return { result, peakMb };
}

function phaseMs(report: Report, name: string): number {
  return report.phases
    .filter((phase) => phase.name === name)
    .reduce((sum, { beginMs, endMs }) => sum + endMs - beginMs, 0);
}

/** From the begin of the deployment until all is ready, of the healthy set-up on this machine. */
let healthyMs = Number.NaN;

describe.skipIf(lab.missing !== null)('run --provider kind', () => {
  let workspace: Workspace;
  let stored: StoredReport;
  let exitCode: number;
  let output: string;
  let peakMb = 0;
  /** The same program's when it only reads the plan and the manifests. */
  let planMb = 0;
  beforeAll(async () => {
    workspace = openWorkspace();
    const flags = ['--provider', 'kind', '--node-image', lab.nodeImage, '--seed', '11'];
    const planning = await peakOf((started) => runTool(workspace, ['plan'], false, started));
    planMb = planning.peakMb;
    const running = await peakOf((started) => runForVerdict(workspace, ['run', ...flags], started));
    ({ peakMb } = running);
    const ended = running.result;
    exitCode = ended.exitCode;
    output = ended.stderr + ended.stdout;
    stored = readReport(workspace.reportDir);
    const { phases } = stored.report;
    const at = (name: string) => phases.find((phase) => phase.name === name);
    healthyMs = (at('ready')?.endMs ?? Number.NaN) - (at('deploy')?.beginMs ?? 0);
  });
  afterAll(() => workspace?.[Symbol.dispose]());

  test('passes, promoted, nothing lost, on one node', () => {
    expect(redChecks(stored.report), output).toEqual([]);
    expect(exitCode, output).toBe(0);
    expect(stored.report.environment).toMatchObject({ provider: 'kind' });
    expect(stored.report.environment.kubernetes).toMatch(/^v1\.\d+/);
    const nodes = stored.events.flatMap((event) =>
      event.kind === 'pod' && event.pod.nodeName !== null ? [event.pod.nodeName] : [],
    );
    expect(new Set(nodes).size).toBe(1);
    const [fault] = stored.report.faults;
    expect(fault?.mode).toBe('promoted');
    expect(fault?.newIp).not.toBe(fault?.oldIp);
    expect(stored.report.operations).toMatchObject({ lost: 0, phantom: 0, duplicate: 0 });
    expect(stored.report.operations.ok).toBeGreaterThan(1000);
  });

  test('leaves no container behind', () => {
    expect(containersOf(`rkc-${stored.report.run.id}`)).toEqual([]);
  });

  test('is mostly kind, Redis and the windows: a fifth at most is our own', () => {
    const { report } = stored;
    const { redisMs, windowsMs, toolMs } = report.time;
    const restMs = report.run.wallMs - phaseMs(report, 'provision') - redisMs - windowsMs;
    const shown = JSON.stringify({ wallMs: report.run.wallMs, ...report.time, restMs });
    console.log(
      `time on kind: ${shown}, peak memory ${peakMb.toFixed(0)} MB, of a plan ${planMb.toFixed(0)} MB`,
    );
    expect(restMs, shown).toBeLessThanOrEqual(report.run.wallMs / 2);
    expect(toolMs, shown).toBeLessThanOrEqual(report.run.wallMs / 5);
    // what the program's own modules take is a property of the Node version and of the machine
    expect(peakMb).toBeGreaterThan(planMb);
    expect(peakMb).toBeLessThanOrEqual(3 * planMb);
  });
});

describe.skipIf(lab.missing !== null)('run --provider kubeconfig on one cluster', () => {
  let cluster: LabCluster;
  let cloud: Cloud;
  let runs = 0;
  beforeAll(async () => {
    cluster = await openLabCluster(lab);
    cloud = await startCloud(cluster);
  });
  afterAll(async () => {
    await cloud?.close();
    await cluster?.close();
  });

  /** Runs these manifests in a namespace of their own, which the run makes and removes. */
  async function run(manifest: string, flags: readonly string[] = []) {
    using workspace = openWorkspace();
    const path = join(workspace.dir, 'cluster.yaml');
    writeFileSync(path, manifest);
    // awaited: the workspace is gone when this function ends
    return await runIn(workspace, ['--manifests', path, '--form', 'tool', ...flags]);
  }

  async function runIn(workspace: Workspace, flags: readonly string[]) {
    const namespace = `rkc-run-${++runs}`;
    cloud.serve(namespace);
    const where = ['--kubeconfig', cluster.kubeconfig, '--namespace', namespace];
    const allowed = ['--context', cluster.context, '--allow-context', cluster.context];
    const args = ['run', '--provider', 'kubeconfig', ...where, ...allowed, ...flags];
    const { exitCode, stdout, stderr } = await runForVerdict(workspace, args);
    return { ...readReport(workspace.reportDir), exitCode, output: stderr + stdout };
  }

  /** Milliseconds from the begin of the deployment to the moment the trouble was named. */
  function namedAfterMs({ report, events }: StoredReport): number {
    const named = events.find(({ kind }) => kind === 'infrastructure' || kind === 'broken');
    const deploy = report.phases.find(({ name }) => name === 'deploy');
    if (!named || !deploy) throw new Error('no trouble was named');
    return named.atUs / 1000 - deploy.beginMs;
  }

  test('--hold none: green, restarted in place', async () => {
    const { report, exitCode, output } = await run(clusterManifest('none', 5000), [
      '--hold',
      'none',
    ]);
    expect(redChecks(report), output).toEqual([]);
    expect(exitCode, output).toBe(0);
    expect(report.faults[0]?.mode).toBe('restarted');
    expect(report.faults[0]?.newIp).not.toBe(report.faults[0]?.oldIp);
    expect(report.operations.lost).toBe(0);
  });

  test('Sentinels: one is promoted, and the Service of the master leads to it', async () => {
    using workspace = openWorkspace();
    const once = ['--topology', 'sentinel', '--failovers', '1'];
    const { report, exitCode, output } = await runIn(workspace, once);
    expect(redChecks(report), output).toEqual([]);
    expect(exitCode, output).toBe(0);
    expect(report.faults.map(({ mode }) => mode)).toEqual(['promoted']);
    for (const id of ['sentinels-agree', 'no-ghosts', 'endpoint-follows-master'] as const) {
      expect(finding(report, id).verdict, output).toBe('pass');
    }
    const { verdict, evidence } = finding(report, 'auth-enforced');
    expect(verdict, output).toBe('pass');
    expect(evidence.join()).toContain('redis-0/sentinel');
  });

  test('no start script: ip-rewrite, and the counter is fine all the same', async () => {
    const { report, exitCode, output } = await run(clusterManifest('no-start-script', 5000));
    expect(redChecks(report), output).toEqual(['ip-rewrite']);
    expect(finding(report, 'ip-rewrite').why, output).toContain('address');
    expect(exitCode, output).toBe(1);
    expect(report.operations.lost).toBe(0);
  });

  // those that never get to a fault mostly wait, and their verdicts are no matter of time: side by side
  test.concurrent('an image that cannot be pulled: named soon, exit 3', async () => {
    const stored = await run(edited('image: redis:8.0', 'image: redis:no-such-tag'));
    expect(stored.exitCode, stored.output).toBe(3);
    expect(stored.report.verdict).toBe('error');
    expect(stored.report.reasons.join()).toContain('redis:no-such-tag cannot be pulled');
    expect(namedAfterMs(stored)).toBeLessThan(3 * healthyMs);
  });

  test.concurrent('a server that crashes: topology-formed, with its reason and last lines, exit 1', async () => {
    const broken = edited('cluster-enabled yes', 'cluster-enabled yes\n    no-such-directive yes');
    const stored = await run(broken);
    expect(redChecks(stored.report), stored.output).toEqual(['topology-formed']);
    expect(stored.exitCode, stored.output).toBe(1);
    const { observed, evidence } = finding(stored.report, 'topology-formed');
    const text = [observed, ...evidence].join('\n');
    expect(text).toMatch(/exit code 1/);
    expect(text).toContain('no-such-directive');
    expect(stored.report.faults).toEqual([]);
  });

  test.concurrent('no room for the pods: exit 3', async () => {
    const stored = await run(edited('cpu: 50m', 'cpu: 1000'));
    expect(stored.exitCode, stored.output).toBe(3);
    expect(stored.report.verdict).toBe('error');
    expect(stored.report.reasons.join()).toContain('Insufficient cpu');
    expect(namedAfterMs(stored)).toBeLessThan(3 * healthyMs);
  });
});

/** The shipped cluster.yaml with one edit that must hit. */
function edited(from: string, to: string): string {
  const text = clusterManifest('none', 5000);
  if (!text.includes(from)) throw new Error(`cluster.yaml no longer holds ${from}`);
  return text.replace(from, to);
}
