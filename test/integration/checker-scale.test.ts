import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { measure } from '../../bench/checker.ts';
import { sampleHistory } from '../../bench/counter-histories.ts';
import { checkerFigure } from '../../bench/figures/checker.ts';
import type { Measured } from '../../bench/judge-report.ts';
import {
  askOurs,
  askPorcupine,
  buildPorcupine,
  porcupineMissing,
  smallSamples,
  smallShapes,
} from '../../bench/porcupine.ts';

/**
 * Goal: the oracle stays usable on long runs, and says what an independent checker says. Method: reports
 * of two sizes judged by a process of their own, in CPU time, beside what reading them takes; porcupine on
 * the same histories. The figures: `npm run bench`.
 */
test('a million requests are decided in less than it takes to read them, in 600 MB, at n log n', () => {
  const small: Measured = measure(10_000);
  const large: Measured = measure(1_000_000);
  expect(small.verdict).toBe('pass');
  expect(large.verdict).toBe('pass');
  expect(large.operations).toBe(1_000_000);
  const { measured, reference } = checkerFigure(large);
  expect(measured).toBeLessThan(reference);
  expect(large.maxRssMb).toBeLessThanOrEqual(600);
  // n log n would be 150 times as much
  const growth = (large.decideCpuMs + large.readCpuMs) / (small.decideCpuMs + small.readCpuMs);
  expect(growth).toBeLessThan((100 * Math.log(1_000_000)) / Math.log(10_000));
});

const missing = porcupineMissing();
if (missing !== null) process.stderr.write(`porcupine is not compared: ${missing}\n`);

test.skipIf(missing !== null)(
  'says what porcupine says, several times as fast at 100,000',
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'rkc-porcupine-'));
    try {
      const program = buildPorcupine(dir);
      for (const { name, ...shape } of smallShapes) {
        const theirs = await askPorcupine(program, dir, smallSamples(shape, 1000), 30);
        const ours = [...smallSamples(shape, 1000)].map(askOurs);
        expect(theirs.length).toBe(1000);
        expect(
          ours.map(({ verdict }) => verdict),
          name,
        ).toEqual(theirs.map(({ verdict }) => verdict));
        expect(theirs.filter(({ verdict }) => verdict === 'illegal').length).toBeGreaterThan(50);
      }
      const clients = { clients: 50, unknownPerMille: 0, damagedPerMille: 0, ledger: true };
      const sample = sampleHistory(7, { ...clients, count: 100_000 });
      const [theirs] = await askPorcupine(program, dir, [sample], 60);
      const ours = askOurs(sample);
      expect([theirs?.verdict, ours.verdict]).toEqual(['legal', 'legal']);
      // measured: 17 to 31 times
      expect((theirs?.cpuMs ?? 0) / ours.cpuMs).toBeGreaterThanOrEqual(4);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
);
