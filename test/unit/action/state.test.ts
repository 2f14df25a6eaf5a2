import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readState, saveRun, saveVerdict } from '../../../src/action/state.ts';
import { type FakeRunner, openRunner } from './runner.ts';

let runner: FakeRunner;
beforeEach(() => {
  runner = openRunner();
});
afterEach(() => runner[Symbol.dispose]());

/** What the runner does between main and post. */
function handOver(): void {
  for (const [name, value] of Object.entries(runner.values('GITHUB_STATE'))) {
    vi.stubEnv(`STATE_${name}`, value);
  }
}

test('post knows what main saved', () => {
  saveRun({ runId: 'r1', journalDir: '/t/journal', keep: 'on-failure' });
  saveVerdict('fail');
  handOver();
  expect(readState()).toEqual({
    runId: 'r1',
    journalDir: '/t/journal',
    keep: 'on-failure',
    verdict: 'fail',
  });
});

test('a main that was killed has no verdict', () => {
  saveRun({ runId: 'r1', journalDir: '/t/journal', keep: 'never' });
  handOver();
  expect(readState()).toMatchObject({ runId: 'r1', verdict: null });
});

test('a main that made nothing left nothing', () => {
  handOver();
  expect(readState()).toBeNull();
});
