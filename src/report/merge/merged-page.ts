import { formatMs } from '../../model/duration.ts';
import { html, nothing, trusted } from '../html/markup.ts';
import { stylesheet } from '../html/stylesheet.ts';
import { statisticsLines } from '../statistics-lines.ts';
import type { MergedReport } from './merge.ts';
import { countsText } from './merged-markdown.ts';

/** One page over all runs, what went wrong first. Each run's own page is in its own report folder. */
export function mergedPage(merged: MergedReport): string {
  const { verdict, runs, reasons, statistics } = merged;
  const rows = runs.map(
    (run) =>
      html`<tr><td class="${run.verdict}">${run.verdict}</td><th scope="row">${run.id}</th><td>${run.seed}</td><td>${run.provider}</td><td>${run.redis}</td><td>${run.fault}</td><td>${run.longestOutageMs === null ? '–' : formatMs(run.longestOutageMs)}</td><td>${run.lost}</td><td>${run.reason}</td></tr>`,
  );
  const why = reasons.slice(0, 40).map((line) => html`<li>${line}</li>`);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${verdict.toUpperCase()}: ${countsText(merged)}</title>
<style>${trusted(stylesheet)}</style>
</head>
<body>
<main>
<p><span class="verdict ${verdict}">${verdict.toUpperCase()}</span></p>
<h1>${countsText(merged)}</h1>
${why.length > 0 ? html`<h2>Why</h2><ul class="plain">${why}</ul>` : nothing}
${statistics === null ? nothing : html`<h2>Fail-overs</h2><ul class="plain">${statisticsLines(statistics).map((line) => html`<li>${line}</li>`)}</ul>`}
<section><h2>Runs</h2><div class="wide"><table><thead><tr><th scope="col">verdict</th><th scope="col">run</th><th scope="col">seed</th><th scope="col">provider</th><th scope="col">Redis</th><th scope="col">fault</th><th scope="col">longest outage</th><th scope="col">lost</th><th scope="col">why</th></tr></thead><tbody>${rows}</tbody></table></div></section>
</main>
</body>
</html>
`.markup;
}
