import { spawnSync } from 'node:child_process';
import type { Figure } from './figure.ts';

/** `--help` of a built bundle beside a Node that does nothing, in turns; the best of several of each. */
export function helpFigure(cli: string, tries = 7): Figure {
  const help: number[] = [];
  const empty: number[] = [];
  for (let n = 0; n < tries; n++) {
    empty.push(timeOf(['-e', '0']));
    help.push(timeOf([cli, '--help']));
  }
  return {
    what: '--help',
    measured: Math.min(...help),
    reference: Math.min(...empty),
    of: '`node -e 0`',
    unit: 'ms',
  };
}

function timeOf(args: readonly string[]): number {
  const startMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - startMs;
}
