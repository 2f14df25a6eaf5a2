import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openActionStep, runIdIn } from '../support/action-step.ts';
import { type ActionCopy, openActionCopy } from './action-copy.ts';
import { containersOf, findLab } from './lab.ts';

/**
 * Goal: a step that is cancelled or killed leaves nothing behind. Method: the built bundles, run as
 * the runner runs them, and its signals.
 */

const lab = findLab();
if (lab.missing !== null) console.log(`skipped: cancelling the Action: ${lab.missing}`);

/** From the first signal of a cancelled job to the kill (actions/runner ProcessInvoker.cs). */
const cancelMs = 10_000;

describe.skipIf(lab.missing !== null)('a step on kind', () => {
  let copy: ActionCopy;
  beforeAll(async () => {
    copy = await openActionCopy();
  });
  afterAll(() => copy?.[Symbol.dispose]());

  const openStep = () =>
    openActionStep({
      main: join(copy.dir, 'dist', 'action.cjs'),
      post: join(copy.dir, 'dist', 'post.cjs'),
      inputs: { 'node-image': lab.nodeImage },
    });
  const until = (what: () => unknown, timeout: number) =>
    expect.poll(what, { timeout, interval: 50 }).toBeTruthy();

  test('killed while its cluster is being made: post deletes it', async () => {
    await using step = openStep();
    const main = step.startMain();
    await until(() => /run r\w{8}/.test(main.output()), 30_000);
    const cluster = `rkc-${runIdIn(main.output())}`;
    await until(() => containersOf(cluster).length > 0, 120_000);
    main.signal('SIGKILL');
    await main.ended;
    expect(step.journals()).toHaveLength(1);

    const first = await step.post();
    expect(first.output).toContain(`undid kind-cluster ${cluster}`);
    expect(first.exitCode).toBe(0);
    expect(containersOf(cluster)).toEqual([]);
    expect(step.journals()).toEqual([]);

    const again = await step.post();
    expect(again.output).toContain('nothing to undo');
    expect(again.exitCode).toBe(0);
  });

  test('cancelled while a master is held down: healed, deleted and told before the kill', async () => {
    await using step = openStep();
    const main = step.startMain();
    await until(() => /master-delete: redis-cluster-\d/.test(main.output()), 400_000);
    const cluster = `rkc-${runIdIn(main.output())}`;
    const cancelledAt = performance.now();
    main.signal('SIGINT');
    const { exitCode, output } = await main.ended;
    expect(performance.now() - cancelledAt).toBeLessThan(cancelMs);
    expect(exitCode).toBe(1);
    expect(output).toMatch(/^::error title=redis-k8s-chaos%3A interrupted::stopped by SIGINT/m);
    expect(containersOf(cluster)).toEqual([]);
    expect(step.outputs()).toMatchObject({ verdict: 'error' });
    expect(existsSync(join(step.dir, 'report', 'report.json'))).toBe(true);
    expect(step.journals()).toEqual([]);
    expect(await step.post()).toMatchObject({ exitCode: 0 });
  });
});
