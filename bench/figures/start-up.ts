import { spawnSync } from 'node:child_process';
import type { Figure } from './figure.ts';

/**
 * `--help` of a built bundle beside a Node that does nothing, in turns; the best of several of each, in
 * the processes' own time: what else the machine does lengthens the longer one more.
 */
export function helpFigure(cli: string, tries = 7): Figure {
  const help: number[] = [];
  const empty: number[] = [];
  for (let n = 0; n < tries; n++) {
    empty.push(cpuMsOf(['-e', '0']));
    help.push(cpuMsOf([cli, '--help']));
  }
  return {
    what: '--help',
    measured: Math.min(...help),
    reference: Math.min(...empty),
    of: '`node -e 0`',
    unit: 'CPU ms',
  };
}

const tellCpu =
  'process.on("exit", () => { const { user, system } = process.cpuUsage(); process.stderr.write("\\ncpu " + (user + system)); })';

function cpuMsOf(args: readonly string[]): number {
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(tellCpu)}`];
  const { status, stderr } = spawnSync(process.execPath, [...preload, ...args], {
    encoding: 'utf8',
  });
  const us = /^cpu (\d+)$/m.exec(stderr)?.[1];
  if (status !== 0 || us === undefined)
    throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  return Number(us) / 1000;
}
