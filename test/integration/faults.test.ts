import { describe, expect, test } from 'vitest';
import type { FaultName } from '../../src/model/fault.ts';
import { runForVerdict, worstLagMs } from '../support/machine/run-for-verdict.ts';
import {
  finding,
  openWorkspace,
  readReport,
  redChecks,
  runTool,
  type StoredReport,
} from '../support/run-tool.ts';

/**
 * Goal: each delete fault lands on what it says, and the shipped set-up comes out of it as its class
 * says: one pod all green, a majority nothing promoted and all green, a shard, all pods and a lost
 * volume red where stock Redis is, reported as expected because it is not claimed.
 * Method: the shipped manifests on the embedded provider, node timeout 2 s, one fault a run, two or
 * three runs at a time: those that stay red only wait.
 */
async function strike(
  fault: FaultName,
  ...flags: readonly string[]
): Promise<StoredReport & { readonly exitCode: number; readonly output: string }> {
  using workspace = openWorkspace();
  const result = await runForVerdict(workspace, [
    'run',
    ...['--provider', 'embedded', '--node-timeout', '2s', '--rate', '80'],
    ...['--fault', fault, ...flags],
    ...(flags.includes('none') ? [] : ['--away', '1s']), // how long they stay away is not the point here
  ]);
  return {
    ...readReport(workspace.reportDir),
    exitCode: result.exitCode,
    output: result.stderr + result.stdout,
  };
}

/** Pods that the fault aimed at, and how often one of them confirmed it. */
function hit({ events }: StoredReport): {
  readonly pods: readonly string[];
  readonly landed: number;
} {
  const stages = events.filter((event) => event.kind === 'fault');
  const first = stages.find(({ stage }) => stage === 'inject');
  return {
    pods: (first?.targets ?? []).map(({ pod, role }) => `${pod} ${role}`),
    landed: stages.filter(({ stage }) => stage === 'landed').length,
  };
}

/** How long the victims were down, ms, from the last one's landing to the release. */
function heldMs({ events }: StoredReport): number {
  const at = (stage: string) =>
    events.findLast((event) => event.kind === 'fault' && event.stage === stage)?.atUs ?? Number.NaN;
  return (at('release') - at('landed')) / 1000;
}

describe('one pod: all green', () => {
  test.concurrent('a replica, held: nothing is promoted, and no write waits', async () => {
    const run = await strike('replica-delete');
    expect(redChecks(run.report), run.output).toEqual([]);
    expect(run.exitCode, run.output).toBe(0);
    expect(hit(run)).toEqual({ pods: [expect.stringMatching(/ slave$/)], landed: 1 });
    expect(run.report.faults[0]).toMatchObject({ mode: 'restarted', predictedMs: null });
    expect(run.report.operations).toMatchObject({ rejected: 0, indeterminate: 0, lost: 0 });
    // a timer may fire within the millisecond before it is due
    expect(heldMs(run)).toBeGreaterThan(5499);
  });

  test.concurrent('pod 0, a master, held: its replica is promoted', async () => {
    const run = await strike('pod-zero');
    expect(redChecks(run.report), run.output).toEqual([]);
    expect(run.exitCode, run.output).toBe(0);
    expect(hit(run)).toEqual({ pods: ['redis-cluster-0 master'], landed: 1 });
    expect(run.report.faults[0]).toMatchObject({ name: 'pod-zero', mode: 'promoted' });
  });
});

describe('the majority of the masters: nobody can vote, and all is green after it', () => {
  test.concurrent('held', async () => {
    const run = await strike('two-masters');
    expect(redChecks(run.report), run.output).toEqual([]);
    expect(run.exitCode, run.output).toBe(0);
    expect(hit(run).pods).toEqual(['redis-cluster-0 master', 'redis-cluster-1 master']);
    expect(hit(run).landed).toBe(2);
    const [fault] = run.report.faults;
    expect(fault).toMatchObject({ mode: 'restarted', predictedMs: null });
    expect(fault?.timeline.promotedMs).toBeNull();
    // a timer may fire within the millisecond before it is due
    expect(heldMs(run)).toBeGreaterThan(5499);
    expect(run.report.operations.longestOutageMs).toBeGreaterThan(5500);
  });

  test.concurrent('plain', async () => {
    const run = await strike('two-masters', '--hold', 'none');
    expect(redChecks(run.report), run.output).toEqual([]);
    expect(run.exitCode, run.output).toBe(0);
    expect(hit(run).landed).toBe(2);
  });
});

