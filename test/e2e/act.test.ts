import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runIdIn } from '../support/action-step.ts';
import { type Ended, start } from '../support/started-program.ts';
import { type ActionCopy, openActionCopy } from './action-copy.ts';
import { containersOf, findLab } from './lab.ts';

/**
 * Goal: a workflow that says `uses: ./` runs the Action as a runner does: inputs, outputs, summary
 * file, post, and no cluster afterwards. Method: act, on this machine and in a container.
 */

const lab = findLab();
const runnerImage = process.env.ACT_RUNNER_IMAGE ?? 'kindlab/runner:1';
const works = (command: string, ...args: string[]) =>
  spawnSync(command, args, { stdio: 'ignore', timeout: 10_000 }).status === 0;
const missing = lab.missing ?? (works('act', '--version') ? null : '`act --version` does not work');
const noImage =
  missing ?? (works('docker', 'image', 'inspect', runnerImage) ? null : `no image ${runnerImage}`);

if (missing !== null) console.log(`skipped: act: ${missing}`);
else if (noImage !== null) console.log(`skipped: act in a container: ${noImage}`);

describe.skipIf(missing !== null)('act', () => {
  let copy: ActionCopy;
  let scratch: string;
  beforeAll(async () => {
    copy = await openActionCopy();
    scratch = mkdtempSync(join(tmpdir(), 'rkc-act-'));
  });
  afterAll(() => {
    copy?.[Symbol.dispose]();
    rmSync(scratch, { recursive: true, force: true });
  });

  /** Runs the workflow to its end; the report folder is inside the job's own workspace. */
  async function act(platform: string): Promise<Ended> {
    const env = ['--env', `NODE_IMAGE=${lab.nodeImage}`];
    const args = ['push', '-P', `ubuntu-latest=${platform}`, '--pull=false', '--rm', ...env];
    const started = start('act', args, {
      cwd: copy.dir,
      env: { ...process.env, XDG_STATE_HOME: join(scratch, 'state') },
    });
    try {
      return await started.ended;
    } finally {
      started.kill();
    }
  }

  function expectGreen({ exitCode, output }: Ended): void {
    expect(output).toMatch(/PASS {2}cluster on kind/);
    expect(output).toContain('## Pass'); // summary.md, at the path that the output names
    const outputs = JSON.parse(/outputs: (\{.*\})/.exec(output)?.[1] ?? '{}') as unknown;
    expect(outputs).toEqual({
      verdict: 'pass',
      seed: expect.stringMatching(/^\d+$/),
      'report-dir': expect.stringMatching(/^\/.*\/report$/),
      lost: '0',
      'promotion-ms': expect.stringMatching(/^\d+$/),
      'outage-ms': expect.stringMatching(/^\d+$/),
      'summary-file': expect.stringMatching(/^\/.*\/report\/summary\.md$/),
    });
    expect(output).toMatch(/Post .*\.\/|Post \.\//);
    expect(output).toContain('nothing to undo');
    expect(exitCode).toBe(0);
    expect(containersOf(`rkc-${runIdIn(output)}`)).toEqual([]);
  }

  test('on this machine', async () => {
    expectGreen(await act('-self-hosted'));
  });

  test.skipIf(noImage !== null)('in a container', async () => {
    expectGreen(await act(runnerImage));
  });
});
