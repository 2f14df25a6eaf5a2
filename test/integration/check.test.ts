import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { clusterManifest } from '../support/broken-cluster.ts';
import { runForVerdict } from '../support/machine/run-for-verdict.ts';
import { openWorkspace, runTool, type Workspace } from '../support/run-tool.ts';

/**
 * Goal: `check` says of a stored report what the run said, and of one whose evidence was changed that
 * its digest differs. Method: one green and one red run on the embedded provider; copies of them are edited.
 */
describe.concurrent.each([
  ['a green run', [], 'pass', 0],
  ['a red run', ['no-start-script'], 'fail', 1],
] as const)('%s', (_, breakage, verdict, exitCode) => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = openWorkspace();
    const manifests = breakage.flatMap((name) => {
      const path = join(workspace.dir, 'cluster.yaml');
      writeFileSync(path, clusterManifest(name));
      return ['--manifests', path, '--form', 'tool'];
    });
    const quick = breakage.length > 0 ? [] : ['--node-timeout', '2s'];
    const flags = ['--provider', 'embedded', '--away', '1s', ...quick, ...manifests];
    const result = await runForVerdict(workspace, ['run', ...flags]);
    expect(result.exitCode, result.stderr + result.stdout).toBe(exitCode);
  });
  afterAll(() => workspace[Symbol.dispose]());

  const check = async (dir: string) => {
    const result = await runTool(workspace, ['check', dir, '--json']);
    return { ...result, report: () => JSON.parse(result.stdout) as Report };
  };
  const copy = (name: string) => {
    const dir = join(workspace.dir, name);
    cpSync(workspace.reportDir, dir, { recursive: true });
    return dir;
  };

  test('is judged the same again, to the last word', async () => {
    const again = await check(workspace.reportDir);
    const stored = readFileSync(join(workspace.reportDir, 'report.json'), 'utf8');
    expect(again.exitCode).toBe(exitCode);
    expect(again.report()).toEqual(JSON.parse(stored));
    expect(again.report().verdict).toBe(verdict);
  });

  const nodesFile = (dir: string) => {
    const [name] = readdirSync(join(dir, 'nodes', 'f1-after')).filter((n) =>
      n.endsWith('.nodes.conf'),
    );
    return join('nodes', 'f1-after', name ?? '');
  };
  const files = [
    ['history.ndjson', () => 'history.ndjson'],
    ['events.ndjson', () => 'events.ndjson'],
    ['a file of nodes/', nodesFile],
  ] as const;

  test.each(files)('one digit changed in one line of %s is said', async (_, of) => {
    const dir = copy(`edit-${of.name}-${files.findIndex(([, other]) => other === of)}`);
    const file = of(dir);
    const lines = readFileSync(join(dir, file), 'utf8').split('\n');
    const middle = lines.findIndex((line, at) => at >= lines.length / 2 && /\d/.test(line));
    lines[middle] = (lines[middle] ?? '').replace(/\d/, (digit) =>
      String((Number(digit) + 1) % 10),
    );
    writeFileSync(join(dir, file), lines.join('\n'));
    const result = await check(dir);
    expect([0, 1, 2, 3]).toContain(result.exitCode);
    expect(result.report().reasons.join()).toContain(`${file} is not what the run wrote`);
  });

  test('a line taken away, a file taken away, a file added are said', async () => {
    const cut = copy('cut');
    const history = readFileSync(join(cut, 'history.ndjson'), 'utf8').split('\n');
    writeFileSync(join(cut, 'history.ndjson'), history.toSpliced(7, 1).join('\n'));
    const gone = copy('gone');
    rmSync(join(gone, nodesFile(gone)));
    const added = copy('added');
    writeFileSync(join(added, 'nodes', 'more.txt'), 'x');
    for (const [dir, reason] of [
      [cut, 'history.ndjson is not what the run wrote'],
      [gone, 'nodes.conf is gone'],
      [added, 'nodes/more.txt is not a file of the run'],
    ] as const) {
      const result = await check(dir);
      expect(result.exitCode, reason).not.toBe(64);
      expect(result.report().reasons.join()).toContain(reason);
    }
    expect((await check(added)).exitCode).toBe(exitCode); // nothing reads it
  });
});
