import { formatMs } from '../../model/duration.ts';
import { escapedCell, withinLimit } from '../markdown.ts';
import { statisticsLines } from '../statistics-lines.ts';
import type { MergedReport } from './merge.ts';

const marks = { pass: '✅', fail: '❌', inconclusive: '❔', error: '💥' } as const;

/** The whole matrix for a job summary or a pull request's comment. */
export function mergedMarkdown(merged: MergedReport): string {
  const { verdict, runs, reasons, statistics, operations: o } = merged;
  const rows = runs.map(
    (run) =>
      `| ${marks[run.verdict]} ${run.verdict} | ${run.seed} | ${escapedCell(run.provider)} | ${escapedCell(run.redis)} | ${escapedCell(run.fault)} | ${run.longestOutageMs === null ? '–' : formatMs(run.longestOutageMs)} | ${run.lost} | ${run.id} |`,
  );
  const why = reasons.map((reason) => `- ${escapedCell(reason)}`);
  const parts = [
    `## ${marks[verdict]} ${countsText(merged)}`,
    why.length > 0 ? ['### Why', '', ...why.slice(0, 40)].join('\n') : '',
    statistics === null
      ? ''
      : ['### Fail-overs', '', ...statisticsLines(statistics).map((line) => `- ${line}`)].join(
          '\n',
        ),
    [
      '### Runs',
      '',
      '| verdict | seed | provider | Redis | fault | longest outage | lost | run |',
      '|---|---|---|---|---|---|---|---|',
      ...rows,
    ].join('\n'),
    `${o.attempted} requests in all: ${o.ok} acknowledged, ${o.rejected} rejected, ${o.indeterminate} unknown; lost ${o.lost}, applied twice ${o.duplicate}, phantom ${o.phantom}.`,
  ];
  return withinLimit(`${parts.filter((part) => part !== '').join('\n\n')}\n`, 'merged.json');
}

/** `20 runs: 18 pass, 1 fail, 1 inconclusive`. */
export function countsText({ runs, counts }: MergedReport): string {
  const said = (['pass', 'fail', 'inconclusive', 'error'] as const)
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${verdict}`);
  return `${runs.length} run${runs.length === 1 ? '' : 's'}: ${said.join(', ')}`;
}
