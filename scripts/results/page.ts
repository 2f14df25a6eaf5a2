import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page of docs/results: what it shows, the command that makes it, and one row a run. */
export interface ResultPage {
  readonly name: string;
  readonly title: string;
  /** What the rows show and how to read them. */
  readonly about: string;
  readonly command: string;
  readonly columns: readonly string[];
}

/**
 * Rows are added and never taken away: a run that came out otherwise stays beside the one that was
 * made again. Every row begins with its date and ends with its seed.
 */
export function addRow(page: ResultPage, seed: number | string, cells: readonly string[]): void {
  const folder = join(import.meta.dirname, '..', '..', 'docs', 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${page.name}.md`);
  const columns = ['date (UTC)', ...page.columns, 'seed'];
  const head = [
    `# ${page.title}`,
    '',
    page.about,
    '',
    `\`${page.command}\` adds the rows; Node ${process.version}, two cores, shared with other work.`,
    '',
    `| ${columns.join(' | ')} |`,
    `|${'---|'.repeat(columns.length)}`,
    '',
  ].join('\n');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (!text.startsWith(`# ${page.title}\n`)) writeFileSync(file, head);
  const date = new Date().toISOString().slice(0, 16).replace('T', ' ');
  const row = `| ${[date, ...cells, String(seed)].map(cell).join(' | ')} |`;
  console.log(row);
  appendFileSync(file, `${row}\n`);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** `8.3 s`, or a dash for what did not happen. */
export function seconds(ms: number | null | undefined): string {
  return ms == null ? '–' : `${(ms / 1000).toFixed(1)} s`;
}
