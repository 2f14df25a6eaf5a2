/**
 * `node scripts/results/api-server.ts [--provider kubeconfig|kind]… [--how stopped|hung]… [--phase NAME]…`:
 * the API server goes away in the middle of a run: exit 3, never 1; `clean` heals once it is back.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { waitFor } from '../../src/platform/wait.ts';
import { containersOf } from '../../test/e2e/lab.ts';
import { openWorkspace, runTool } from '../../test/support/run-tool.ts';
import { type LabRuns, openLabRuns } from './lab-runs.ts';
import { addRow, type ResultPage, seconds } from './page.ts';
import { journalsOf, reportOf, startRun } from './tool-run.ts';

const { values } = parseArgs({
  options: {
    provider: { type: 'string', multiple: true, default: ['kubeconfig', 'kind'] },
    how: { type: 'string', multiple: true, default: ['stopped', 'hung'] },
    phase: { type: 'string', multiple: true, default: ['load-before', 'observe'] },
    seed: { type: 'string', default: '1' },
  },
});
const page: ResultPage = {
  name: 'api-server',
  title: 'The API server goes away in the middle of a run',
  about:
    "Stopped: its static pod's manifest is taken away. Hung: SIGSTOP, connections stay open and nobody answers. It comes back when the run has ended (kind: the run deletes its cluster itself). In `observe` a pod is held down: on somebody's cluster (`kubeconfig`) `clean` must take the hold off.",
  command: 'node scripts/results/api-server.ts',
  columns: [
    'provider',
    'API server',
    'in phase',
    'exit',
    'ended after',
    'reason',
    'clean, once it is back',
    'left',
    'verdict',
  ],
};

const manifest = '/etc/kubernetes/manifests/kube-apiserver.yaml';
const aside = '/etc/kubernetes/kube-apiserver.yaml';

function inNode(node: string, script: string): void {
  const { status, stderr } = spawnSync('docker', ['exec', node, 'sh', '-c', script], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (status !== 0) throw new Error(`docker exec ${node} sh -c '${script}': ${stderr}`);
}

/** Signals by the process's own name and arguments: pidof, as the node has no pkill for sure. */
const server =
  'for d in /proc/[0-9]*; do case "$(tr "\\0" " " <$d/cmdline)" in kube-apiserver\\ *) kill -SIG $(basename $d);; esac; done 2>/dev/null; true';

const ways: Readonly<Record<string, { readonly away: string; readonly back: string }>> = {
  stopped: { away: `mv ${manifest} ${aside}`, back: `mv ${aside} ${manifest}` },
  hung: { away: server.replace('SIG', 'STOP'), back: server.replace('SIG', 'CONT') },
};

let lab: LabRuns | null = null;
let number = 0;
try {
  for (const provider of values.provider) {
    if (provider === 'kubeconfig') lab ??= await openLabRuns();
    for (const how of values.how) {
      for (const phase of values.phase) await takeAway(provider, how, phase);
    }
  }
} finally {
  await lab?.close();
}

async function takeAway(provider: string, how: string, phase: string): Promise<void> {
  const way = ways[how];
  if (!way) throw new Error(`--how ${how}: stopped or hung`);
  using workspace = openWorkspace();
  const namespace = `rkc-api-${++number}`;
  const theirs = provider === 'kubeconfig' ? lab : null;
  const where = theirs ? theirs.flagsFor(namespace) : ['--provider', provider];
  const run = startRun(workspace, [...where, '--seed', values.seed]);
  let node = theirs?.node ?? '';
  try {
    await run.reached(phase, 300_000);
  } catch (error) {
    run.child.kill('SIGTERM');
    await run.ended;
    throw error;
  }
  if (!theirs) node = `rkc-${run.runId()}-control-plane`;
  inNode(node, way.away);
  const awayMs = performance.now();
  const limit = setTimeout(() => run.child.kill('SIGKILL'), 400_000);
  const { exitCode, stderr } = await run.ended.finally(() => clearTimeout(limit));
  const endedMs = performance.now() - awayMs;
  let cleaned = '–';
  let cleanOk = true;
  if (theirs) {
    inNode(node, way.back);
    await ready(node);
    const clean = await runTool(workspace, ['clean']);
    cleanOk = clean.exitCode === 0;
    cleaned = `exit ${clean.exitCode}: ${(clean.stdout + clean.stderr).trim().replaceAll('\n', '; ')}`;
  }
  const left = [
    ...containersOf(`rkc-${run.runId()}`).map((name) => `container ${name}`),
    ...(theirs ? await theirs.leftIn(namespace) : []),
    ...journalsOf(workspace).map((name) => `journal ${name}`),
  ];
  const report = reportOf(workspace);
  const ok = exitCode === 3 && report?.verdict === 'error' && left.length === 0 && cleanOk;
  if (!ok) {
    process.exitCode = 1;
    console.error(stderr);
  }
  addRow(page, values.seed, [
    provider,
    how,
    phase,
    String(exitCode),
    seconds(endedMs),
    report?.reasons[0] ?? 'no report',
    cleaned,
    left.join(', ') || 'nothing',
    ok ? 'ok' : 'NOT OK',
  ]);
}

/** The API server answers again, and the controllers with it: a namespace can be made. */
async function ready(node: string): Promise<void> {
  const kubectl = 'kubectl --kubeconfig /etc/kubernetes/admin.conf get --raw /readyz';
  const wait = { what: 'the API server to be ready again', timeoutMs: 180_000, everyMs: 500 };
  await waitFor({ ...wait, signal: AbortSignal.timeout(181_000) }, () => {
    const { status, stderr } = spawnSync('docker', ['exec', node, 'sh', '-c', kubectl], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    return status === 0 ? { done: true, value: undefined } : { done: false, seen: stderr };
  });
}
