import { formatMs } from '../model/duration.ts';
import type { FaultRecord } from '../model/fault.ts';
import { masteredShard } from '../model/fault.ts';
import type { Finding } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { answers, headline } from './answers.ts';
import { escapedCell as cell, withinLimit } from './markdown.ts';
import { faultGantt, rateChart } from './mermaid.ts';
import type { RateSlices } from './rate-slices.ts';
import { statisticsLines } from './statistics-lines.ts';
import { timelineRows } from './timeline-rows.ts';

const maxLines = 40;

/** Of a long campaign the first fail-overs are drawn: mermaid draws each on its reader's machine. */
const maxCharts = 10;

/**
 * summary.md: what broke, for how long, what was lost; then the evidence. `rates`: the load over time,
 * which the report itself does not hold; null where nobody has it.
 */
export function summaryMarkdown(report: Report, rates: RateSlices | null = null): string {
  const parts = [
    `## ${headline(report)}`,
    answers(report)
      .map(({ question, answer }) => `- **${question}** ${cell(answer)}`)
      .join('\n'),
    reasons(report),
    ...report.faults.slice(0, maxCharts).map(faultGantt),
    rates === null ? '' : rateChart(rates),
    checks(report.checks),
    ...report.faults.map(timeline),
    failovers(report),
    operations(report),
    surroundings(report),
  ];
  return withinLimit(`${parts.filter((part) => part !== '').join('\n\n')}\n`, 'report.json');
}

function reasons({ reasons: lines }: Report): string {
  if (lines.length === 0) return '';
  const shown = lines.slice(0, maxLines).map((line) => `- ${cell(line)}`);
  const more = lines.length > maxLines ? [`- and ${lines.length - maxLines} more`] : [];
  return ['### Why', '', ...shown, ...more].join('\n');
}

const marks = { pass: '✅ pass', fail: '❌ fail', inconclusive: '❔ undecided' } as const;

function checks(findings: readonly Finding[]): string {
  if (findings.length === 0) return '';
  const several = new Set(findings.map(({ faultId }) => faultId).filter(Boolean)).size > 1;
  const rows = findings.map((finding) => {
    const mark = finding.expectedRed ? '⚪ red, not claimed' : marks[finding.verdict];
    const name = several && finding.faultId ? `${finding.id} (${finding.faultId})` : finding.id;
    return `| ${mark} | ${cell(name)} | ${cell(finding.observed)} | ${cell(finding.expected)} |`;
  });
  const details = findings
    .filter(({ verdict, evidence }) => verdict !== 'pass' && evidence.length > 0)
    .map(({ id, evidence }) => {
      const lines = evidence.slice(0, maxLines).map((line) => `- ${cell(line)}`);
      return `<details><summary>${id}: evidence</summary>\n\n${lines.join('\n')}\n\n</details>`;
    });
  return [
    '### Checks',
    '',
    '| | check | observed | expected |',
    '|---|---|---|---|',
    ...rows,
    ...(details.length > 0 ? ['', ...details] : []),
  ].join('\n');
}

function timeline(fault: FaultRecord): string {
  const { low, high } = predicted(fault);
  const rows = timelineRows(fault).map(
    ({ what, atMs, sinceStopMs }) =>
      `| ${what} | ${atMs === null ? '–' : formatMs(atMs)} | ${sinceStopMs === null ? '–' : signed(sinceStopMs)} |`,
  );
  return [
    `### ${fault.id}: ${fault.name} of ${cell(fault.target.pod)} (${fault.mode})`,
    '',
    `${cell(fault.target.pod)} was ${fault.target.role}${masteredShard(fault.target) === null ? '' : ` of ${cell(masteredShard(fault.target) ?? '')}`} at ${cell(fault.oldIp ?? 'an unknown address')}, and is now at ${cell(fault.newIp ?? 'no address')}.${low === null ? '' : ` Predicted promotion if it stays down: ${low} to ${high} after the exit.`}`,
    '',
    '| moment | in the run | after the exit |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}

function predicted({ predictedMs }: FaultRecord) {
  return predictedMs
    ? { low: formatMs(predictedMs.lowMs), high: formatMs(predictedMs.highMs) }
    : { low: null, high: null };
}

function signed(ms: number): string {
  return `${ms < 0 ? '−' : '+'}${formatMs(Math.abs(ms))}`;
}

function failovers({ statistics }: Report): string {
  if (statistics === null) return '';
  return `### Fail-overs\n\n${statisticsLines(statistics)
    .map((line) => `- ${line}`)
    .join('\n')}`;
}

function operations({ operations: o }: Report): string {
  const us = (value: number | null) => (value === null ? '–' : `${(value / 1000).toFixed(1)} ms`);
  return [
    '### Requests',
    '',
    '| attempted | ok | rejected | unknown | lost | applied twice | applied though rejected | final counter |',
    '|---|---|---|---|---|---|---|---|',
    `| ${o.attempted} | ${o.ok} | ${o.rejected} | ${o.indeterminate} | ${o.lost} | ${o.duplicate} | ${o.phantom} | ${o.finalCounter ?? '–'} |`,
    '',
    `Latency of acknowledged requests: p50 ${us(o.latencyUs.p50)}, p95 ${us(o.latencyUs.p95)}, p99 ${us(o.latencyUs.p99)}, max ${us(o.latencyUs.max)}.`,
  ].join('\n');
}

function surroundings({ environment: e, run, time }: Report): string {
  const lines = [
    `Provider ${e.provider}, Kubernetes ${e.kubernetes}, Redis ${e.redis}, topology ${e.topology}, seed ${run.seed}.`,
    `${formatMs(run.wallMs)} in all: Redis ${formatMs(time.redisMs)}, windows ${formatMs(time.windowsMs)}, cluster ${formatMs(time.clusterMs)}, tool ${formatMs(time.toolMs)}.`,
  ];
  return lines.map(cell).join('\n');
}
