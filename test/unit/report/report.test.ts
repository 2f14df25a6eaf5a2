import Ajv2020 from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/checker/evaluate.ts';
import type { FaultTarget } from '../../../src/model/fault.ts';
import type { Report } from '../../../src/model/report.ts';
import { headline } from '../../../src/report/answers.ts';
import { buildReport, timeShares } from '../../../src/report/build.ts';
import { checkList } from '../../../src/report/html/check-list.ts';
import { junitXml } from '../../../src/report/junit-xml.ts';
import { reportSchema } from '../../../src/report/schema.ts';
import { summaryMarkdown } from '../../../src/report/summary-markdown.ts';
import { summaryText } from '../../../src/report/summary-text.ts';
import { type ScriptOptions, scriptRun } from '../checker/script.ts';
import { idOf, ranges, victim } from '../checker/script-plan.ts';

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
    evidence: [{ file: 'history.ndjson', sha256: '0'.repeat(64) }],
  });
}

const noPromotion: ScriptOptions = {
  promotedMs: null,
  releasedMs: 52_000,
  backMs: 56_000,
  endMs: 130_000,
};

describe('report.json', () => {
  const validate = new Ajv2020.default({ strict: true, allErrors: true }).compile(reportSchema);

  test.each([
    ['a healthy run', {}],
    ['a run with reds', noPromotion],
    [
      'a run that ended early',
      {
        events: (events: ScriptOptions['events'] extends undefined ? never : readonly never[]) =>
          events.slice(0, 3),
      },
    ],
  ])('of %s fits its schema, also after a round trip', (_, options) => {
    const report: unknown = JSON.parse(JSON.stringify(reportOf(options as ScriptOptions)));
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
  });

  test('the schema refuses what the contract forbids', () => {
    const report = reportOf();
    const without = { ...report, operations: { ...report.operations, lost: undefined } };
    for (const wrong of [
      { ...report, verdict: 'maybe' },
      JSON.parse(JSON.stringify(without)),
      { ...report, checks: [{ ...report.checks[0], id: 'invented' }] },
    ]) {
      expect(validate(wrong)).toBe(false);
    }
  });

  test('every property of the schema says what it is', () => {
    const undescribed: string[] = [];
    const walk = (node: unknown, path: string) => {
      if (typeof node !== 'object' || node === null) return;
      const { properties, items, anyOf } = node as Record<string, unknown>;
      for (const [name, child] of Object.entries(
        (properties ?? {}) as Record<string, { description?: string }>,
      )) {
        if (!child.description) undescribed.push(`${path}.${name}`);
        if (/(Ms|Us)$/.test(name) && !['latencyUs', 'predictedMs'].includes(name)) {
          expect(child.description, `${path}.${name}`).toMatch(/ms|µs/);
        }
        walk(child, `${path}.${name}`);
      }
      walk(items, `${path}[]`);
      for (const child of (anyOf ?? []) as unknown[]) walk(child, path);
    };
    walk(reportSchema, '');
    expect(undescribed).toEqual([]);
  });

  test('time is divided once, however the phases overlap', () => {
    const phases = [
      { name: 'load-before', beginMs: 0, endMs: 10_000 },
      { name: 'settle', beginMs: 4000, endMs: 6000 },
      { name: 'drain', beginMs: 10_000, endMs: 11_000 },
    ];
    expect(timeShares(phases, 12_000)).toEqual({
      windowsMs: 8000,
      redisMs: 2000,
      clusterMs: 0,
      toolMs: 2000,
    });
  });
});

