import type { FaultRecord } from '../model/fault.ts';
import type { RateSlices } from './rate-slices.ts';

/**
 * One fault as a Gantt chart that GitHub draws in a job summary; '' when the fault was not done. Bars
 * lie on a clock that begins with the run (dateFormat x: ms). Mermaid gives colons, semicolons, hashes
 * and line breaks a meaning of their own, so labels hold none.
 */
export function faultGantt(fault: FaultRecord): string {
  const { timeline: t, target } = fault;
  if (t.injectedMs === null) return '';
  const downMs = t.stoppedMs ?? t.injectedMs;
  const bars = [
    bar('no write on its slots', 'crit', t.lastAckMs, t.firstAckMs),
    bar('container gone, pod not ready', 'active', downMs, t.podReadyMs),
    bar('suspected by a peer', 'active', t.suspectedMs, t.failedMs),
    bar('failed by majority, election', 'crit', t.failedMs, t.promotedMs),
    bar('promoted, not yet redundant', 'active', t.promotedMs, t.redundantMs),
    bar('redundant again', 'milestone', t.redundantMs, t.redundantMs),
  ].filter((line) => line !== '');
  if (bars.length === 0) return '';
  return fenced([
    'gantt',
    `    title ${label(`${fault.id} ${fault.name} of ${target.pod}, ${fault.mode}`)}`,
    '    dateFormat x',
    '    axisFormat %M:%S',
    `    section ${label(target.pod)}`,
    ...bars,
  ]);
}

/** Acknowledged requests a second over the run; '' without load. */
export function rateChart(rates: RateSlices): string {
  const { seconds, ok } = rates;
  const [first, last] = [seconds[0], seconds.at(-1)];
  const most = Math.max(...ok);
  if (first === undefined || last === undefined || !(most > 0)) return '';
  return fenced([
    'xychart-beta',
    '    title "acknowledged requests a second"',
    `    x-axis "seconds of the run" ${first.toFixed(1)} --> ${last.toFixed(1)}`,
    `    y-axis "a second" 0 --> ${Math.ceil(most * 1.1)}`,
    `    line [${ok.map((value) => value.toFixed(0)).join(', ')}]`,
  ]);
}

function bar(
  name: string,
  kind: 'crit' | 'active' | 'milestone',
  fromMs: number | null,
  toMs: number | null,
): string {
  if (fromMs === null || toMs === null || toMs < fromMs) return '';
  return `    ${name} :${kind}, ${Math.round(fromMs)}, ${Math.max(Math.round(toMs), Math.round(fromMs) + 1)}`;
}

function label(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} .,_/()-]/gu, ' ').slice(0, 120);
}

function fenced(lines: readonly string[]): string {
  return ['```mermaid', ...lines, '```'].join('\n');
}
