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
/** No test takes a tenth of this; a mutant that loops for ever is noticed by it. */
const timeoutMs = 10_000;
/** On a busy machine less work than this in that time says nothing. */
const workedMs = 6000;

const modules = new Modules(new Map([['vitest', vitestFacade]]), timeoutMs);

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
      const began = performance.now();
      await runTest(test, timeoutMs);
      tests.push({ file, name: test.name, ms: performance.now() - began });
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
  } catch (error) {
    return { fate: 'invalid', why: firstLine(error) };
  }
  const loaded = new Map<string, readonly Test[]>();
  for (const { file, name } of tests) {
    let declared = loaded.get(file);
    if (!declared) {
      beginFile(file);
      const failure = await attempt(() => load(join(root, file)));
      if (failure) return { ...failure, why: `${file} does not load: ${failure.why}` };
      declared = declaredTests();
      loaded.set(file, declared);
    }
    for (const test of declared.filter((candidate) => candidate.name === name)) {
      const failure = await attempt(() => runTest(test, timeoutMs));
      if (failure) return { ...failure, why: `${file}: ${name}: ${failure.why}` };
    }
  }
  return { fate: 'survived' };
}

/** What went wrong; out of time counts only when it was spent on work. */
async function attempt(action: () => Promise<void>): Promise<Noticed | null> {
  for (;;) {
    const before = process.cpuUsage();
    try {
      await action();
      return null;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') return { fate: 'killed', why: firstLine(error) };
      const { user, system } = process.cpuUsage(before);
      if ((user + system) / 1000 >= workedMs) return { fate: 'hung', why: `over ${timeoutMs} ms` };
    }
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return (text.split('\n')[0] ?? '').slice(0, 200);
}
