import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { readReport } from '../support/run-tool.ts';

/**
 * Goal: what a stranger does, as the README says it: clone, `npm start`, read the report.
 * Method: a clone of the commit under test, the machine's own Node, no Docker on PATH.
 */
const root = join(import.meta.dirname, '..', '..');
const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

/** Without what this test's own Node brought: a stranger has the machine's. */
function machinePath(): string {
  const entries = (process.env.PATH ?? '').split(':');
  return entries.filter((entry) => !entry.includes('node_modules')).join(':');
}

describe('a fresh clone', () => {
  let dir: string;
  let clone: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'rkc-clone-'));
    clone = join(dir, 'clone');
    const cloned = spawnSync('git', ['-c', 'safe.directory=*', 'clone', '-q', root, clone]);
    expect(cloned.status, String(cloned.stderr)).toBe(0);
    chmodSync(dir, 0o755);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function npmStart(
    home: string,
    asUser: readonly string[],
  ): { readonly exitCode: number | null; readonly output: string } {
    mkdirSync(home, { recursive: true });
    if (asUser.length > 0) spawnSync('chown', ['-R', `${nobody}:${nobody}`, dir]);
    const [command = 'npm', ...args] = [...asUser, 'npm', 'start'];
    const result = spawnSync(command, args, {
      cwd: clone,
      env: { PATH: machinePath(), HOME: home, LANG: 'C.UTF-8', DOCKER_HOST: 'tcp://127.0.0.1:1' },
      timeout: 240_000,
      encoding: 'utf8',
    });
    return { exitCode: result.status, output: result.stdout + result.stderr };
  }

  function expectPromoted(report: Report): void {
    expect(report.verdict).toBe('pass');
    expect(report.environment.provider).toBe('embedded');
    const [fault] = report.faults;
    expect(fault?.mode).toBe('promoted');
    expect(fault?.newIp).not.toBe(fault?.oldIp);
    expect(report.operations.lost).toBe(0);
  }

  test.runIf(isRoot)(
    'npm start as root: passes and leaves a report',
    () => {
      const { exitCode, output } = npmStart(join(dir, 'root-home'), []);
      expect(exitCode, output).toBe(0);
      expectPromoted(readReport(join(clone, 'report')).report);
    },
    300_000,
  );

  test.runIf(isRoot)(
    'what is missing: exit 3 within 2 s as a plain user, naming the packages',
    () => {
      // a mount namespace of its own, in which the system's programs for links and rules are gone
      const script = `mount -t tmpfs tmpfs /usr/sbin && exec setpriv --reuid=${nobody} --regid=${nobody} --clear-groups npm start`;
      const start = performance.now();
      const result = spawnSync('unshare', ['--mount', 'sh', '-c', script], {
        cwd: clone,
        env: { PATH: machinePath(), HOME: join(dir, 'user-home') },
        encoding: 'utf8',
      });
      expect(result.status, result.stderr).toBe(3);
      expect(result.stderr).toMatch(/nftables/);
      expect(performance.now() - start).toBeLessThan(2000);
    },
  );

  test('npm start as a plain user: the same', () => {
    const asUser = isRoot
      ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']
      : [];
    const { exitCode, output } = npmStart(join(dir, 'user-home'), asUser);
    expect(exitCode, output).toBe(0);
    expectPromoted(readReport(join(clone, 'report')).report);
  }, 300_000);
});
