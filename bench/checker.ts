import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Measured } from './judge-report.ts';
import { writeScaledReport } from './scaled-report.ts';

/**
 * How the oracle scales: `node bench/checker.ts [COUNT…]` writes a report of each size, has a process
 * of its own judge it, prints the table and writes docs/results/checker.md.
 */
const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : defaultCounts();

function defaultCounts(): readonly number[] {
  return [10_000, 100_000, 1_000_000, 10_000_000];
}

export function measure(count: number): Measured {
  const dir = mkdtempSync(join(tmpdir(), 'rkc-bench-'));
  try {
    writeScaledReport(dir, count);
    const judge = join(import.meta.dirname, 'judge-report.ts');
    const output = execFileSync(process.execPath, [judge, dir], { timeout: 600_000 });
    return JSON.parse(output.toString('utf8')) as Measured;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function table(rows: readonly Measured[]): string {
  const per = (ms: number, { operations }: Measured) => ((ms * 1000) / operations).toFixed(2);
  return [
    '| requests | verdict | read, CPU s | decide, CPU s | decide, wall s | decide, µs a request | most memory, MB |',
    '|---|---|---|---|---|---|---|',
    ...rows.map((row) => {
      const seconds = (ms: number) => (ms / 1000).toFixed(2);
      return `| ${row.operations.toLocaleString('en')} | ${row.verdict} | ${seconds(row.readCpuMs)} | ${seconds(row.decideCpuMs)} | ${seconds(row.decideWallMs)} | ${per(row.decideCpuMs, row)} | ${row.maxRssMb} |`;
    }),
  ].join('\n');
}

if (process.argv[1] === import.meta.filename) {
  const rows: Measured[] = [];
  for (const count of counts) {
    rows.push(measure(count));
    process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`);
  }
  const text = `# How the oracle scales

A stored run is read line by line into columns and decided: all fifteen checks, four keys, one request in
a hundred of unknown fate. Made by \`npm run bench:checker\` with Node ${process.version} on ${cpus().length} CPUs that had
other work to do, hence CPU time beside the wall's; memory is the process's highest resident set.

${table(rows)}
`;
  process.stdout.write(text);
  writeFileSync(join(import.meta.dirname, '..', 'docs', 'results', 'checker.md'), text);
}