describe('a fault with several victims', () => {
  const second = { ...victim, pod: 'redis-1', uid: 'uid-1', nodeId: idOf(1), slots: [ranges[1]] };
  const third = { ...second, pod: 'redis-4', uid: 'uid-4', role: 'slave' as const, slots: [] };
  const hitting = (targets: readonly FaultTarget[]) =>
    reportOf({
      name: 'node-stop',
      events: (events) => events.map((e) => (e.kind === 'fault' ? { ...e, targets } : e)),
    });
  const report = hitting([victim, second, third]);

  test('is one fault in the headline and in junit.xml, with all its victims', () => {
    expect(headline(report)).toContain('node-stop of redis-0, redis-1 and redis-4');
    expect(headline(hitting([victim, second]))).toContain('node-stop of redis-0 and redis-1');
    expect(junitXml(report)).toContain(
      '<testsuite name="f1: node-stop of redis-0, redis-1 and redis-4"',
    );
  });
  test('is told of each in the summary, the terminal and the page', () => {
    for (const { target } of report.faults) {
      expect(summaryMarkdown(report)).toContain(`### f1: node-stop of ${target.pod} (`);
      expect(summaryText(report, 'report')).toContain(`node-stop of ${target.pod}, `);
    }
  });
  test('of whom one that owned nothing did not come back', () => {
    const [, , gone] = report.faults;
    const lost = { ...report, faults: gone ? [{ ...gone, mode: 'unrecovered' as const }] : [] };
    expect(summaryMarkdown(lost)).toContain('redis-4: it did not come back');
  });
  test('has a finding of the same check for each, apart in the page', () => {
    const ids = checkList(report.checks).markup.match(/id="check-promotion[^"]*"/g);
    expect(ids).toEqual(['id="check-promotion"', 'id="check-promotion-2"']);
  });
});

describe('summary.md', () => {
  test('answers the three questions first', () => {
    const text = summaryMarkdown(reportOf());
    const head = text.split('\n').slice(0, 6).join('\n');
    expect(head).toContain('## Pass – master-delete of redis-0');
    expect(head).toContain('**What broke?** Nothing that a check could see.');
    expect(head).toContain(
      '**For how long?** 7.5s at most without an acknowledged write; redis-0: a replica was promoted 7.4s after the exit.',
    );
    expect(head).toMatch(/\*\*What was lost\?\*\* Nothing: 0 of \d+ acknowledged writes\./);
  });

  test('says what broke, and why, in a run that failed', () => {
    const text = summaryMarkdown(reportOf(noPromotion));
    expect(text).toContain('## Fail');
    expect(text).toContain('**What broke?** promotion: The replica did not stand for election');
    expect(text).toContain('| ❌ fail | promotion |');
  });

  test('text of others cannot break out of the table, nor make it too long for GitHub', () => {
    const report = reportOf();
    const [first] = report.checks;
    if (!first) throw new Error('no check');
    const nasty = {
      ...first,
      verdict: 'fail' as const,
      observed: '</details>|`x`\n# [a](http://b)',
      evidence: Array.from({ length: 50 }, () => 'é'.repeat(5000)),
    };
    const text = summaryMarkdown({
      ...report,
      checks: [...report.checks, ...Array.from({ length: 500 }, () => nasty)],
    });
    expect(new TextEncoder().encode(text).length).toBeLessThan(900_000);
    expect(text).toContain('&lt;/details&gt;\\|\\`x\\` # \\[a\\](http://b)');
    expect(text).not.toMatch(/^# /m);
    expect(text).toContain('Cut here');
  });
});

describe('junit.xml', () => {
  test('a failing check is a failure of its fault’s suite, and the counts agree', () => {
    const xml = junitXml(reportOf(noPromotion));
    expect(xml).toContain(
      '<testsuite name="f1: master-delete of redis-0" tests="9" failures="2" errors="0" skipped="0"',
    );
    expect(xml).toContain('<failure message="nothing was promoted');
    expect(xml).toMatch(
      /<testsuites name="redis-k8s-chaos" tests="15" failures="2" errors="0" skipped="0" time="101.000">/,
    );
  });

  test('what could not be decided is skipped, infrastructure trouble is an error', () => {
    const early = reportOf({ events: (events) => events.filter(({ atUs }) => atUs < 19e6) });
    expect(junitXml(early)).toContain('<skipped message="undecided: ');
    const error = { ...reportOf(), verdict: 'error' as const, reasons: ['disk full'] };
    expect(junitXml(error)).toContain('<error message="disk full">');
  });

  test('every character that XML has no place for is escaped or replaced', () => {
    const report = reportOf();
    const [first] = report.checks;
    if (!first) throw new Error('no check');
    const nasty = {
      ...first,
      verdict: 'fail' as const,
      observed: 'a<b>&"c"\u0000\u001b[31m\ud800',
    };
    const xml = junitXml({ ...report, checks: [nasty] });
    expect(xml).toContain('a&lt;b&gt;&amp;&quot;c&quot;\uFFFD\uFFFD[31m\uFFFD');
  });
});
