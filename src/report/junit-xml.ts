import type { Finding } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { faultsDone } from './answers.ts';

/**
 * junit.xml: a test suite for the run and one for each fault, a test case a check. A red is a failure,
 * what could not be decided is skipped with its reason, infrastructure trouble is an error.
 */
export function junitXml(report: Report): string {
  const faultIds = [...new Set(report.checks.flatMap(({ faultId }) => faultId ?? []))];
  const faults = faultsDone(report);
  const suites = [
    suite(
      report,
      `run ${report.run.id}`,
      casesOf(
        report.checks.filter((f) => !f.faultId),
        report,
      ),
    ),
    ...faultIds.map((id) => {
      const fault = faults.find((done) => done.id === id);
      const name = fault ? `${id}: ${fault.text}` : id;
      return suite(report, name, casesOf(report.checks.filter((f) => f.faultId === id)));
    }),
  ];
  const all = suites.flatMap(({ cases }) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="redis-k8s-chaos" ${counts(all)} time="${seconds(report.run.wallMs)}">`,
    ...suites.map(({ xml }) => xml),
    '</testsuites>',
    '',
  ].join('\n');
}

interface TestCase {
  readonly name: string;
  readonly result: 'pass' | 'failure' | 'error' | 'skipped';
  readonly message: string;
  readonly text: string;
}

function casesOf(findings: readonly Finding[], report?: Report): readonly TestCase[] {
  const cases = findings.map((finding): TestCase => {
    const { id, verdict, expectedRed, observed, expected, why, evidence } = finding;
    const result =
      verdict === 'pass'
        ? 'pass'
        : expectedRed
          ? 'skipped'
          : verdict === 'fail'
            ? 'failure'
            : 'skipped';
    const mark = expectedRed
      ? 'red, not claimed: '
      : verdict === 'inconclusive'
        ? 'undecided: '
        : '';
    const text = [
      `expected: ${expected}`,
      `observed: ${observed}`,
      ...(why ? [`why: ${why}`] : []),
      ...evidence,
    ];
    return { name: id, result, message: `${mark}${observed}`, text: text.join('\n') };
  });
  if (report?.verdict !== 'error') return cases;
  const message = report.reasons[0] ?? 'infrastructure trouble';
  return [
    ...cases,
    { name: 'infrastructure', result: 'error', message, text: report.reasons.join('\n') },
  ];
}

function suite(report: Report, name: string, cases: readonly TestCase[]) {
  const xml = [
    `  <testsuite name="${xmlText(name)}" ${counts(cases)} timestamp="${xmlText(report.run.startedAt)}">`,
    ...cases.map((testCase) => {
      const open = `    <testcase classname="redis-k8s-chaos.${xmlText(report.environment.topology)}" name="${xmlText(testCase.name)}"`;
      if (testCase.result === 'pass') return `${open}/>`;
      const { result, message, text } = testCase;
      return `${open}><${result} message="${xmlText(message)}">${xmlText(text)}</${result}></testcase>`;
    }),
    '  </testsuite>',
  ].join('\n');
  return { xml, cases };
}

function counts(cases: readonly TestCase[]): string {
  const count = (result: TestCase['result']) => cases.filter((c) => c.result === result).length;
  return `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** For text and attributes alike; characters that XML 1.0 has no way to say become U+FFFD. */
function xmlText(text: string): string {
  return text
    .slice(0, 20_000)
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/\p{Cc}|[\uFFFE\uFFFF]/gu, (char) =>
      char === '\n' ? '&#10;' : char === '\t' ? '&#9;' : '\uFFFD',
    );
}
