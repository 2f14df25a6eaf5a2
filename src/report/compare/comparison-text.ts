import { formatMs } from '../../model/duration.ts';
import type { CheckChange, Comparison, FigureChange } from './compare.ts';
import { figureNames } from './figures.ts';

/** For a terminal: one line a figure, then the checks that changed. */
export function comparisonText(comparison: Comparison): string {
  const { figures, checks, differences } = comparison;
  const lines = [
    headlineOf(comparison),
    '',
    ...figures.map(
      (figure) =>
        `  ${figure.regressed ? 'WORSE' : 'ok   '}  ${figureNames[figure.id].padEnd(46)} ${value(figure, figure.base)} → ${value(figure, figure.head)}${limitText(figure)}`,
    ),
    ...checks.map(
      (check) =>
        `  ${check.regressed ? 'WORSE' : 'other'}  ${check.id.padEnd(46)} ${check.base} → ${check.head}: ${check.observed}`,
    ),
    ...differences.map((line) => `  note   ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** For a pull request's comment. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { figures, checks, differences } = comparison;
  const rows = [
    ...figures.map(
      (figure) =>
        `| ${mark(figure)} | ${figureNames[figure.id]} | ${value(figure, figure.base)} | ${value(figure, figure.head)} | ${figure.limit === null ? '–' : value(figure, figure.limit)} |`,
    ),
    ...checks.map(
      (check) => `| ${mark(check)} | ${check.id} | ${check.base} | ${check.head} | – |`,
    ),
  ];
  return [
    `### ${headlineOf(comparison)}`,
    '',
    '| | | base | now | up to |',
    '|---|---|---|---|---|',
    ...rows,
    ...(differences.length > 0 ? ['', ...differences.map((line) => `- ${plain(line)}`)] : []),
    '',
  ].join('\n');
}

function headlineOf({ regressed, runs, base, head, figures, checks }: Comparison): string {
  const worse = [...figures, ...checks].filter((change) => change.regressed).length;
  const against = runs === 1 ? 'the base' : `the worst of ${runs} base runs`;
  const verdicts = base === head ? head : `${base} → ${head}`;
  return regressed
    ? `Worse than ${against} in ${worse} of ${figures.length + checks.length} (${verdicts})`
    : `Not worse than ${against} (${verdicts})`;
}

function mark({ regressed }: FigureChange | CheckChange): string {
  return regressed ? '❌ worse' : '✅';
}

function limitText(figure: FigureChange): string {
  return figure.limit === null ? '' : ` (up to ${value(figure, figure.limit)})`;
}

function value({ unit }: FigureChange, amount: number | null): string {
  if (amount === null) return '–';
  return unit === 'ms' ? formatMs(amount) : String(Math.floor(amount));
}

/** Versions come from servers: no Markdown of their own. */
function plain(text: string): string {
  return text.replaceAll(/[\\|`*_[\]<>]/g, '\\$&').replaceAll(/[\r\n]+/g, ' ');
}
