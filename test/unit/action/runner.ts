import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summary } from '@actions/core';
import { vi } from 'vitest';
import { readCommandFile } from '../../support/command-file.ts';

/** The runner's side of a step, as far as a process sees it: environment, files and its output. */
export interface FakeRunner extends Disposable {
  readonly dir: string;
  /** Sets inputs as `with:` does. */
  with(inputs: Readonly<Record<string, string>>): void;
  /** Everything printed so far; workflow commands among it. */
  log(): string;
  /** What was written to a command file, as name → value. */
  values(file: 'GITHUB_OUTPUT' | 'GITHUB_STATE'): Readonly<Record<string, string>>;
  summary(): string;
}

const files = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'] as const;

export function openRunner(): FakeRunner {
  const dir = mkdtempSync(join(tmpdir(), 'rkc-runner-'));
  for (const name of files) {
    writeFileSync(join(dir, name), '');
    vi.stubEnv(name, join(dir, name));
  }
  vi.stubEnv('RUNNER_TEMP', join(dir, 'temp'));
  vi.stubEnv('GITHUB_WORKSPACE', dir);
  // it keeps the first path that it sees: as in a new process, it has seen none
  Reflect.deleteProperty(summary, '_filePath');
  let log = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    log += String(chunk);
    return true;
  });
  return {
    dir,
    with(inputs) {
      for (const [name, value] of Object.entries(inputs)) {
        vi.stubEnv(`INPUT_${name.toUpperCase()}`, value);
      }
    },
    log: () => log,
    values: (file) => readCommandFile(readFileSync(join(dir, file), 'utf8')),
    summary: () => readFileSync(join(dir, 'GITHUB_STEP_SUMMARY'), 'utf8'),
    [Symbol.dispose]() {
      spy.mockRestore();
      vi.unstubAllEnvs();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
