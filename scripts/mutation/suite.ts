import { Script } from 'node:vm';
import { expect } from 'vitest';

/** One test of a file. */
export interface Test {
  readonly file: string;
  /** The describes' names and its own; tests of a table have their row's number. */
  readonly name: string;
  readonly run: () => unknown;
}

type Body = (...row: readonly never[]) => unknown;

/** What was declared since the last `beginFile`. */
let declared: Test[] = [];
let currentFile = '';
const path: string[] = [];

/** What is declared from now on is this file's. */
export function beginFile(file: string): void {
  declared = [];
  path.length = 0;
  currentFile = file;
}

export function declaredTests(): readonly Test[] {
  return declared;
}

function add(name: string, run: () => unknown): void {
  declared.push({ file: currentFile, name: [...path, name].join(' > '), run });
}

/**
 * Vitest's `expect`, with its `describe` and `test` as far as the checker's tests use them: what they
 * declare is kept, and run when asked for. There is nothing else, so nothing is left out in silence.
 */
export const vitestFacade = {
  expect,
  describe(name: string, body: () => void): void {
    path.push(name);
    body();
    path.pop();
  },
  test: Object.assign((name: string, body: Body, _timeoutMs?: number) => add(name, () => body()), {
    each: (rows: readonly unknown[]) => (name: string, body: Body) => {
      for (const [number, row] of rows.entries()) {
        const values = (Array.isArray(row) ? row : [row]) as never[];
        add(`${name} #${number}`, () => body(...values));
      }
    },
  }),
};

const holder = globalThis as { mutationTest?: () => unknown };
const script = new Script('mutationTest()');

/** Runs a test that may loop for ever: the engine itself breaks it off. */
export async function runTest(test: Test, timeoutMs: number): Promise<void> {
  holder.mutationTest = test.run;
  await script.runInThisContext({ timeout: timeoutMs });
}
