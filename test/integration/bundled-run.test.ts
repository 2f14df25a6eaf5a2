import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runForVerdict } from '../support/machine/run-for-verdict.ts';
import { openWorkspace, readReport } from '../support/run-tool.ts';

/**
 * Goal: the committed bundle does the whole job with Node alone. Method: copies of dist/ and
 * manifests/ far from any node_modules, a plain delete on the embedded provider.
 */
const root = join(import.meta.dirname, '..', '..');
const tool = mkdtempSync(join(tmpdir(), 'rkc-tool-'));
afterAll(() => rmSync(tool, { recursive: true, force: true }));

test('dist/cli.cjs runs on the embedded provider without node_modules', async () => {
  for (const name of ['dist', 'manifests', 'package.json']) {
    cpSync(join(root, name), join(tool, name), { recursive: true });
  }
  using workspace = openWorkspace(join(tool, 'dist', 'cli.cjs'));
  workspace.env.NODE_PATH = '';
  const args = ['run', '--provider', 'embedded', '--hold', 'none'];
  const result = await runForVerdict(workspace, args);
  expect(result.exitCode, result.stderr + result.stdout).toBe(0);
  const { report } = readReport(workspace.reportDir);
  expect(report.faults[0]?.mode).toBe('restarted');
  expect(report.verdict).toBe('pass');
});
