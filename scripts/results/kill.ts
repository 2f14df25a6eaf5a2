/**
 * `node scripts/results/kill.ts [--provider embedded|kind|kubeconfig]… [--phase NAME]… [--seed N]`:
 * `kill -9` of the tool's process in each phase, then `clean`: what is left.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { waitFor } from '../../src/platform/wait.ts';
import { containersOf } from '../../test/e2e/lab.ts';
import { familyOf, type ProcessEntry, stillAlive } from '../../test/support/process-family.ts';
import { openWorkspace, runTool, type Workspace } from '../../test/support/run-tool.ts';
import { type LabRuns, openLabRuns } from './lab-runs.ts';
import { addRow, type ResultPage, seconds } from './page.ts';
import { journalsOf, startRun, type ToolRun } from './tool-run.ts';

const phases = [
  'provision',
  'deploy',
  'ready',
  'connect',
  'form',
  'settle',
  'load-before',
  'snapshot',
  'inject',
  'observe',
  'heal',
  'recover',
  'window',
  'drain',
  'audit',
  'dispose',
];
const { values } = parseArgs({
  options: {
    provider: { type: 'string', multiple: true, default: ['embedded', 'kubeconfig', 'kind'] },
    phase: { type: 'string', multiple: true, default: phases },
    seed: { type: 'string', default: '1' },
  },
});
const page: ResultPage = {
  name: 'kill',
  title: '`kill -9` in each phase, then `clean`',
  about:
    "The tool's process gets SIGKILL as soon as it says that the phase began (kind, provision: as soon as the first container is there). Alive: its processes 2 s later. Then `clean`, and `clean` again, which must find nothing. Left: containers of its cluster; on somebody's cluster (`kubeconfig`) the namespace and its pods with their finalizers, and journals. In `observe` a pod is held down.",
  command: 'node scripts/results/kill.ts',
  columns: ['provider', 'phase', 'alive after 2 s', 'clean', 'clean again', 'left', 'verdict'],
};

let lab: LabRuns | null = null;
let number = 0;
try {
  for (const provider of values.provider) {
    if (provider === 'kubeconfig') lab ??= await openLabRuns();
    for (const phase of values.phase) await killIn(provider, phase);
  }
} finally {
  await lab?.close();
}

async function killIn(provider: string, phase: string): Promise<void> {
  using workspace = openWorkspace();
  const namespace = `rkc-kill-${++number}`;
  const theirs = provider === 'kubeconfig' ? lab : null;
  const where = theirs ? theirs.flagsFor(namespace) : ['--provider', provider];
  const run = startRun(workspace, [...where, '--seed', values.seed]);
  let family: ProcessEntry[] = [];
  try {
    await run.reached(phase, 300_000);
    if (provider === 'kind' && phase === 'provision') await firstContainer(run);
    family = familyOf(run.child.pid ?? -1);
  } finally {
    const exit = once(run.child, 'exit');
    run.child.kill('SIGKILL');
    await exit;
  }
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const alive = stillAlive(family);
  const started = performance.now();
  const clean = await runTool(workspace, ['clean']);
  const cleanMs = performance.now() - started;
  const again = await runTool(workspace, ['clean']);
  const left = [
    ...containersOf(`rkc-${run.runId()}`).map((name) => `container ${name}`),
    ...(theirs ? await theirs.leftIn(namespace) : []),
    ...journalsOf(workspace).map((name) => `journal ${name}`),
    ...stillAlive(family).map((name) => `process ${name}`),
  ];
  const nothing = again.exitCode === 0 && again.stdout.includes('nothing to clean');
  const ok = clean.exitCode === 0 && nothing && left.length === 0;
  if (!ok) {
    process.exitCode = 1;
    console.error(clean.stdout, clean.stderr, again.stdout, again.stderr);
    await cleanByHand(workspace);
  }
  addRow(page, values.seed, [
    provider,
    phase,
    alive.join(', ') || 'nothing',
    `exit ${clean.exitCode}, ${seconds(cleanMs)}`,
    nothing ? 'nothing to clean' : `exit ${again.exitCode}: ${again.stdout.trim()}`,
    left.join(', ') || 'nothing',
    ok ? 'ok' : 'NOT OK',
  ]);
}

async function firstContainer(run: ToolRun): Promise<void> {
  const wait = { what: 'a container', timeoutMs: 60_000, everyMs: 20 };
  await waitFor({ ...wait, signal: AbortSignal.timeout(61_000) }, () => {
    const names = run.runId() === '' ? [] : containersOf(`rkc-${run.runId()}`);
    return names.length > 0 ? { done: true, value: undefined } : { done: false, seen: 'none' };
  });
}

/** A run that `clean` could not end must not stay on this machine for that. */
async function cleanByHand(workspace: Workspace): Promise<void> {
  const third = await runTool(workspace, ['clean']);
  console.error(`a third clean: exit ${third.exitCode} ${third.stdout}${third.stderr}`);
}
