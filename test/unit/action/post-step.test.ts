import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isKept, postStep } from '../../../src/action/post-step.ts';
import { identify, isAlive, type ProcessIdentity } from '../../../src/platform/process-identity.ts';
import { type FakeRunner, openRunner } from './runner.ts';

/**
 * Goal: post undoes exactly what a killed main step left. Method: a journal as a killed process leaves
 * it, whose undo ends a process that this test started.
 */

let runner: FakeRunner;
let left: ChildProcess;
let identity: ProcessIdentity;
const runId = 'rtest0001';
const until = AbortSignal.timeout(60_000);

beforeEach(async () => {
  runner = openRunner();
  left = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(left, 'spawn');
  identity = identify(left.pid ?? 0);
});
afterEach(() => {
  left.kill('SIGKILL');
  runner[Symbol.dispose]();
});

const journalDir = () => join(runner.dir, 'journal');
const path = () => join(journalDir(), `${runId}.ndjson`);

/** Writes a journal through another process, which is dead when this returns. */
async function journalOfKilledRun(...undos: readonly object[]): Promise<void> {
  const script = `
    const { openJournal } = await import(process.argv[1]);
    const journal = openJournal(process.argv[2], '${runId}');
    for (const undo of ${JSON.stringify(undos)}) await journal.record(undo);
    process.kill(process.pid, 'SIGKILL');`;
  const module = join(import.meta.dirname, '..', '..', '..', 'src', 'run', 'undo', 'journal.ts');
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', script, module, journalDir()],
    { stdio: 'ignore' },
  );
  await once(child, 'close');
  expect(existsSync(path())).toBe(true);
}

function savedByMain(state: Readonly<Record<string, string>> = {}): void {
  const all = { runId, journalDir: journalDir(), keep: 'never', ...state };
  for (const [name, value] of Object.entries(all)) vi.stubEnv(`STATE_${name}`, value);
}

const undoOfLeft = () => ({ kind: 'embedded-node', name: 'node-0', ...identity });

test('ends what a killed run left, and the journal with it', async () => {
  savedByMain();
  await journalOfKilledRun(undoOfLeft());
  expect(isAlive(identity)).toBe(true);
  expect(await postStep(until)).toBe('success');
  expect(isAlive(identity)).toBe(false);
  expect(existsSync(path())).toBe(false);
  expect(runner.log()).toContain('undid embedded-node node-0');
});

test('what is gone already is no failure, also the second time', async () => {
  savedByMain();
  await journalOfKilledRun(undoOfLeft());
  left.kill('SIGKILL');
  await once(left, 'close');
  expect(await postStep(until)).toBe('success');
  expect(await postStep(until)).toBe('success');
  expect(runner.log()).toContain(`run ${runId} cleaned up after itself`);
});

test('one that cannot be undone fails the step, stays on record and does not stop the others', async () => {
  savedByMain();
  await journalOfKilledRun(undoOfLeft(), { kind: 'of-another-version', name: 'x' });
  expect(await postStep(until)).toBe('failure');
  expect(isAlive(identity)).toBe(false);
  expect(existsSync(path())).toBe(true);
  expect(runner.log()).toMatch(/::error .*left behind by run.*cannot undo of-another-version x/);
});

test('keep: always leaves a cluster standing, and nothing will delete it later', async () => {
  savedByMain({ keep: 'always' });
  const cluster = { kind: 'kind-cluster', name: 'rkc-rtest0001', provider: 'docker' };
  await journalOfKilledRun(cluster, undoOfLeft());
  expect(await postStep(until)).toBe('success');
  expect(runner.log()).toContain('kept, as asked: kind-cluster rkc-rtest0001');
  expect(runner.log()).not.toContain('undid kind-cluster');
  expect(isAlive(identity)).toBe(false); // an embedded node is part of the run
  expect(existsSync(path())).toBe(false);
});

test('keep spares no hold', async () => {
  savedByMain({ keep: 'always' });
  const kubeconfig = join(runner.dir, 'no-such-kubeconfig');
  const of = { provider: 'kubeconfig', namespace: 'n', pod: 'redis-0', uid: 'u', finalizer: 'f' };
  await journalOfKilledRun({ kind: 'hold', ...of, kubeconfig, context: 'c' });
  expect(await postStep(until)).toBe('failure'); // it tried: there is no such cluster
  expect(runner.log()).toMatch(/cannot undo hold redis-0: .*no-such-kubeconfig/);
  expect(runner.log()).not.toContain('kept');
});

test('another run’s journal is left alone', async () => {
  savedByMain({ runId: 'rother001' });
  await journalOfKilledRun(undoOfLeft());
  expect(await postStep(until)).toBe('success');
  expect(isAlive(identity)).toBe(true);
  expect(existsSync(path())).toBe(true);
});

test('without a state there is nothing to do', async () => {
  expect(await postStep(until)).toBe('success');
  expect(runner.log()).toContain('main made nothing');
});

test.each([
  ['never', 'fail', false],
  ['always', null, true],
  ['always', 'pass', true],
  ['on-failure', 'pass', false],
  ['on-failure', 'fail', true],
  ['on-failure', 'inconclusive', true],
  ['on-failure', 'error', true],
  ['on-failure', null, false],
] as const)('keep %s after %s: %s', (keep, verdict, kept) => {
  expect(isKept({ keep, verdict })).toBe(kept);
});
