import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { heldAgainst } from '../../../src/action/baseline.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { reportOf } from './report.ts';
import { type FakeRunner, openRunner } from './runner.ts';

let runner: FakeRunner;
beforeEach(() => {
  runner = openRunner();
});
afterEach(() => runner[Symbol.dispose]());

function store(name: string, longestOutageMs: number, rate = 200): string {
  const folder = join(runner.dir, name);
  mkdirSync(folder, { recursive: true });
  const report = reportOf();
  const changed = {
    ...report,
    plan: { ...report.plan, load: { ...report.plan.load, rate } },
    operations: { ...report.operations, longestOutageMs },
  };
  writeFileSync(join(folder, 'report.json'), JSON.stringify(changed));
  return folder;
}

test('worse than the baseline is an annotation, a table in the summary, and false', async () => {
  const base = store('base', 5000);
  expect(await heldAgainst(base, store('now', 9000))).toBe(false);
  expect(runner.log()).toMatch(
    /^::error title=redis-k8s-chaos%3A worse than the baseline::.*outage/m,
  );
  expect(runner.summary()).toContain('| ❌ worse | longest time without an acknowledged write |');
});

test('not worse is the table alone', async () => {
  expect(await heldAgainst(store('base', 5000), store('now', 5100))).toBe(true);
  expect(runner.log()).not.toContain('::error');
  expect(runner.summary()).toContain('Not worse than the base');
});

test('a baseline that is not there yet is a warning', async () => {
  expect(await heldAgainst(join(runner.dir, 'none'), store('now', 5000))).toBe(true);
  expect(runner.log()).toMatch(/^::warning title=redis-k8s-chaos%3A no baseline::/m);
});

test('one that asks something else is refused', async () => {
  const base = store('base', 5000, 100);
  await expect(heldAgainst(base, store('now', 5000))).rejects.toThrow(UsageError);
});
