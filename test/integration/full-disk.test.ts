import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { familyOf, stillAlive } from '../support/process-family.ts';
import { openWorkspace, readReport, runTool, startTool } from '../support/run-tool.ts';

/**
 * Goal: a disk that is full in the middle of a run ends it as an infrastructure error that heals.
 * Method: the report on a tmpfs of its own, filled up while a pod is held down (the other phases:
 * docs/results/full-disk.md).
 */
const isRoot = process.getuid?.() === 0;

test.skipIf(!isRoot)(
  'the disk is full while a pod is held down',
  async () => {
    using workspace = openWorkspace();
    mkdirSync(workspace.reportDir);
    const mounted = spawnSync('mount', [
      '-t',
      'tmpfs',
      '-o',
      'size=16m',
      'tmpfs',
      workspace.reportDir,
    ]);
    expect(mounted.status, String(mounted.stderr)).toBe(0);
    const dir = join(workspace.reportDir, 'r');
    try {
      const args = ['run', '--provider', 'embedded', '--node-timeout', '2s', '--report-dir', dir];
      const { child, result } = startTool(workspace, args);
      let family: ReturnType<typeof familyOf> = [];
      let seen = '';
      child.stderr?.on('data', (text: string) => {
        seen += text;
        if (family.length > 0 || !/^\s*\S+s {2}observe$/m.test(seen)) return;
        family = familyOf(child.pid ?? -1);
        fill(workspace.reportDir);
      });
      const { exitCode, stdout, stderr } = await result;
      expect(family.length, stderr).toBeGreaterThan(6);
      expect(exitCode, stderr + stdout).toBe(3);
      expect(stderr).toMatch(/redis-k8s-chaos: cannot write .*ENOSPC.*make room/);
      expect(stillAlive(family)).toEqual([]);
      expect(readdirSync(join(workspace.dir, 'state', 'redis-k8s-chaos', 'journal'))).toEqual([]);

      const { report, events } = readReport(dir); // every line of it a whole one
      expect(report.verdict).toBe('error');
      expect(report.reasons[0]).toMatch(/cannot write .*ENOSPC/);
      expect(events.some(({ kind }) => kind === 'infrastructure')).toBe(true);
      const check = await runTool(workspace, ['check', dir]);
      expect(check.exitCode, check.stdout).toBe(3);
    } finally {
      spawnSync('umount', ['-l', workspace.reportDir]);
    }
  },
  180_000,
);

function fill(folder: string): void {
  for (let size = 1 << 20, number = 0; size >= 1; ) {
    const path = join(folder, `filler-${number++}`);
    try {
      writeFileSync(path, Buffer.alloc(size, 1));
    } catch {
      rmSync(path, { force: true });
      size = size > 4096 ? size >> 2 : 0;
    }
  }
}
