/**
 * `node scripts/results/full-disk.ts [--provider embedded|kind]… [--disk report|state]… [--phase NAME]…
 * [--how once|greedy]…`: the disk with the report or the journal fills up in the middle of a run.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { containersOf } from '../../test/e2e/lab.ts';
import { familyOf, stillAlive } from '../../test/support/process-family.ts';
import { openWorkspace, runTool, type Workspace } from '../../test/support/run-tool.ts';
import { addRow, type ResultPage, seconds } from './page.ts';
import { journalsOf, reportOf, startRun } from './tool-run.ts';

const phases = [
  'start',
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
    provider: { type: 'string', multiple: true, default: ['embedded'] },
    disk: { type: 'string', multiple: true, default: ['report'] },
    how: { type: 'string', multiple: true, default: ['once'] },
    phase: { type: 'string', multiple: true, default: phases },
    seed: { type: 'string', default: '1' },
  },
});
const page: ResultPage = {
  name: 'full-disk',
  title: 'The disk is full in each phase',
  about:
    'A tmpfs of 16 MB holds the report (`report`) or the journal (`state`). As soon as the run says that the phase began (`start`: before the run does), a file takes all that is free: once, or `greedy`, again and again until the run ends, so that the room kept for the report is taken too. Asked for: exit 3, everything started has ended, no journal is left or `clean` finishes it, `report.json` says `error` (start, greedy: or stderr says that it could not be written), and `check` of it exits with 3.',
  command: 'node scripts/results/full-disk.ts',
  columns: [
    'provider',
    'disk',
    'filled',
    'in phase',
    'exit',
    'ended after',
    'reason',
    'check',
    'alive, left',
    'verdict',
  ],
};

for (const provider of values.provider) {
  for (const disk of values.disk) {
    for (const how of values.how) {
      for (const phase of values.phase) await fillIn(provider, disk, how, phase);
    }
  }
}

async function fillIn(provider: string, disk: string, how: string, phase: string): Promise<void> {
  using workspace = openWorkspace();
  const folder = disk === 'report' ? workspace.reportDir : join(workspace.dir, 'state');
  using mounted = mountTmpfs(folder);
  if (phase === 'start') mounted.fill();
  const run = startRun(workspace, [
    '--provider',
    provider,
    '--seed',
    values.seed,
    '--node-timeout',
    '2s',
    '--report-dir',
    join(workspace.reportDir, 'r'),
  ]);
  let family: ReturnType<typeof familyOf> = [];
  try {
    if (phase !== 'start') await run.reached(phase, 300_000);
    family = familyOf(run.child.pid ?? -1);
  } catch (error) {
    run.child.kill('SIGTERM');
    await run.ended;
    throw error;
  }
  if (phase !== 'start') mounted.fill();
  const again = how === 'greedy' ? setInterval(() => mounted.fill(), 2) : undefined;
  const filledMs = performance.now();
  const { exitCode, stderr, stdout } = await run.ended.finally(() => clearInterval(again));
  const endedMs = performance.now() - filledMs;
  const alive = stillAlive(family);
  const clean = await runTool(workspace, ['clean']);
  const left = [
    ...alive.map((name) => `process ${name}`),
    ...containersOf(`rkc-${run.runId()}`).map((name) => `container ${name}`),
    ...journalsOf(workspace).map((name) => `journal ${name}`),
  ];
  const stored: Pick<Workspace, 'reportDir'> = { reportDir: join(workspace.reportDir, 'r') };
  const report = reportOf({ ...workspace, ...stored });
  const said = /redis-k8s-chaos: (cannot write .*)/.exec(stderr)?.[1];
  const check = report ? (await runTool(workspace, ['check', stored.reportDir])).exitCode : null;
  const told = report
    ? report.verdict === 'error' && check === 3
    : (how === 'greedy' || phase === 'start') && said;
  const ok = exitCode === 3 && left.length === 0 && clean.exitCode === 0 && Boolean(told);
  if (!ok) {
    process.exitCode = 1;
    console.error(stderr, stdout, clean.stdout, clean.stderr);
  }
  const reason = report?.reasons[0] ?? `no report.json; stderr: ${said ?? 'nothing'}`;
  addRow(page, values.seed, [
    provider,
    disk,
    how,
    phase,
    String(exitCode),
    seconds(endedMs),
    reason.replaceAll(workspace.dir, '…'),
    check === null ? '–' : `exit ${check}`,
    left.join(', ') || 'nothing',
    ok ? 'ok' : 'NOT OK',
  ]);
}

interface Mounted extends Disposable {
  /** Takes all that is free now. */
  fill(): void;
}

function mountTmpfs(folder: string): Mounted {
  mkdirSync(folder, { recursive: true });
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder], {
    encoding: 'utf8',
  });
  if (mount.status !== 0) throw new Error(`mount (it needs root): ${mount.stderr}`);
  let files = 0;
  return {
    fill() {
      const path = join(folder, `filler-${++files}`);
      let written = 0;
      try {
        const descriptor = openSync(path, 'w');
        try {
          for (const size of [1 << 20, 1 << 12, 1]) {
            try {
              for (;;) written += writeSync(descriptor, Buffer.alloc(size, 1));
            } catch {
              // what is left holds no more of this size
            }
          }
        } finally {
          closeSync(descriptor);
        }
      } catch {
        // no room for another name either
      }
      if (written === 0) rmSync(path, { force: true });
    },
    [Symbol.dispose]() {
      spawnSync('umount', ['-l', folder]);
    },
  };
}
