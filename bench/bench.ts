import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkerFigure } from './figures/checker.ts';
import { type Figure, ratioOf } from './figures/figure.ts';
import { drive, lateFigure, startLoadServer } from './figures/load.ts';
import { pongFigure, readyFigures } from './figures/pods.ts';
import { porcupineFigure } from './figures/porcupine.ts';
import { interruptFigure, runFigures } from './figures/runs.ts';
import { helpFigure } from './figures/start-up.ts';

/**
 * `npm run bench`: what the tool costs, each figure beside a reference of the same run, on the machine as
 * it is; about two minutes. Prints the table and writes docs/results/bench.md. Tests assert at most such
 * a ratio, with room.
 */
const root = join(import.meta.dirname, '..');
const dir = mkdtempSync(join(tmpdir(), 'rkc-bench-'));
const signal = AbortSignal.timeout(600_000);

async function* figures(): AsyncGenerator<Figure> {
  yield helpFigure(join(root, 'dist', 'cli.cjs'));
  yield checkerFigure();
  const porcupine = await porcupineFigure(dir);
  if (porcupine !== null) yield porcupine;
  {
    using server = await startLoadServer();
    const low = await drive(server, { ratePerSecond: 1000, seconds: 6, dir });
    const high = await drive(server, { ratePerSecond: 5000, seconds: 10, dir });
    yield lateFigure(5000, high.lateness, low.lateness);
  }
  yield await pongFigure(15, signal);
  const ready = await readyFigures(3, signal);
  yield* ready.times;
  yield* await runFigures();
  yield await interruptFigure();
}

try {
  const rows: string[] = [];
  for await (const figure of figures()) {
    const value = (number: number) =>
      `${number.toLocaleString('en', { maximumSignificantDigits: 3 })} ${figure.unit}`;
    rows.push(
      `| ${figure.what} | ${value(figure.measured)} | ${value(figure.reference)}: ${figure.of} | ${ratioOf(figure).toFixed(2)} |`,
    );
    process.stderr.write(`${rows.at(-1)}\n`);
  }
  const page = `# What it costs

Each figure beside a reference of the same run, so that it says something on a machine of any speed. Made
by \`npm run bench\` with Node ${process.version} on ${cpus().length} CPUs.

| | measured | reference | ratio |
|---|---|---|---|
${rows.join('\n')}
`;
  process.stdout.write(page);
  writeFileSync(join(root, 'docs', 'results', 'bench.md'), page);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