describe('more than stock Redis survives', () => {
  test.concurrent('a shard: its replica may be left behind, which is expected and not hidden', async () => {
    const run = await strike('shard-delete');
    expect(hit(run).pods).toEqual(['redis-cluster-0 master', expect.stringMatching(/ slave$/)]);
    expect(hit(run).landed).toBe(2);
    const red = run.report.checks.filter(({ verdict }) => verdict === 'fail');
    expect(
      red.filter(({ id }) => id !== 'replication-restored'),
      run.output,
    ).toEqual([]);
    expect(red.filter(({ expectedRed }) => !expectedRed)).toEqual([]);
    expect(run.exitCode, run.output).toBe(0);
    expect(run.report.faults[0]?.timeline.promotedMs).toBeNull();
    expect(run.report.operations.lost).toBe(0);
  });

  test.concurrent('all pods: red, as expected where they are not claimed', async () => {
    // held, so that all are down at one moment: one that is back early tells the others its new address
    const run = await strike('all-delete');
    expect(hit(run)).toMatchObject({ landed: 6 });
    const red = run.report.checks.filter(({ verdict }) => verdict === 'fail');
    expect(red.map(({ id }) => id)).toContain('topology-converged');
    expect(red.filter(({ expectedRed }) => !expectedRed)).toEqual([]);
    expect(run.report.reasons.join('\n')).toContain('topology-converged (expected: not claimed)');
    expect(run.report.faults[0]?.mode).toBe('unrecovered');
    expect(run.exitCode, run.output).toBe(0);
  });

  test.concurrent('a master with its claim: promoted, nothing lost, a stranger comes back', async () => {
    const run = await strike('delete-with-claim');
    expect(run.exitCode, run.output).toBe(0);
    expect(hit(run).landed).toBe(1);
    expect(run.report.faults[0]?.timeline.promotedMs).not.toBeNull();
    const red = run.report.checks.filter(({ verdict }) => verdict === 'fail');
    expect(red.map(({ id }) => id)).toContain('identity-kept');
    expect(red.filter(({ expectedRed }) => !expectedRed)).toEqual([]);
    for (const id of ['data-kept', 'counter-continuity', 'promotion'] as const) {
      expect(run.report.checks.find((check) => check.id === id)?.verdict, id).toBe('pass');
    }
  });
});

test('a killed process: another run_id in the same pod, all green', async () => {
  const run = await strike('process-kill');
  expect(redChecks(run.report), run.output).toEqual([]);
  expect(run.exitCode, run.output).toBe(0);
  expect(hit(run).landed).toBe(1);
  const [fault] = run.report.faults;
  expect(fault?.newIp).toBe(fault?.oldIp);
  expect(finding(run.report, 'fault-landed').observed).toContain('run_id changed');
});

describe.concurrent('a node without power, with a worker for each pod', () => {
  test('held: its replica is promoted; the same pod comes back at another address', async () => {
    const run = await strike('node-stop', '--nodes', '7');
    expect(redChecks(run.report), run.output).toEqual([]);
    expect(run.exitCode, run.output).toBe(0);
    expect(hit(run)).toEqual({ pods: ['redis-cluster-0 master'], landed: 1 });
    expect(finding(run.report, 'fault-landed').observed).toContain('still counted as running');
    const [fault] = run.report.faults;
    expect(fault?.mode).toBe('promoted');
    expect(fault?.newIp).not.toBe(fault?.oldIp);
    const { stoppedMs, promotedMs } = fault?.timeline ?? {};
    const afterMs = (promotedMs ?? 0) - (stoppedMs ?? 0);
    const lateMs = worstLagMs(run.events);
    expect(afterMs).toBeGreaterThanOrEqual((fault?.predictedMs?.lowMs ?? Infinity) - lateMs);
    expect(afterMs).toBeLessThanOrEqual((fault?.predictedMs?.highMs ?? 0) + lateMs);
    const { fidelity } = run.report.environment;
    expect(fidelity.join()).toContain(
      '7 nodes, played by one process on one kernel; a lost one: NotReady after 40.0s',
    );
  });

  test('not held: it boots again at once, with its data', async () => {
    const run = await strike('node-stop', '--nodes', '7', '--hold', 'none');
    expect(redChecks(run.report), run.output).toEqual([]);
    expect(run.exitCode, run.output).toBe(0);
    expect(finding(run.report, 'fault-landed').observed).toContain('run_id changed');
  });
});

test.each([
  ['1', 64, 'needs a worker to lose, and there is one node'],
  ['2', 3, 'carries 3 of 3 masters, which no cluster survives'],
])('a node-stop among %s nodes is refused', async (nodes, exitCode, message) => {
  using workspace = openWorkspace();
  const flags = ['--provider', 'embedded', '--fault', 'node-stop', '--nodes', nodes];
  const run = await runTool(workspace, ['run', ...flags, '--node-timeout', '2s', '--rate', '80']);
  expect(run.exitCode).toBe(exitCode);
  expect(run.stderr + run.stdout).toContain(message);
});

test('a fault that the provider cannot do is refused before anything is made', async () => {
  using workspace = openWorkspace();
  const flags = ['--provider', 'kind', '--fault', 'process-kill', '--kind-version', 'v0.0.0'];
  const result = await runTool(workspace, ['run', ...flags]);
  expect(result.exitCode).toBe(64);
  expect(result.stderr).toContain(
    'process-kill needs process-signal, which the kind provider does not have; run it with --provider embedded',
  );
});
