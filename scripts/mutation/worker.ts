/** A process that runs the checker's tests, as they are or with one mutant, as often as it is asked to. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Covered, ran, startCoverage } from './coverage.ts';
import { Modules } from './modules.ts';
import { type Mutant, mutated } from './mutants.ts';
import type { Answer, Baseline, Fate, Noticed, Request, TestName } from './protocol.ts';
import { beginFile, declaredTests, runTest, type Test, vitestFacade } from './suite.ts';

const root = join(import.meta.dirname, '..', '..');
const testFolder = 'test/unit/checker';
/** No test takes a tenth of this work; a mutant that loops for ever is noticed by it. */
const workMs = 3000;
/** The time in which that work is done where nobody else needs the processor. */
const timeoutMs = 5000;
/** For loading a test file: what a busy machine needs for it, and more. */
const loadTimeoutMs = 120_000;

const modules = new Modules(new Map([['vitest', vitestFacade]]), loadTimeoutMs);

process.on('message', async (request: Request) => {
  try {
    process.send?.(await answer(request));
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.send?.({ kind: 'broken', message } satisfies Answer);
  }
});

async function answer(request: Request): Promise<Answer> {
  if (request.kind === 'baseline') {
    return { kind: 'baseline', baseline: await baselineOf(request.mutants) };
  }
  const fate = await fateOf(request.mutant, request.tests);
  return { kind: 'fate', fate, memoryMb: process.memoryUsage.rss() / 2 ** 20 };
}

/** Runs every test unmutated, which must pass, and says which of them run which mutant's place. */
async function baselineOf(mutants: readonly Mutant[]): Promise<Baseline> {
  const look = await startCoverage();
  for (const file of new Set(mutants.map(({ file }) => file))) {
    await modules.evaluate(join(root, file));
  }
  const loading = await look();
  const tests: Baseline['tests'][number][] = [];
  const coverage: Covered[][] = [];
  const files = readdirSync(join(root, testFolder)).filter((name) => name.endsWith('.test.ts'));
  for (const name of files.sort()) {
    const file = `${testFolder}/${name}`;
    beginFile(file);
    await modules.evaluate(join(root, file));
    const declaring = await look();
    for (const test of declaredTests()) {
      const began = process.cpuUsage();
      await runTest(test, loadTimeoutMs);
      const { user } = process.cpuUsage(began);
      const costMs = user / 1000 + modules.reached(join(root, file)).size;
      tests.push({ file, name: test.name, costMs });
      coverage.push([declaring, await look()]);
    }
  }
  return {
    tests,
    covering: mutants.map((mutant) => {
      const path = join(root, mutant.file);
      const whileLoading = ran(loading, path, mutant.offset);
      return tests.flatMap(({ file }, number) => {
        const runs = coverage[number]?.some((covered) => ran(covered, path, mutant.offset));
        return runs || (whileLoading && modules.reaches(join(root, file), path)) ? [number] : [];
      });
    }),
  };
}

async function fateOf(mutant: Mutant, tests: readonly TestName[]): Promise<Fate> {
  const path = join(root, mutant.file);
  let load: (file: string) => Promise<void>;
  try {
    load = modules.changed(path, mutated(readFileSync(path, 'utf8'), mutant));
  } catch {
    return { fate: 'invalid' };
  }
  const loaded = new Map<string, readonly Test[]>();
  for (const { file, name } of tests) {
    let declared = loaded.get(file);
    if (!declared) {
      beginFile(file);
      const failure = await attemptLoad(() => load(join(root, file)));
      if (failure) return { ...failure, file, why: `loading: ${failure.why}` };
      declared = declaredTests();
      loaded.set(file, declared);
    }
    for (const test of declared.filter((candidate) => candidate.name === name)) {
      const failure = await attempt(test);
      if (failure) return { ...failure, file, why: `${name}: ${failure.why}` };
    }
  }
  return { fate: 'survived' };
}

type Failure = Omit<Noticed, 'file'>;

async function attemptLoad(action: () => Promise<void>): Promise<Failure | null> {
  try {
    await action();
    return null;
  } catch (error) {
    if (isTimeout(error)) return { fate: 'hung', why: `over ${loadTimeoutMs} ms` };
    return { fate: 'killed', why: firstLine(error) };
  }
}

/** What went wrong; out of time counts only when it was spent on work, else it gets more of it. */
async function attempt(test: Test): Promise<Failure | null> {
  for (let ms = timeoutMs; ; ms *= 2) {
    const before = process.cpuUsage();
    try {
      await runTest(test, ms);
      return null;
    } catch (error) {
      if (!isTimeout(error)) return { fate: 'killed', why: firstLine(error) };
      const { user, system } = process.cpuUsage(before);
      const workedMs = (user + system) / 1000;
      if (workedMs >= workMs)
        return { fate: 'hung', why: `after ${Math.round(workedMs)} ms of work` };
    }
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return (text.split('\n')[0] ?? '').slice(0, 200);
}
