import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildEntries, buildPod } from '../../scripts/build.ts';

const root = join(import.meta.dirname, '..', '..');

/** A repository with nothing but what a release of the Action has, built from the present sources. */
export interface ActionCopy extends Disposable {
  readonly dir: string;
}

/** Built once a test file; a workflow of the fixtures is its only one. */
export async function openActionCopy(): Promise<ActionCopy> {
  const dir = mkdtempSync(join(tmpdir(), 'rkc-action-'));
  const dist = join(dir, 'dist');
  mkdirSync(dist);
  await buildPod(dist);
  await buildEntries(dist);
  cpSync(join(root, 'action.yml'), join(dir, 'action.yml'));
  cpSync(join(root, 'manifests'), join(dir, 'manifests'), { recursive: true });
  cpSync(join(root, 'test', 'fixtures', 'act'), join(dir, '.github', 'workflows'), {
    recursive: true,
  });
  const git = (...args: string[]) => {
    const name = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
    const { status, stderr } = spawnSync('git', [...name, ...args], { cwd: dir, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  };
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '--message=A release');
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}
