import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeBerth } from '../support/machine/berth.ts';
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
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * A run under load, and how long it took to get there: what ends it must be over sooner than what it ends
 * took to make, on any machine.
 */
async function startUntilLoad(workspace: Workspace) {
  const beginMs = performance.now();
  const started = startTool(workspace, ['run', '--provider', 'embedded']);
  let seen = '';
  started.child.stderr?.on('data', (text: string) => {
    seen += text;
  });
  await until('the load', 180_000, () => seen.includes('load-before'));
  return { ...started, startMs: performance.now() - beginMs };
}

test('SIGINT: healed, exit 130 sooner than it took to start, nothing left', async () => {
  using _berth = await takeBerth();
  using workspace = openWorkspace();
  const { child, result, startMs } = await startUntilLoad(workspace);
  const family = wholeFamily(child.pid);
  const sent = performance.now();
  child.kill('SIGINT');
  const { exitCode, stderr } = await result;
  expect(exitCode, stderr).toBe(130);
  expect(performance.now() - sent).toBeLessThan(startMs);
  expect(stillAlive(family)).toEqual([]);
  expect(readdirSync(join(workspace.dir, 'state', 'redis-k8s-chaos', 'journal'))).toEqual([]);
});

test('SIGKILL: nothing alive soon after, and clean finds nothing or cleans it', async () => {
  using _berth = await takeBerth();
  using workspace = openWorkspace();
  const { child, result, startMs } = await startUntilLoad(workspace);
  const family = wholeFamily(child.pid);
  child.kill('SIGKILL');
  await until('everything to be gone', startMs, () => stillAlive(family).length === 0);
  await result;
  const clean = await runTool(workspace, ['clean']);
  expect(clean.exitCode, clean.stderr).toBe(0);
  const again = await runTool(workspace, ['clean']);
  expect(again.stdout).toContain('nothing to clean');
  expect(again.exitCode).toBe(0);
});
