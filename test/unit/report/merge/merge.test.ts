import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../../../src/model/report.ts';
import type { Verdict } from '../../../../src/model/verdict.ts';
import { mergeReports } from '../../../../src/report/merge/merge.ts';
import { countsText, mergedMarkdown } from '../../../../src/report/merge/merged-markdown.ts';
import { mergedPage } from '../../../../src/report/merge/merged-page.ts';
import { reportOf } from '../../action/report.ts';

/** Goal: many runs read as one, whatever the order in which their artifacts came. */
function run(seed: number, verdict: Verdict = 'pass', outageMs = 8000 + seed): Report {
  const base = reportOf();
  return {
    ...base,
    run: { ...base.run, id: `r${seed}`, seed },
    verdict,
    reasons: verdict === 'pass' ? [] : [`because of ${seed}`],
    trials: {
      failovers: 1,
      red: { count: verdict === 'fail' ? 1 : 0, of: verdict === 'inconclusive' ? 0 : 1 },
      lossy: { count: 0, of: 1 },
      outagesMs: [outageMs],
    },
  };
}

const twenty = Array.from({ length: 20 }, (_, seed) =>
  run(seed, seed === 3 ? 'fail' : seed === 7 ? 'inconclusive' : 'pass'),
);

describe('twenty reports', () => {
  test('have the statistics of the whole', () => {
    const { statistics, counts, operations } = mergeReports(twenty);
    expect(statistics).toMatchObject({
      failovers: 20,
      red: { count: 1, of: 19 },
      lossy: { count: 0, of: 20 },
      outageMs: { max: 8019 },
    });
    expect(statistics?.outageMs.p50?.value).toBe(8009);
    // 0 of 20 at 95 %: 1 - 0.05^(1/20)
    expect(statistics?.lossy.upper).toBeCloseTo(0.1391, 4);
    expect(counts).toEqual({ pass: 18, fail: 1, inconclusive: 1, error: 0 });
    expect(operations).toMatchObject({ attempted: 200, ok: 200, lost: 0 });
  });

  test('are the same in any order, and given twice', () => {
    const whole = JSON.stringify(mergeReports(twenty));
    fc.assert(
      fc.property(fc.shuffledSubarray(twenty, { minLength: 20 }), (shuffled) => {
        expect(JSON.stringify(mergeReports(shuffled))).toBe(whole);
      }),
      { numRuns: 20 },
    );
    expect(JSON.stringify(mergeReports([...twenty, ...twenty]))).toBe(whole);
  });

  test.each<[Verdict, readonly Verdict[]]>([
    ['pass', ['pass', 'pass']],
    ['inconclusive', ['pass', 'inconclusive']],
    ['fail', ['inconclusive', 'fail', 'pass']],
    ['error', ['fail', 'error']],
  ])('are as bad as the worst of them: %s', (verdict, verdicts) => {
    expect(mergeReports(verdicts.map((one, seed) => run(seed, one))).verdict).toBe(verdict);
  });
});

test('a report of a version without trials counts with its verdict alone', () => {
  const { trials: _, ...older } = run(1, 'fail');
  const merged = mergeReports([older as Report, run(2), run(3)]);
  expect(merged.verdict).toBe('fail');
  expect(merged.statistics?.failovers).toBe(2);
});

test('as Markdown and as a page: what went wrong first, nobody’s markup', () => {
  const hostile = { ...run(30, 'fail'), reasons: ['<script>alert(1)</script> | x'] };
  const merged = mergeReports([...twenty, hostile]);
  expect(countsText(merged)).toBe('21 runs: 18 pass, 2 fail, 1 inconclusive');
  const markdown = mergedMarkdown(merged);
  expect(markdown).toContain('## ❌ 21 runs: 18 pass, 2 fail, 1 inconclusive');
  expect(markdown).not.toContain('<script>');
  expect(markdown.indexOf('| ❌ fail | 3 |')).toBeLessThan(markdown.indexOf('| ✅ pass | 0 |'));
  const page = mergedPage(merged);
  expect(page).not.toContain('<script>');
  expect(page).toContain('&lt;script&gt;');
});
