import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openWorkspace, runTool } from '../../support/run-tool.ts';

/**
 * Goal: bad input ends with exit 64, a message that names it, and nothing touched.
 * Method: the command itself, as a user starts it.
 */
async function refused(args: readonly string[], prepare: (dir: string) => void = () => {}) {
  using workspace = openWorkspace();
  prepare(workspace.dir);
  const result = await runTool(workspace, args);
  expect(result.exitCode, result.stderr).toBe(64);
  expect(existsSync(join(workspace.dir, 'state', 'redis-k8s-chaos', 'journal'))).toBe(false);
  expect(existsSync(workspace.reportDir)).toBe(false);
  return result.stderr;
}

describe.concurrent('refused with exit 64', () => {
  test('an unknown flag, with the one meant', async () => {
    expect(await refused(['run', '--faillovers', '2'])).toMatch(/--faillovers.*--failovers/);
  });
  test('an unknown command', async () => {
    expect(await refused(['rnu'])).toMatch(/rnu.*run/);
  });
  test('manifests that are not there', async () => {
    expect(await refused(['run', '--manifests', 'nowhere.yaml'])).toContain('nowhere.yaml');
  });
  test('manifests that cannot be read', async () => {
    const text = await refused(['run', '--manifests', 'folder.yaml'], (dir) =>
      mkdirSync(join(dir, 'folder.yaml')),
    );
    expect(text).toContain('folder.yaml');
  });
  test('a YAML error, with file, line and column', async () => {
    const text = await refused(['run', '--manifests', 'bad.yaml'], (dir) =>
      writeFileSync(
        join(dir, 'bad.yaml'),
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: {x: 1\n',
      ),
    );
    expect(text).toMatch(/bad\.yaml:\d+:\d+: /);
  });
  test.each([
    [['--rate', '0'], /rate.*0/],
    [['--failovers', '-1'], /failovers.*-1/],
    [['--failovers', '1.5'], /failovers.*1\.5/],
    [['--outage-budget', '20'], /outage-budget/],
    [['--topology', 'clutser'], /clutser.*cluster/],
    [['--fault', 'partition'], /partition.*not in this version/],
    [['--image', 'redis'], /image/],
    [['--image', 'nothing:1=redis:7'], /nothing:1/],
  ])('%j', async (flags, message) => {
    expect(await refused(['run', ...flags])).toMatch(message);
  });
  test('a node timeout for manifests of the user', async () => {
    const text = await refused(['run', '--manifests', 'a.yaml', '--node-timeout', '2s'], (dir) =>
      writeFileSync(join(dir, 'a.yaml'), ''),
    );
    expect(text).toContain('--node-timeout');
  });
});

describe.concurrent('the report folder', () => {
  test("somebody else's files are left alone", async () => {
    using workspace = openWorkspace();
    mkdirSync(workspace.reportDir);
    writeFileSync(join(workspace.reportDir, 'thesis.txt'), 'mine');
    const result = await runTool(workspace, ['run']);
    expect(result.exitCode).toBe(64);
    expect(result.stderr).toContain('thesis.txt');
    expect(existsSync(join(workspace.reportDir, 'thesis.txt'))).toBe(true);
  });
  test('one below a file cannot be made', async () => {
    const text = await refused(['run', '--report-dir', 'file/report'], (dir) =>
      writeFileSync(join(dir, 'file'), ''),
    );
    expect(text).toContain('file/report');
  });
});
