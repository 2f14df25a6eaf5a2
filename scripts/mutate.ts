/**
 * Mutation testing of src/checker: changes one place at a time and runs those of the checker's unit
 * tests that come by it, one of which must fail. StrykerJS 10.1 stops at TypeScript 7 (its sandbox calls
 * `ts.parseConfigFileTextToJson`, which the native compiler does not have). `npm run mutate [-- --sample 300]
 * [--seed 1] [--only history,load] [--minutes 10]`; out of time it reports on what it got to.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/platform/random.ts';
import { mutantsOf } from './mutation/mutants.ts';
import { mutationPage, scoreOf, survivorText, type Tried } from './mutation/page.ts';
import { WorkerProcess } from './mutation/worker-process.ts';

const root = join(import.meta.dirname, '..');
const wantedScore = 0.9;

const { values: options } = parseArgs({
  options: {
    sample: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    minutes: { type: 'string', default: '600' },
  },
});

const only = options.only.split(',');
const folder = join(root, 'src', 'checker');
const all = readdirSync(folder)
  .filter((name) => name.endsWith('.ts') && only.some((part) => name.includes(part)))
  .sort()
  .flatMap((name) => mutantsOf(`src/checker/${name}`, readFileSync(join(folder, name), 'utf8')));
const count = Number(options.sample);
const mutants =
  count > 0 ? seededRandom(Number(options.seed)).shuffle(all).slice(0, count) : [...all];

const tried: Tried[] = [];
const { tests, covering } = await new WorkerProcess().baseline(mutants);
const waiting = mutants.map((mutant, index) => ({ mutant, numbers: covering[index] ?? [] }));
await Promise.all(Array.from({ length: Number(options.workers) }, () => work()));
report();

async function work(): Promise<void> {
  using worker = new WorkerProcess();
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    if (performance.now() > Number(options.minutes) * 60_000) break;
    const { mutant, numbers } = next;
    // The cheapest first: any failure ends it.
    const names = numbers
      .flatMap((number) => tests[number] ?? [])
      .sort((a, b) => a.costMs - b.costMs)
      .map(({ file, name }) => ({ file, name }));
    const fate = await worker.try(mutant, names);
    tried.push({ mutant, fate, tests: names.length });
    if (fate.fate === 'survived') process.stderr.write(`\n${survivorText(mutant)}\n`);
    process.stderr.write(`\r${tried.length} of ${mutants.length} `);
  }
}

function report(): void {
  const { text } = mutationPage(tried, {
    possible: all.length,
    tests: tests.length,
    command: `npm run mutate -- ${process.argv.slice(2).join(' ')}`.replace(/ -- $/, ''),
    seed: options.seed,
    date: new Date().toISOString().slice(0, 10),
    minutes: performance.now() / 60_000,
  });
  process.stdout.write(`\n${text}`);
  if (options.only === '') writeFileSync(join(root, 'docs', 'results', 'mutation.md'), text);
  process.exitCode = scoreOf(tried) >= wantedScore ? 0 : 1;
}
