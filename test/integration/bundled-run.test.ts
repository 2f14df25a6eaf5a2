import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWorkspace, readReport } from '../support/run-tool.ts';

/**
 * Goal: the committed bundle does the whole job with Node alone. Method: copies of dist/ and
 * manifests/ far from any node_modules, a plain delete on the embedded provider.
 */
test('dist/cli.cjs runs on the embedded provider without node_modules', () => {
  using workspace = openWorkspace();
  const root = join(import.meta.dirname, '..', '..');
  for (const name of ['dist', 'manifests', 'package.json']) {
    cpSync(join(root, name), join(workspace.dir, 'tool', name), { recursive: true });
  }
  const result = spawnSync(
    process.execPath,
    [
      join(workspace.dir, 'tool', 'dist', 'cli.cjs'),
      'run',
      '--provider',
      'embedded',
      '--hold',
      'none',
    ],
    { cwd: workspace.dir, env: { ...workspace.env, NODE_PATH: '' }, encoding: 'utf8' },
  );
  expect(result.status, result.stderr + result.stdout).toBe(0);
  const { report } = readReport(workspace.reportDir);
  expect(report.faults[0]?.mode).toBe('restarted');
  expect(report.verdict).toBe('pass');
}, 120_000);
