import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { familyOf, type ProcessEntry, stillAlive } from '../support/process-family.ts';
import { openWorkspace, runTool, startTool, type Workspace } from '../support/run-tool.ts';

/**
 * Goal: whatever ends the tool ends everything it started. Method: real runs, real signals, and a look
 * through /proc for the run's whole family of processes.
 */

/** The family, six Redis servers among them: what must be gone afterwards was there before. */
function wholeFamily(pid: number | undefined): ProcessEntry[] {
  const family = familyOf(pid ?? -1);
  expect(family.filter(({ name }) => /redis|valkey/.test(name)).length).toBeGreaterThanOrEqual(6);
  return family;
}

async function until(what: string, timeoutMs: number, look: () => boolean): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!look()) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function startUntilLoad(workspace: Workspace) {
  const started = startTool(workspace, ['run', '--provider', 'embedded']);
  let seen = '';
  started.child.stderr?.on('data', (text: string) => {
    seen += text;
  });
  await until('the load', 60_000, () => seen.includes('load-before'));
  return started;
}

test('SIGINT: healed, exit 130 within 7 s, nothing left', async () => {
  using workspace = openWorkspace();
  const { child, result } = await startUntilLoad(workspace);
  const family = wholeFamily(child.pid);
  const sent = performance.now();
  child.kill('SIGINT');
  const { exitCode, stderr } = await result;
  expect(exitCode, stderr).toBe(130);
  expect(performance.now() - sent).toBeLessThan(7000);
  expect(stillAlive(family)).toEqual([]);
  expect(readdirSync(join(workspace.dir, 'state', 'redis-k8s-chaos', 'journal'))).toEqual([]);
}, 120_000);

test('SIGKILL: nothing alive 2 s later, and clean finds nothing or cleans it', async () => {
  using workspace = openWorkspace();
  const { child, result } = await startUntilLoad(workspace);
  const family = wholeFamily(child.pid);
  child.kill('SIGKILL');
  await until('everything to be gone', 2000, () => stillAlive(family).length === 0);
  await result;
  const clean = await runTool(workspace, ['clean']);
  expect(clean.exitCode, clean.stderr).toBe(0);
  const again = await runTool(workspace, ['clean']);
  expect(again.stdout).toContain('nothing to clean');
  expect(again.exitCode).toBe(0);
}, 120_000);
