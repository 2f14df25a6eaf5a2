import { formatMs } from '../../model/duration.ts';
import type { FaultRecord } from '../../model/fault.ts';
import type { Report } from '../../model/report.ts';
import { answers, headline } from '../answers.ts';
import { statisticsLines } from '../statistics-lines.ts';
import { anchorOf } from './fault-section.ts';
import { html, type Markup, nothing } from './markup.ts';

const maxReasons = 20;

/** What a reader needs who reads nothing else: verdict, why, the three questions, each fault's recovery. */
export function firstScreen(report: Report): Markup {
  const { verdict, reasons, environment: e, run } = report;
  const why = reasons.slice(0, maxReasons).map((line) => html`<li>${line}</li>`);
  const more =
    reasons.length > maxReasons ? html`<li>and ${reasons.length - maxReasons} more</li>` : nothing;
  return html`<header>
<p><span class="verdict ${verdict}">${verdict.toUpperCase()}</span></p>
<h1>${headline(report)}</h1>
<p class="mode">${e.topology} on ${e.provider}, Redis ${e.redis}, Kubernetes ${e.kubernetes}; run ${run.id}, seed ${run.seed}, ${run.startedAt}, ${formatMs(run.wallMs)}</p>
<dl class="first">${answers(report).map(({ question, answer }) => html`<dt>${question}</dt><dd>${answer}</dd>`)}</dl>
${why.length > 0 ? html`<h2>Why</h2><ul class="plain">${why}${more}</ul>` : nothing}
${recoveries(report)}
</header>`;
}

function recoveries({ faults, statistics }: Report): Markup {
  if (faults.length === 0) return nothing;
  const rows = faults.map((fault) => {
    const { timeline: t, target } = fault;
    const since = t.stoppedMs ?? t.injectedMs;
    const after = (ms: number | null) =>
      ms === null || since === null ? '–' : formatMs(Math.max(0, ms - since));
    return html`<tr><th scope="row"><a href="#${anchorOf(fault)}">${fault.id}: ${target.pod}</a></th><td>${fault.name}</td><td>${fault.mode}</td><td>${after(t.promotedMs)}</td><td>${after(t.firstOkMs)}</td><td>${after(t.redundantMs)}</td><td>${predicted(fault)}</td></tr>`;
  });
  const told = statistics ? statisticsLines(statistics).map((line) => html`<li>${line}</li>`) : [];
  return html`<div class="wide"><table><caption>Recovery, counted from the exit</caption><thead><tr><th scope="col">fault</th><th scope="col">what</th><th scope="col">came out</th><th scope="col">promoted</th><th scope="col">first good answer</th><th scope="col">redundant again</th><th scope="col">promotion predicted</th></tr></thead><tbody>${rows}</tbody></table></div>
${told.length > 0 ? html`<ul class="plain">${told}</ul>` : nothing}`;
}

function predicted({ predictedMs }: FaultRecord): string {
  return predictedMs === null
    ? '–'
    : `${formatMs(predictedMs.lowMs)} to ${formatMs(predictedMs.highMs)}`;
}
