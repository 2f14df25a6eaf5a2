/**
 * `npm run zoo -- [--provider embedded|kind] [--only NAME]… [--jobs N] [--seed N] [--keep DIR] [--page] [-- FLAGS]`:
 * runs every known-bad set-up and its healthy sister. Exit 1 when one is not red with its named check,
 * or a sister is not green. A whole zoo (with `--page` also a part) writes docs/results/zoo-PROVIDER.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { entries } from './zoo/entries.ts';
import { startZoo, type ZooOptions } from './zoo/run.ts';
import { rowTable, zooPage } from './zoo/table.ts';

const own = process.argv.slice(2);
const separator = own.indexOf('--');
const { values } = parseArgs({
  args: separator < 0 ? own : own.slice(0, separator),
  options: {
    provider: { type: 'string', default: 'embedded' },
    only: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'string' },
    page: { type: 'boolean', default: false },
  },
});
const names = entries.map(({ name }) => name);
const unknown = values.only.filter((name) => !names.includes(name));
if (unknown.length > 0)
  usageError(`the zoo has no ${unknown.join(', ')}; it has ${names.join(', ')}`);
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());

const options: ZooOptions = {
  provider: values.provider,
  jobs: wholeNumber('jobs', values.jobs, 1),
  seed: wholeNumber('seed', values.seed, 0),
  only: values.only,
  flags: separator < 0 ? [] : own.slice(separator + 1),
  keepDir: values.keep ?? null,
  signal: stop.signal,
};
if (options.keepDir !== null) mkdirSync(options.keepDir, { recursive: true });

const startedAt = new Date();
const rows = await Promise.all(
  [...startZoo(options)].map(async ([name, pending]) => {
    const row = await pending;
    const text = row.wrong.length === 0 ? `red: ${row.entry.red}` : row.wrong.join('\n  ');
    console.error(
      `${row.wrong.length === 0 ? 'ok' : 'WRONG'} ${name} (${row.bad.seconds.toFixed(0)} s): ${text}`,
    );
    return row;
  }),
);
const seconds = (Date.now() - startedAt.getTime()) / 1000;
console.log(rowTable(rows));
const failed = rows.filter(({ wrong }) => wrong.length > 0);
for (const { entry, wrong } of failed) console.log(`\n${entry.name}:\n  ${wrong.join('\n  ')}`);
console.log(
  `\n${rows.length - failed.length} of ${rows.length} as wanted, ${Math.round(seconds)} s`,
);
if ((options.only.length === 0 || values.page) && !stop.signal.aborted) {
  const folder = join(import.meta.dirname, '..', 'docs', 'results');
  mkdirSync(folder, { recursive: true });
  // What it depends on, and no folder of this machine.
  const only = options.only.map((name) => `--only ${name}`);
  const flags = options.flags.length > 0 ? ['--', ...options.flags] : [];
  const { provider, jobs, seed } = options;
  const command = [
    `npm run zoo -- --provider ${provider} --jobs ${jobs} --seed ${seed}`,
    ...only,
    ...flags,
  ].join(' ');
  const page = zooPage(rows, options, command, startedAt, seconds);
  writeFileSync(join(folder, `zoo-${options.provider}.md`), page);
}
process.exitCode = stop.signal.aborted ? 130 : failed.length === 0 ? 0 : 1;

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  return usageError(`--${name} ${text}: expected a whole number of ${least} or more`);
}

function usageError(message: string): never {
  console.error(message);
  process.exit(64);
}
