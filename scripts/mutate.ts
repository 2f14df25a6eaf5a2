/**
 * Mutation testing of src/checker: changes one place at a time and runs those of the checker's unit
 * tests that come by it, one of which must fail. StrykerJS 10.1 stops at TypeScript 7 (its sandbox calls
 * `ts.parseConfigFileTextToJson`, which the native compiler does not have). `npm run mutate [-- --sample 300]
 * [--seed 1] [--only history,load] [--minutes 10] [--again]`; out of time it reports on what it got to.
 * `--again` takes over what earlier runs saw noticed by tests that are still the same.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/platform/random.ts';
import { Memory } from './mutation/memory.ts';
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
    again: { type: 'boolean', default: false },
  },
});

const only = options.only.split(',');
const folder = join(root, 'src', 'checker');
const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && only.some((part) => name.includes(part)))
  .sort()
  .flatMap((name) => mutantsOf(`src/checker/${name}`, readFileSync(join(folder, name), 'utf8')));
const count = Number(options.sample);
const mutants =
  count > 0 ? seededRandom(Number(options.seed)).shuffle(all).slice(0, count) : [...all];

const tried: Tried[] = [];
const memory = new Memory(root);
const { tests, covering } = await new WorkerProcess().baseline(mutants);
const waiting = mutants.flatMap((mutant, index) => {
  const numbers = covering[index] ?? [];
  const known = options.again ? memory.of(mutant) : null;
  if (!known) return [{ mutant, numbers }];
  tried.push({ mutant, fate: known, tests: numbers.length });
  return [];
});
const takenOver = tried.length;
await Promise.all(Array.from({ length: Number(options.workers) }, () => work()));
memory.save();
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
    if ('file' in fate) memory.keep(mutant, fate);
    if (tried.length % 100 === 0) memory.save();
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
    takenOver,
    vitest: vitestVersion(),
  });
  process.stdout.write(`\n${text}`);
  if (options.only === '') writeFileSync(join(root, 'docs', 'results', 'mutation.md'), text);
  process.exitCode = scoreOf(tried) >= wantedScore ? 0 : 1;
}

function vitestVersion(): string {
  const path = join(root, 'node_modules', 'vitest', 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
