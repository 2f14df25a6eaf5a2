import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBusyLoops } from '../../scripts/starvation/busy-loops.ts';
import { acceptable, starvedSetUps } from '../../scripts/starvation/set-ups.ts';
import { type Berth, takeBerth } from '../support/machine/berth.ts';
import { openWorkspace, readReport, startTool } from '../support/run-tool.ts';

/**
 * Goal: on a machine with far too little CPU a healthy set-up is never red and a broken one never green.
 * Method: six runs on embedded at the same time, beside eight busy loops; nobody else has the machine
 * meanwhile. What each run says of its own standstills is its evidence, so `check` must agree.
 */
let berth: Berth;
let loops: Disposable;
let runs: ReadonlyMap<string, Promise<{ verdict: string; told: string }>>;

beforeAll(async () => {
  berth = await takeBerth(true);
  loops = startBusyLoops(8);
  runs = new Map(
    starvedSetUps.map(({ name, flags }, index) => [name, runOnce(flags, `${index + 1}`)]),
  );
}, 600_000);
afterAll(async () => {
  await Promise.allSettled(runs.values());
  loops[Symbol.dispose]();
  berth[Symbol.dispose]();
});

async function runOnce(flags: readonly string[], seed: string) {
  using workspace = openWorkspace();
  const args = ['run', '--provider', 'embedded', '--seed', seed, '--rate', '80', ...flags];
  const { exitCode, stderr, stdout } = await startTool(workspace, [
    ...args,
    '--report-dir',
    workspace.reportDir,
  ]).result;
  const told = `exit ${exitCode}\n${stderr}\n${stdout}`;
  try {
    return { verdict: readReport(workspace.reportDir).report.verdict, told };
  } catch {
    return { verdict: 'no report', told };
  }
}

test.each(starvedSetUps)('$kind: $name', { timeout: 900_000 }, async ({ name, kind }) => {
  const run = await runs.get(name);
  expect(acceptable(kind, run?.verdict ?? 'no run'), run?.told).toBe(true);
});
