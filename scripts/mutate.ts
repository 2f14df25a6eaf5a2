/**
 * Mutation testing of src/checker: changes one place at a time in a copy of the project and runs the
 * checker's unit tests, which must notice. StrykerJS 10.1 stops at TypeScript 7 (its sandbox calls
 * `ts.parseConfigFileTextToJson`, which the native compiler does not have). `npm run mutate [-- --sample 300]
 * [--seed 1] [--minutes 10]`; out of time it reports on what it got to.
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/platform/random.ts';
import { type Mutant, mutantsOf, mutated } from './mutation/mutants.ts';
import { explanationOf } from './mutation/survivors.ts';

const root = join(import.meta.dirname, '..');
const wantedScore = 0.9;
/** A mutant that loops for ever is noticed too. */
const timeoutMs = 300_000;

const { values: options } = parseArgs({
  options: {
    sample: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    minutes: { type: 'string', default: '600' },
  },
});

const folder = join(root, 'src', 'checker');
const all = readdirSync(folder)
  .filter((name) => name.endsWith('.ts') && name.includes(options.only))
  .sort()
  .flatMap((name) => mutantsOf(`src/checker/${name}`, readFileSync(join(folder, name), 'utf8')));
const count = Number(options.sample) || all.length;
const mutants = seededRandom(Number(options.seed)).shuffle(all).slice(0, count);

const survivors: Mutant[] = [];
let done = 0;
const waiting = [...mutants];
await Promise.all(Array.from({ length: Number(options.workers) }, () => work()));
report();

/** One copy of the project a worker: nobody else's files are touched. */
async function work(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'rkc-mutate-'));
  try {
    for (const name of ['src', 'test/unit/checker', 'package.json', 'tsconfig.json']) {
      cpSync(join(root, name), join(dir, name), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
    writeFileSync(
      join(dir, 'vitest.config.ts'),
      `export default { test: { include: ['test/unit/checker/**/*.test.ts'], testTimeout: 120000 } };\n`,
    );
    if (!(await passes(dir))) throw new Error('the tests fail without any mutation');
    for (let mutant = waiting.pop(); mutant; mutant = waiting.pop()) {
      if (performance.now() > Number(options.minutes) * 60_000) break;
      const path = join(dir, mutant.file);
      const source = readFileSync(path, 'utf8');
      writeFileSync(path, mutated(source, mutant));
      if (await passes(dir)) {
        survivors.push(mutant);
        process.stderr.write(`\n${mutant.file}:${mutant.line} ${mutant.from} -> ${mutant.to}\n`);
      }
      writeFileSync(path, source);
      done++;
      process.stderr.write(`\r${done} of ${mutants.length}, ${survivors.length} survived `);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function passes(dir: string): Promise<boolean> {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--bail', '1', '--no-isolate', '--maxWorkers', '1', '--silent'];
  const child = spawn(process.execPath, args, {
    cwd: dir,
    env: { ...process.env, MUTATION: '1', CI: '1' },
    stdio: 'ignore',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
}

function report(): void {
  const equivalent = survivors.filter((mutant) => explanationOf(mutant)?.equivalent);
  const tried = done - equivalent.length;
  const killed = done - survivors.length;
  const score = killed / tried;
  const rows = survivors
    .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
    .map((mutant) => {
      const cell = (text: string) => `\`${text.trim().replaceAll('|', '\\|').slice(0, 60)}\``;
      const why = explanationOf(mutant)?.why ?? 'not looked into yet';
      return `| ${mutant.file.replace('src/checker/', '')}:${mutant.line} | ${cell(mutant.from)} | ${cell(mutant.to)} | ${why} |`;
    });
  const text = `# Mutation testing of the checker

Made by \`npm run mutate\` (${done} of ${all.length} possible mutants, drawn with seed ${options.seed}): one place of \`src/checker\` changed
at a time, then \`test/unit/checker\` run. **Score ${(score * 100).toFixed(1)} %**: ${killed} noticed, ${survivors.length} not, of which ${equivalent.length} change nothing
that could be noticed and do not count.

| place | was | became | why no test notices |
|---|---|---|---|
${rows.join('\n')}
`;
  process.stdout.write(`\n${text}`);
  if (options.only === '') writeFileSync(join(root, 'docs', 'results', 'mutation.md'), text);
  process.exitCode = score >= wantedScore ? 0 : 1;
}
