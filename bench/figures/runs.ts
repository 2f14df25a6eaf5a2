import { waitFor } from '../../src/platform/wait.ts';
import { openWorkspace, readReport, startTool } from '../../test/support/run-tool.ts';
import type { Figure } from './figure.ts';

/** Where the time of a default run on the embedded provider goes, beside what Redis and the windows take. */
export async function runFigures(): Promise<readonly Figure[]> {
  using workspace = openWorkspace();
  const { exitCode, stderr } = await startTool(workspace, ['run', '--provider', 'embedded']).result;
  if (exitCode !== 0) process.stderr.write(`the default run ended with ${exitCode}: ${stderr}\n`);
  const { time, run } = readReport(workspace.reportDir).report;
  const of = 'Redis and the windows, in the same run';
  const reference = time.redisMs + time.windowsMs;
  return [
    {
      what: 'a default run, from start to verdict',
      measured: run.wallMs,
      reference,
      of,
      unit: 'ms',
    },
    { what: 'of it the pods’ making', measured: time.clusterMs, reference, of, unit: 'ms' },
    { what: 'of it our own', measured: time.toolMs, reference, of, unit: 'ms' },
  ];
}

/** From Ctrl-C under load to the end, everything healed, beside the way there. */
export async function interruptFigure(): Promise<Figure> {
  using workspace = openWorkspace();
  const beginMs = performance.now();
  const { child, result } = startTool(workspace, ['run', '--provider', 'embedded']);
  let said = '';
  child.stderr?.on('data', (text: string) => {
    said += text;
  });
  const signal = new AbortController().signal;
  await waitFor({ what: 'the load', timeoutMs: 180_000, everyMs: 10, signal }, async () =>
    said.includes('load-before') ? { done: true, value: undefined } : { done: false, seen: said },
  );
  const loadMs = performance.now();
  child.kill('SIGINT');
  const { exitCode } = await result;
  if (exitCode !== 130) throw new Error(`interrupted, it ended with ${exitCode}: ${said}`);
  return {
    what: 'interrupted under load, until all is healed',
    measured: performance.now() - loadMs,
    reference: loadMs - beginMs,
    of: 'from its start to the load',
    unit: 'ms',
  };
}
