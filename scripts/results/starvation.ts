/**
 * `npm run starvation -- [--runs N] [--jobs J] [--provider embedded] [--loops 8] [--seed S]`: N runs of healthy and N
 * of broken set-ups, J at a time, beside busy loops that take the CPU. A healthy one must never be red, a
 * broken one never green. A row a run, and one for each kind at the end.
 */
import { parseArgs } from 'node:util';
import { openWorkspace, startTool } from '../../test/support/run-tool.ts';
import { startBusyLoops } from '../starvation/busy-loops.ts';
import { acceptable, type StarvedSetUp, starvedSetUps } from '../starvation/set-ups.ts';
import { addRow, type ResultPage, seconds } from './page.ts';
import { reportOf } from './tool-run.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '40' },
    jobs: { type: 'string', default: '4' },
    provider: { type: 'string', default: 'embedded' },
    loops: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
  },
});
const [runs, jobs, loops, firstSeed] = [values.runs, values.jobs, values.loops, values.seed].map(
  Number,
) as [number, number, number, number];
if (![runs, jobs, loops, firstSeed].every((n) => Number.isInteger(n) && n >= 0) || jobs < 1) {
  console.error('starvation: --runs, --jobs, --loops and --seed are whole numbers');
  process.exit(64);
}

const page: ResultPage = {
  name: 'starvation',
  title: 'A starved machine',
  about:
    'Runs beside busy loops that take all the CPU they get, on two cores. Healthy set-ups must come out as pass or inconclusive, never as fail; broken ones as fail or inconclusive, never as pass; neither as an error.',
  command: 'npm run starvation -- --provider PROVIDER --runs N --jobs J --seed S',
  columns: ['provider', 'set-up', 'kind', 'verdict', 'servers', 'tool', 'wall', 'ok'],
};

using _loops = startBusyLoops(loops);
const kinds = ['healthy', 'broken'] as const;
const queue = Array.from({ length: runs }, (_, index) =>
  kinds.map((kind) => {
    const ofKind = starvedSetUps.filter((setUp) => setUp.kind === kind);
    return { setUp: ofKind[index % ofKind.length] as StarvedSetUp, seed: firstSeed + index };
  }),
).flat();
const verdicts = { healthy: [] as string[], broken: [] as string[] };
let wrong = 0;

await Promise.all(Array.from({ length: jobs }, work));
for (const kind of kinds)
  addRow(page, firstSeed, [
    values.provider,
    `all, ${jobs} at a time beside ${loops} loops`,
    kind,
    summary(verdicts[kind]),
    ...rest(),
  ]);
process.exitCode = wrong === 0 ? 0 : 1;

async function work(): Promise<void> {
  for (let next = queue.shift(); next; next = queue.shift()) await runOnce(next.setUp, next.seed);
}

async function runOnce({ name, kind, flags }: StarvedSetUp, seed: number): Promise<void> {
  using workspace = openWorkspace();
  const args = ['run', '--provider', values.provider, '--seed', String(seed), ...flags];
  const { exitCode } = await startTool(workspace, [...args, '--report-dir', workspace.reportDir])
    .result;
  const report = reportOf(workspace);
  const verdict = report?.verdict ?? `no report, exit ${exitCode}`;
  verdicts[kind].push(verdict);
  const ok = acceptable(kind, verdict);
  if (!ok) wrong++;
  addRow(page, seed, [
    values.provider,
    name,
    kind,
    report === null
      ? verdict
      : `${verdict}: ${report.reasons.slice(0, 2).join('; ') || 'all checks hold'}`,
    report?.environment.redis ?? '–',
    report?.tool.version ?? '–',
    seconds(report?.run.wallMs),
    ok ? 'ok' : 'NOT OK',
  ]);
}

function summary(some: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const verdict of some) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
}

function rest(): readonly string[] {
  return ['–', '–', '–', wrong === 0 ? 'ok' : `${wrong} NOT OK`];
}
