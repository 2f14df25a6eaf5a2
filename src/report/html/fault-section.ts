import type { KeyAccount } from '../../checker/counter/accounting.ts';
import type { History, OpIndex } from '../../checker/history.ts';
import { formatMs } from '../../model/duration.ts';
import type { RunEvent } from '../../model/event.ts';
import type { FaultRecord } from '../../model/fault.ts';
import { masteredShard } from '../../model/fault.ts';
import { rateSlices } from '../rate-slices.ts';
import { timelineRows } from '../timeline-rows.ts';
import { faultChartSvg } from './fault-chart.ts';
import { lanesOf } from './lanes.ts';
import { html, type Markup, nothing, trusted } from './markup.ts';
import { pointOf, requestPoints } from './request-points.ts';

export interface FaultEvidence {
  readonly events: readonly RunEvent[];
  readonly history: History;
  readonly accounts: readonly KeyAccount[];
}

/** Shown before the fault and after all is redundant again, µs. */
const beforeUs = 3_000_000;
const afterUs = 5_000_000;
const slices = 160;
/** So many contradictions are told apart one by one; what is more is an avalanche, and is counted. */
const mostContradictions = 2000;

/**
 * One fault: its chart, and the outage taken apart beside the prediction. `dots`: how many requests the
 * chart may draw; a page's size does not grow with the run. A chart that cannot be drawn says so in its
 * place and touches nothing else.
 */
export function faultSection(fault: FaultRecord, evidence: FaultEvidence, dots: number): Markup {
  const { target, mode, name, id } = fault;
  return html`<section id="${anchorOf(fault)}" tabindex="-1">
<h2>${id}: ${name} of ${target.pod} <span class="mode">${mode}</span></h2>
<p>${target.pod} was ${target.role}${masteredShard(target) === null ? '' : ` of ${masteredShard(target)}`} at ${fault.oldIp}, and is now at ${fault.newIp}. ${target.nodeId === null ? '' : `Node ${target.nodeId}.`}</p>
<figure>${chartOf(fault, evidence, dots)}</figure>
${outageTable(fault)}
</section>`;
}

export function anchorOf({ id, target }: FaultRecord): string {
  return `fault-${id}-${target.pod}`;
}

function chartOf(fault: FaultRecord, evidence: FaultEvidence, dots: number): Markup {
  const { timeline } = fault;
  if (timeline.injectedMs === null) return html`<p>The fault was not done: nothing to draw.</p>`;
  try {
    const last = Object.values(timeline).reduce<number>((most, ms) => Math.max(most, ms ?? 0), 0);
    const fromS = Math.max(0, Math.floor((timeline.injectedMs * 1000 - beforeUs) / 1e6));
    const toS = Math.ceil((last * 1000 + afterUs) / 1e6);
    const span = { fromUs: fromS * 1e6, toUs: toS * 1e6 };
    const points = requestPoints(evidence.history, span, dots);
    const contradictions = contradictionsIn(evidence, span);
    const svg = faultChartSvg({
      fromS,
      toS,
      timeline,
      points,
      contradictions: contradictions.slice(0, mostContradictions),
      rates: rateSlices(evidence.history, span, slices),
      lanes: lanesOf(evidence.events, span),
    });
    const thinned =
      points.drawn < points.total
        ? ` ${points.drawn} of ${points.total} requests are drawn: a dot that would lie on another is left out.`
        : '';
    return html`<div class="chart" role="img" aria-label="Requests, rate and the role of each server over the time of ${fault.id}; the table below has its moments">${trusted(svg)}</div>
<figcaption>Latency counts from when the schedule wanted a request to start.${thinned} ${contradictions.length > mostContradictions ? `Of ${contradictions.length} lost, doubly applied or phantom requests the first ${mostContradictions} are drawn.` : 'Lost, doubly applied and phantom requests are never left out.'}</figcaption>`;
  } catch (error) {
    return html`<p>The chart could not be drawn: ${error instanceof Error ? error.message : String(error)}. Everything it shows is in events.ndjson and history.ndjson.</p>`;
  }
}

function contradictionsIn(
  { accounts, history }: FaultEvidence,
  span: { readonly fromUs: number; readonly toUs: number },
) {
  const inside = (index: OpIndex) => {
    const us = history.startUs[index] ?? 0;
    return us >= span.fromUs && us <= span.toUs;
  };
  return accounts
    .flatMap(({ lost, duplicate, phantom }) => [...lost, ...duplicate, ...phantom])
    .filter(inside)
    .map((index) => pointOf(history, index));
}

/** Fault → suspected → failed → promoted → …: each stage's own length, and the promotion's prediction. */
function outageTable(fault: FaultRecord): Markup {
  const rows = timelineRows(fault).toSorted(
    (a, b) => (a.atMs ?? Number.POSITIVE_INFINITY) - (b.atMs ?? Number.POSITIVE_INFINITY),
  );
  const { predictedMs, timeline } = fault;
  const promotedMs =
    timeline.promotedMs !== null && timeline.stoppedMs !== null
      ? timeline.promotedMs - timeline.stoppedMs
      : null;
  const lines = rows.map(({ what, atMs, sinceStopMs }, index) => {
    const previousMs = rows[index - 1]?.atMs ?? null;
    const stepMs = atMs !== null && previousMs !== null ? atMs - previousMs : null;
    return html`<tr><th scope="row">${what}</th><td>${ms(atMs)}</td><td>${signed(sinceStopMs)}</td><td>${signed(stepMs)}</td></tr>`;
  });
  const predicted =
    predictedMs === null
      ? nothing
      : html`<p>Promotion predicted ${formatMs(predictedMs.lowMs)} to ${formatMs(predictedMs.highMs)} after the exit, measured ${promotedMs === null ? 'none' : formatMs(promotedMs)}.</p>`;
  return html`${predicted}<table><caption>The outage taken apart</caption><thead><tr><th scope="col">moment</th><th scope="col">in the run</th><th scope="col">after the exit</th><th scope="col">after the one before</th></tr></thead><tbody>${lines}</tbody></table>`;
}

function ms(value: number | null): string {
  return value === null ? '–' : formatMs(value);
}

function signed(value: number | null): string {
  if (value === null) return '–';
  return `${value < 0 ? '−' : '+'}${formatMs(Math.abs(value))}`;
}
