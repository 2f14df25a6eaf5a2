import { entries } from './entries.ts';
import type { Row, RunResult, ZooOptions } from './run.ts';

/** The zoo's result as a Markdown page that somebody can check and repeat. */
export function zooPage(
  rows: readonly Row[],
  options: ZooOptions,
  command: string,
  startedAt: Date,
  wallSeconds: number,
): string {
  const sisters = [...new Set(rows.map(({ sister }) => sister))];
  const environment = rows.find(({ bad }) => bad.report)?.bad.report?.environment;
  const asWanted = rows.filter(({ wrong }) => wrong.length === 0).length;
  const part =
    rows.length < entries.length ? ` (A part: the zoo has ${entries.length} set-ups.)` : '';
  return `# The known-bad zoo on ${options.provider}

${asWanted} of ${rows.length} set-ups red with the named check and for the named reason, their healthy sisters green.${part}

- command: \`${command}\`
- date: ${startedAt.toISOString().slice(0, 10)}, seed ${options.seed}, ${options.jobs} at a time, ${Math.round(wallSeconds)} s in all
- Redis ${environment?.redis ?? 'unknown'}, ${environment?.kubernetes ?? 'unknown'}, Node ${process.version}, ${environment?.host.cpus ?? '?'} CPUs

${rowTable(rows)}

## Healthy sisters

${sisterTable(sisters)}

Why each is red, in the tool's words:

${rows.map(whyLine).join('\n')}
`;
}

export function rowTable(rows: readonly Row[]): string {
  const lines = rows.map(({ entry, bad, sister, redSeen, wrong }) => {
    const others = redSeen.filter((id) => id !== entry.red);
    const seen = redSeen.includes(entry.red) ? 'red' : 'NOT RED';
    const verdict = bad.report?.verdict ?? 'no report';
    const green =
      sister.report?.verdict === 'pass' ? 'green' : (sister.report?.verdict ?? 'no report');
    const mark = wrong.length === 0 ? 'ok' : 'WRONG';
    return `| ${entry.name} | \`${entry.fault.join(' ')}\` | ${entry.red} | ${seen} | ${others.join(' ') || '–'} | ${verdict} | ${bad.seconds.toFixed(0)} | ${green} (${entry.sister}) | ${mark} |`;
  });
  return [
    '| set-up | fault | wanted red | seen | also red | verdict | s | healthy sister | |',
    '|---|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

function sisterTable(sisters: readonly RunResult[]): string {
  const lines = sisters.map(({ command, seconds, report }) => {
    const outcome = report?.verdict ?? 'no report';
    const expected = (report?.checks ?? []).filter(({ expectedRed }) => expectedRed);
    const notes = expected.map(({ id }) => `${id} (expected red)`).join(' ') || '–';
    return `| \`${command}\` | ${outcome} | ${notes} | ${seconds.toFixed(0)} |`;
  });
  return ['| command | verdict | reds not claimed | s |', '|---|---|---|---|', ...lines].join('\n');
}

function whyLine({ entry, bad }: Row): string {
  const check = bad.report?.checks.find(
    ({ id, verdict }) => id === entry.red && verdict === 'fail',
  );
  if (!check) return `- ${entry.name}: not red`;
  const why = check.why ? ` ${check.why}.` : '';
  const observed = check.observed.replaceAll(/\s+/g, ' ').slice(0, 300);
  return `- **${entry.name}**, ${entry.red}: ${observed}.${why}`;
}
