import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isAlive, type ProcessIdentity } from '../../src/platform/process-identity.ts';
import { readJournal } from '../../src/run/undo/journal.ts';
import { openActionStep } from '../support/action-step.ts';
import { takeBerth } from '../support/machine/berth.ts';
import { finding, readReport } from '../support/run-tool.ts';

/**
 * Goal: the Action's two steps as processes, on the embedded provider: a set-up that does not hold turns
 * the step red with the right annotation, and a killed step leaves nothing. Green, kind and act: test/e2e.
 */

const source = join(import.meta.dirname, '..', '..', 'src');
const openStep = (inputs: Readonly<Record<string, string>> = {}) =>
  openActionStep({
    main: join(source, 'main.ts'),
    post: join(source, 'post.ts'),
    inputs: { provider: 'embedded', 'node-timeout': '2s', ...inputs },
  });

test('a check that does not hold: red, with its annotation, outputs, summary and report', async () => {
  using _berth = await takeBerth();
  await using step = openStep({ 'outage-budget': '1ms' });
  const { exitCode, output } = await step.startMain().ended;
  const { report } = readReport(join(step.dir, 'report'));
  expect(report.verdict).toBe('fail');
  expect(exitCode).toBe(1);
  const { observed } = finding(report, 'outage-within-budget');
  const errors = output.match(/^::error .*$/gm) ?? [];
  expect(errors).toHaveLength(2); // the check's, and the step's own
  expect(errors[0]).toMatch(/^::error title=outage-within-budget/);
  expect(errors[0]).toContain(`observed: ${observed}`);
  expect(errors[1]).toContain(`(seed ${report.run.seed})`);
  expect(step.outputs()).toMatchObject({
    verdict: 'fail',
    seed: String(report.run.seed),
    'report-dir': join(step.dir, 'report'),
    lost: '0',
    'summary-file': join(step.dir, 'report', 'summary.md'),
  });
  expect(step.summary()).toContain('outage-within-budget');
  expect(step.journals()).toEqual([]);
  expect(await step.post()).toMatchObject({ exitCode: 0 });
});

test('killed while a master is held down: post ends every process of it', async () => {
  using _berth = await takeBerth();
  await using step = openStep();
  const main = step.startMain();
  await expect
    .poll(main.output, { timeout: 120_000, interval: 50 })
    .toMatch(/master-delete: redis-cluster-\d/);
  const nodes: ProcessIdentity[] = step
    .journals()
    .flatMap((path) => readJournal(path).pending)
    .filter(({ undo }) => undo.kind === 'embedded-node')
    .map(({ undo }) => ({ pid: Number(undo.pid), startTicks: Number(undo.startTicks) }));
  expect(nodes.length).toBeGreaterThan(0);
  expect(nodes.every(isAlive)).toBe(true);
  main.signal('SIGKILL');
  await main.ended;

  expect(await step.post()).toMatchObject({ exitCode: 0 });
  expect(nodes.filter(isAlive)).toEqual([]);
  expect(step.journals()).toEqual([]);
});
