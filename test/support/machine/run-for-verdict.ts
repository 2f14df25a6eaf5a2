import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { RunEvent } from '../../../src/model/event.ts';
import { readReport, runTool, type ToolResult, type Workspace } from '../run-tool.ts';

/**
 * Runs the product where a test needs a verdict. What it promises on any machine is that starvation
 * makes no verdict: a run that a busy machine left undecided (exit 2, with the starvation in its own
 * record) is done again with more room, the machine to itself, and says so. Any other end stands: a red
 * is never run again, nor what was undecided on a machine that had time.
 */
export async function runForVerdict(
  workspace: Workspace,
  args: readonly string[],
  onStart: (child: ChildProcess) => void = () => {},
): Promise<ToolResult> {
  const first = await runTool(workspace, args, false, onStart);
  if (first.exitCode !== 2) return first;
  const { report, events } = readReport(workspace.reportDir);
  const starved = starvation(events);
  if (starved === null) return first;
  const roomy = withMoreRoom(args);
  console.log(
    `undecided on a busy machine (${starved}): ${report.reasons.join('; ')}\n` +
      `again, with the machine to itself: redis-k8s-chaos ${roomy.join(' ')}`,
  );
  rmSync(workspace.reportDir, { recursive: true, force: true });
  return runTool(workspace, roomy, true, onStart);
}

const busyPressure = 0.4;
const lateMs = 100;

/** What the run's own record says of a machine that had too little time for it; null when it had enough. */
export function starvation(events: readonly RunEvent[]): string | null {
  const pressures = events.flatMap((event) =>
    event.kind === 'host' ? [event.cpuPressure ?? 0] : [],
  );
  const mean = pressures.reduce((sum, share) => sum + share, 0) / Math.max(1, pressures.length);
  const worstMs = worstLagMs(events);
  if (mean <= busyPressure && worstMs <= lateMs) return null;
  return `some task waited ${Math.round(mean * 100)} % of the time, the worst lag was ${Math.round(worstMs)} ms`;
}

/** The longest that the generator or the tool itself was late, ms: nobody saw anything more exactly. */
export function worstLagMs(events: readonly RunEvent[]): number {
  return events.reduce((worst, event) => {
    if (event.kind === 'generator') return Math.max(worst, event.maxLagUs / 1000);
    return event.kind === 'host' ? Math.max(worst, event.loopLagMs) : worst;
  }, 0);
}

/** Half the load; where the set-up is ours, a node timeout that a busy machine does not reach either. */
export function withMoreRoom(args: readonly string[]): readonly string[] {
  const ours = !args.includes('--manifests');
  const given = (flag: string) => {
    const at = args.indexOf(flag);
    return at < 0 ? null : (args[at + 1] ?? null);
  };
  const kept = args.filter((arg, at) => {
    const flag = arg.startsWith('--') ? arg : args[at - 1];
    return flag !== '--rate' && !(ours && flag === '--node-timeout');
  });
  const rate = Math.max(40, Math.round(Number(given('--rate') ?? 200) / 2));
  const timeoutS = Number.parseFloat(given('--node-timeout') ?? '5') * 2;
  return [...kept, '--rate', String(rate), ...(ours ? ['--node-timeout', `${timeoutS}s`] : [])];
}
