/**
 * `node scripts/results/act-broken.ts`: a workflow with broken manifests under act, in a container and
 * on the machine itself: the job fails, summary and annotations say why, post leaves no cluster.
 * Writes docs/results/act-broken.md. Needs Docker, kind, act and KIND_NODE_IMAGE.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openActionCopy } from '../../test/e2e/action-copy.ts';
import { findLab } from '../../test/e2e/lab.ts';
import { clusterManifest } from '../../test/support/broken-cluster.ts';

const lab = findLab();
if (lab.missing !== null) {
  console.error(`act-broken: ${lab.missing}`);
  process.exit(3);
}
const runnerImage = process.env.ACT_RUNNER_IMAGE ?? 'kindlab/runner:1';
const platforms = [
  { name: 'in a container', platform: runnerImage },
  { name: 'on the machine', platform: '-self-hosted' },
];
const rows: string[] = [];
const evidence: string[] = [];
for (const { name, platform } of platforms) {
  using copy = await openActionCopy();
  const state = mkdtempSync(join(tmpdir(), 'rkc-act-'));
  writeFileSync(join(copy.dir, 'broken.yaml'), clusterManifest('no-start-script'));
  const git = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
  spawnSync('git', ['add', '.'], { cwd: copy.dir });
  spawnSync('git', [...git, 'commit', '--quiet', '--message=Broken manifests'], { cwd: copy.dir });
  const env = ['--env', `NODE_IMAGE=${lab.nodeImage}`, '--env', 'MANIFESTS=broken.yaml'];
  const result = spawnSync(
    'act',
    ['push', '-P', `ubuntu-latest=${platform}`, '--pull=false', '--rm', ...env],
    {
      cwd: copy.dir,
      env: { ...process.env, XDG_STATE_HOME: state },
      encoding: 'utf8',
      timeout: 600_000,
    },
  );
  rmSync(state, { recursive: true, force: true });
  const output = `${result.stdout}${result.stderr}`;
  const clusters = spawnSync('docker', ['ps', '-a', '--format', '{{.Names}}'], {
    encoding: 'utf8',
  }).stdout;
  const runId = /run (r[0-9a-z]{8})/.exec(output)?.[1] ?? 'unknown';
  const left = clusters.split('\n').filter((container) => container.includes(runId));
  const annotations = output.split('\n').filter((line) => /❗|::error/.test(line));
  rows.push(
    `| ${name} | ${result.status} | ${/FAIL {2}cluster on kind/.test(output) ? 'fail' : 'not fail'} | ${annotations.length} | ${/## Fail/.test(output) ? 'yes' : 'no'} | ${left.join(', ') || 'nothing'} |`,
  );
  evidence.push(
    `### ${name}`,
    '',
    '```',
    ...annotations.map((line) => line.trim().slice(0, 400)),
    '```',
    '',
  );
  console.log(rows.at(-1));
}
const version = (command: string, ...args: string[]) =>
  spawnSync(command, args, { encoding: 'utf8' }).stdout.trim().split('\n')[0];
writeFileSync(
  join(import.meta.dirname, '..', '..', 'docs', 'results', 'act-broken.md'),
  [
    '# A workflow with broken manifests under act',
    '',
    `\`node scripts/results/act-broken.ts\`, ${new Date().toISOString().slice(0, 10)}, ${version('act', '--version')}, ${version('kind', 'version')}, node image ${lab.nodeImage}. The manifests are the shipped ones without their start script.`,
    '',
    '| where | exit code of act | verdict | error annotations | summary says fail | containers left of the run |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    'The annotations:',
    '',
    ...evidence,
  ].join('\n'),
);
