import { accountsOf } from '../../checker/counter/accounting.ts';
import { type Evidence, tellStory } from '../../checker/run-story.ts';
import { formatMs } from '../../model/duration.ts';
import type { Report } from '../../model/report.ts';
import { formatPlan } from '../../plan/format.ts';
import { headline } from '../answers.ts';
import { checkList } from './check-list.ts';
import { faultSection } from './fault-section.ts';
import { firstScreen } from './first-screen.ts';
import { html, type Markup, nothing, trusted } from './markup.ts';
import { type NodeFile, nodeFiles } from './node-files.ts';
import { requestStories } from './request-stories.ts';
import { stylesheet } from './stylesheet.ts';

export interface PageInput {
  readonly report: Report;
  readonly evidence: Evidence;
  readonly files: readonly NodeFile[];
}

/** Dots of all charts together: about 40 bytes each, so that the page stays below 2 MB. */
const allDots = 20_000;
const mostDots = 4000;
/** So many faults get a chart of their own; of a longer campaign the rest are in the table. */
const mostCharts = 40;

/**
 * report.html: one file without a request to anywhere, readable with scripts off (it has none). Its size
 * does not grow with the run.
 */
export function htmlPage({ report, evidence, files }: PageInput): string {
  const story = tellStory(evidence);
  const accounts = accountsOf(story);
  const told = { events: story.events, history: story.history, accounts };
  const charted = report.faults.slice(0, mostCharts);
  const dots = Math.min(mostDots, Math.floor(allDots / Math.max(1, charted.length)));
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${report.verdict.toUpperCase()}: ${headline(report)}</title>
<style>${trusted(stylesheet)}</style>
</head>
<body>
<main>
${firstScreen(report)}
${charted.map((fault) => faultSection(fault, told, dots))}
${charted.length < report.faults.length ? html`<p>${report.faults.length - charted.length} more faults have no chart here; their moments are in report.json.</p>` : nothing}
${requestStories(accounts, story.history, story.events)}
${checkList(report.checks)}
${requests(report)}
${nodeFiles(files)}
${settings(report)}
</main>
</body>
</html>
`;
  return page.markup;
}

function requests({ operations: o }: Report): Markup {
  const us = (value: number | null) => (value === null ? '–' : `${(value / 1000).toFixed(1)} ms`);
  const { p50, p95, p99, max } = o.latencyUs;
  return html`<section id="load" tabindex="-1"><h2>Requests</h2>
<table><thead><tr><th scope="col">attempted</th><th scope="col">acknowledged</th><th scope="col">rejected</th><th scope="col">unknown</th><th scope="col">lost</th><th scope="col">applied twice</th><th scope="col">phantom</th><th scope="col">stale</th><th scope="col">final counter</th></tr></thead>
<tbody><tr><td>${o.attempted}</td><td>${o.ok}</td><td>${o.rejected}</td><td>${o.indeterminate}</td><td>${o.lost}</td><td>${o.duplicate}</td><td>${o.phantom}</td><td>${o.stale}</td><td>${o.finalCounter}</td></tr></tbody></table>
<table><caption>Latency of acknowledged requests, from their intended start</caption><thead><tr><th scope="col">p50</th><th scope="col">p95</th><th scope="col">p99</th><th scope="col">longest</th></tr></thead><tbody><tr><td>${us(p50)}</td><td>${us(p95)}</td><td>${us(p99)}</td><td>${us(max)}</td></tr></tbody></table></section>`;
}

function settings({ plan, environment, phases, run, tool, time }: Report): Markup {
  const rows = phases.map(
    ({ name, beginMs, endMs }) =>
      html`<tr><th scope="row">${name}</th><td>${formatMs(beginMs)}</td><td>${formatMs(endMs - beginMs)}</td></tr>`,
  );
  const remarks = environment.fidelity.map((line) => html`<li>${line}</li>`);
  return html`<section id="settings" tabindex="-1"><h2>Settings, and how to run it again</h2>
<p>Version ${tool.version}, Node ${environment.host.node} on ${environment.host.platform} with ${environment.host.cpus} processors. Of ${formatMs(run.wallMs)}: Redis ${formatMs(time.redisMs)}, windows ${formatMs(time.windowsMs)}, cluster ${formatMs(time.clusterMs)}, tool ${formatMs(time.toolMs)}.</p>
<pre>redis-k8s-chaos run plan.yaml --seed ${run.seed}</pre>
<details><summary>plan.yaml</summary><pre>${formatPlan(plan)}</pre></details>
<details><summary>phases</summary><table><thead><tr><th scope="col">phase</th><th scope="col">begun</th><th scope="col">took</th></tr></thead><tbody>${rows}</tbody></table></details>
${remarks.length > 0 ? html`<details><summary>what this provider does otherwise</summary><ul class="plain">${remarks}</ul></details>` : nothing}
</section>`;
}
