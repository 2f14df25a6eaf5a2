import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mainStep } from '../../../src/action/main-step.ts';
import { InterruptedError } from '../../../src/model/errors.ts';
import { type FakeRunner, openRunner } from './runner.ts';

/** Goal: a step that cannot start says why and touches nothing. The whole step: test/e2e/act.test.ts. */

let runner: FakeRunner;
beforeEach(() => {
  runner = openRunner();
});
afterEach(() => runner[Symbol.dispose]());
const never = new AbortController().signal;

test('a wrong input is an annotation, and nothing is saved for post', async () => {
  runner.with({ rate: 'fast' });
  expect(await mainStep(never)).toBe('failure');
  expect(runner.log()).toMatch(/^::error .*input rate: expected/m);
  expect(runner.values('GITHUB_OUTPUT')).toEqual({ verdict: 'error' });
  expect(runner.values('GITHUB_STATE')).toEqual({});
  expect(existsSync(join(runner.dir, 'temp'))).toBe(false);
});

test('a wrong plan is annotated where it stands', async () => {
  const plan = join(runner.dir, 'chaos.yaml');
  writeFileSync(plan, 'faults:\n  name: master-delet\n');
  runner.with({ plan });
  expect(await mainStep(never)).toBe('failure');
  expect(runner.log()).toMatch(
    /^::error [^\n]*file=chaos\.yaml,line=2[^\n]*did you mean master-delete/m,
  );
});

test('a report folder with somebody else’s files is refused, before anything is made', async () => {
  const dir = join(runner.dir, 'mine');
  mkdirSync(dir);
  writeFileSync(join(dir, 'thesis.md'), '');
  runner.with({ 'report-dir': dir, seed: '42' });
  expect(await mainStep(never)).toBe('failure');
  expect(runner.log()).toMatch(/^::error [^\n]*thesis\.md/m);
  expect(runner.values('GITHUB_OUTPUT')).toEqual({
    verdict: 'error',
    seed: '42',
    'report-dir': dir,
  });
  // saved before anything is made, so that post knows where to look whatever happens
  expect(runner.values('GITHUB_STATE')).toMatchObject({
    journalDir: join(runner.dir, 'temp', 'redis-k8s-chaos', 'journal'),
    keep: 'never',
  });
});

test('a step that was cancelled before it began fails as interrupted', async () => {
  runner.with({ provider: 'embedded', 'report-dir': join(runner.dir, 'report') });
  const reason = new InterruptedError('stopped by SIGINT');
  expect(await mainStep(AbortSignal.abort(reason))).toBe('failure');
  expect(runner.log()).toMatch(/^::error title=redis-k8s-chaos%3A interrupted::stopped by SIGINT/m);
});

test('a password from the environment is masked before the run', async () => {
  runner.with({ auth: 'env:HUSH', provider: 'embedded', topology: 'cluster' });
  process.env.HUSH = 's3cret-word';
  try {
    await mainStep(AbortSignal.abort(new InterruptedError('stopped')));
  } finally {
    delete process.env.HUSH;
  }
  expect(runner.log()).toContain('::add-mask::s3cret-word');
});
