import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../../src/checker/evaluate.ts';
import type { Report } from '../../../../src/model/report.ts';
import { buildReport } from '../../../../src/report/build.ts';
import { compareReports, incomparable, worst } from '../../../../src/report/compare/compare.ts';
import {
  comparisonMarkdown,
  comparisonText,
} from '../../../../src/report/compare/comparison-text.ts';
import { type ScriptOptions, scriptRun } from '../../checker/script.ts';

/**
 * Goal: worse is told from as good, and what healthy runs differ by is not called worse. Method: reports
 * of scripted runs, one figure changed at a time.
 */
function reportOf(options: ScriptOptions = {}): Report {
  const evidence = scriptRun(options);
  return buildReport({
    toolVersion: '0.1.0',
    run: { id: 'r1', seed: 1, startedAt: '2026-01-01T00:00:00.000Z', wallMs: 101_000 },
    environment: {
      provider: 'embedded',
      kubernetes: 'embedded',
      redis: '7.0.15',
      topology: 'cluster',
      fidelity: [],
      host: { platform: 'linux', cpus: 2, node: 'v24.0.0' },
      clockErrorMs: 0.3,
    },
    plan: evidence.plan,
    events: evidence.events,
    evaluation: evaluate(evidence),
    evidence: [],
  });
}

const base = reportOf();
const withOutage = (longestOutageMs: number | null): Report => ({
  ...base,
  operations: { ...base.operations, longestOutageMs },
});
const figure = (head: Report, id: string, bases: readonly [Report, ...Report[]] = [base]) =>
  compareReports(bases, head, 20).figures.find((change) => change.id === id);
const outageMs = base.operations.longestOutageMs ?? 0;

describe('a figure', () => {
  test('of the same report is not worse, and neither is the whole', () => {
    const comparison = compareReports([base], base, 20);
    expect(comparison.regressed).toBe(false);
    expect(comparison.checks).toEqual([]);
    expect(comparison.figures.map(({ id, head }) => [id, head !== null])).toEqual([
      ['outage', true],
      ['promotion', true],
      ['redundancy', true],
      ['latency', true],
      ['lost', true],
    ]);
  });

  test('may be worse by as much as healthy runs differ, whatever the threshold', () => {
    // the prediction at a node timeout of 5 s: 6 to 10 s
    expect(figure(withOutage(outageMs + 3990), 'outage')).toMatchObject({ regressed: false });
    expect(figure(withOutage(outageMs + 4010), 'outage')).toMatchObject({
      regressed: true,
      limit: outageMs + 4000,
    });
  });

  test('has room in proportion where that is more', () => {
    const slow = withOutage(100_000);
    expect(figure(withOutage(119_999), 'outage', [slow])).toMatchObject({ regressed: false });
    expect(figure(withOutage(120_001), 'outage', [slow])).toMatchObject({ regressed: true });
  });

  test('is held against the worst of several runs, and shown beside their median', () => {
    const bases = [withOutage(9000), withOutage(5000), withOutage(6000)] as const;
    expect(figure(withOutage(12_900), 'outage', [...bases])).toMatchObject({
      base: 6000,
      limit: 13_000,
      regressed: false,
    });
  });

  test('that nobody measured is no regression on either side', () => {
    expect(figure(withOutage(null), 'outage')).toMatchObject({ head: null, regressed: false });
    expect(figure(base, 'outage', [withOutage(null)])).toMatchObject({
      limit: null,
      regressed: false,
    });
  });

  test('one lost write more is worse', () => {
    const head = { ...base, operations: { ...base.operations, lost: 1 } };
    expect(figure(head, 'lost')).toMatchObject({ base: 0, head: 1, regressed: true });
  });

  test('latency within what a machine moves it is the same', () => {
    const p95 = base.operations.latencyUs.p95 ?? 0;
    const late = (us: number) => ({
      ...base,
      operations: {
        ...base.operations,
        latencyUs: { ...base.operations.latencyUs, p95: p95 + us },
      },
    });
    expect(figure(late(9000), 'latency')).toMatchObject({ regressed: false });
    expect(figure(late(11_000), 'latency')).toMatchObject({ regressed: true });
  });
});

describe('a check', () => {
  const noPromotion = reportOf({
    promotedMs: null,
    releasedMs: 52_000,
    backMs: 56_000,
    endMs: 130_000,
  });

  test('that was green and is red is a regression; the other way round it is a change', () => {
    const worse = compareReports([base], noPromotion, 1000);
    expect(worse.checks).toContainEqual(
      expect.objectContaining({ id: 'promotion', base: 'pass', head: 'fail', regressed: true }),
    );
    expect(worse.regressed).toBe(true);
    const better = compareReports([noPromotion], base, 1000);
    expect(better.checks.map(({ id }) => id)).toContain('promotion');
    expect(better.checks.some(({ regressed }) => regressed)).toBe(false);
  });

  test('that was red in one run of the base already is unsteady, no regression', () => {
    const mixed = compareReports([base, noPromotion], noPromotion, 1000);
    expect(mixed.checks.find(({ id }) => id === 'promotion')).toMatchObject({ regressed: false });
  });

  test('red and not claimed counts as green', () => {
    const claimed = {
      ...noPromotion,
      checks: noPromotion.checks.map((finding) => ({ ...finding, expectedRed: true })),
    };
    expect(compareReports([base], claimed, 1000).checks).toEqual([]);
  });

  test('undecided is no regression', () => {
    const open = {
      ...base,
      checks: base.checks.map((finding) => ({ ...finding, verdict: 'inconclusive' as const })),
    };
    const comparison = compareReports([base], open, 1000);
    expect(comparison.checks.length).toBe(base.checks.length);
    expect(comparison.regressed).toBe(false);
  });
});

test('what asks something else cannot be held against it, and says in what', () => {
  expect(incomparable(base, base)).toBeNull();
  const other = {
    ...base,
    plan: { ...base.plan, faults: { ...base.plan.faults, hold: 'none' as const } },
  };
  expect(incomparable(base, other)).toBe('hold is auto there and none here');
});

test('versions may differ: that is what is compared, and it is said', () => {
  const newer = { ...base, environment: { ...base.environment, redis: '8.0.2' } };
  expect(compareReports([base], newer, 20).differences).toEqual([
    'Redis: 7.0.15 there, 8.0.2 here',
  ]);
});

test('the worst of verdicts', () => {
  expect(worst(['pass', 'inconclusive'])).toBe('inconclusive');
  expect(worst(['fail', 'inconclusive'])).toBe('fail');
  expect(worst(['fail', 'error'])).toBe('error');
  expect(worst([])).toBe('inconclusive');
});

test('as text and as Markdown: golden', () => {
  const comparison = compareReports([withOutage(6000)], withOutage(20_000), 20);
  expect(comparisonText(comparison)).toContain('Worse than the base in 1 of 5 (pass)');
  expect(comparisonText(comparison)).toMatch(
    /WORSE {2}longest time without an acknowledged write +6\.0s → 20\.0s \(up to 10\.0s\)/,
  );
  const markdown = comparisonMarkdown(comparison);
  expect(markdown).toContain(
    '| ❌ worse | longest time without an acknowledged write | 6.0s | 20.0s | 10.0s |',
  );
  const newer = { ...base, environment: { ...base.environment, redis: '8|<b>' } };
  expect(comparisonMarkdown(compareReports([base], newer, 20))).toContain('8\\|\\<b\\>');
});
