import { formatMs } from '../model/duration.ts';
import type { FaultRecord } from '../model/fault.ts';
import { masteredShard } from '../model/fault.ts';
import type { Finding } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { statisticsLines } from './statistics-lines.ts';

/** The end of a run for a terminal: verdict, what broke, for how long, what was lost, the checks. */
export function summaryText(report: Report, reportDir: string): string {
  const lines = [
    '',
    `${report.verdict.toUpperCase()}  ${report.environment.topology} on ${report.environment.provider}, Redis ${report.environment.redis}, seed ${report.run.seed}, ${formatMs(report.run.wallMs)}`,
    ...report.reasons.map((reason) => `  ${reason}`),
    '',
    ...report.faults.flatMap(faultLines),
    ...lossLines(report),
    ...(report.statistics ? statisticsLines(report.statistics) : []),
    '',
    ...report.checks.flatMap(checkLines),
    '',
    `report: ${reportDir}/report.html, report.json, summary.md, history.ndjson, events.ndjson`,
  ];
  return `${lines.join('\n')}\n`;
}

function faultLines(fault: FaultRecord): string[] {
  const { timeline, target } = fault;
  const after = (ms: number | null) =>
    ms === null || timeline.stoppedMs === null ? '–' : signed(ms - timeline.stoppedMs);
  const predicted = fault.predictedMs
    ? ` (predicted +${formatMs(fault.predictedMs.lowMs)} to +${formatMs(fault.predictedMs.highMs)})`
    : '';
  return [
    `${fault.name} of ${target.pod}, ${target.role === 'master' ? `master of ${masteredShard(target) ?? 'nothing'}` : 'a replica'}: ${fault.mode}`,
    `  address     ${fault.oldIp ?? '–'} → ${fault.newIp ?? '–'}${target.nodeId === null ? '' : `, node id ${target.nodeId.slice(0, 12)}…`}`,
    `  suspected   ${after(timeline.suspectedMs)}`,
    `  failed      ${after(timeline.failedMs)}`,
    `  promoted    ${after(timeline.promotedMs)}${predicted}`,
    `  first ack   ${after(timeline.firstAckMs)}, at the LoadBalancer ${after(timeline.firstOkMs)}`,
    `  pod ready   ${after(timeline.podReadyMs)}, redundant again ${after(timeline.redundantMs)}`,
  ];
}

function lossLines({ operations }: Report): string[] {
  if (operations.attempted === 0) return ['no request was sent'];
  return [
    `${operations.attempted} requests: ${operations.ok} ok, ${operations.rejected} rejected, ${operations.indeterminate} indeterminate`,
    `  lost ${operations.lost}, duplicate ${operations.duplicate}, phantom ${operations.phantom}, stale ${operations.stale}; longest outage ${operations.longestOutageMs === null ? '–' : formatMs(operations.longestOutageMs)}`,
  ];
}

const marks = { pass: 'ok  ', fail: 'FAIL', inconclusive: '??  ' } as const;

function checkLines(check: Finding): string[] {
  const mark = check.verdict === 'fail' && check.expectedRed ? 'red*' : marks[check.verdict];
  const line = `  ${mark}  ${check.id.padEnd(22)} ${check.observed}`;
  if (check.verdict === 'pass') return [line];
  return [
    line,
    `        expected: ${check.expected}`,
    ...check.evidence.slice(0, 3).map((text) => `        - ${text}`),
    ...(check.why ? [`        why: ${check.why}`] : []),
  ];
}

/** A set-up that hands over before it stops is promoted before the exit. */
function signed(ms: number): string {
  return ms < 0 ? formatMs(ms) : `+${formatMs(ms)}`;
}
