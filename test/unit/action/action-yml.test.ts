import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { generated, withPart } from '../../../scripts/generate-docs.ts';
import { actionInputs } from '../../../src/action/input-table.ts';
import { actionOutputs } from '../../../src/action/outputs.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

test('the generated parts are what scripts/generate-docs.ts writes', () => {
  for (const part of generated) expect(withPart(read(part.file), part)).toBe(read(part.file));
});

test('a part that is not up to date shows', () => {
  for (const part of generated) {
    const changed = read(part.file).replace(part.text.slice(0, 20), 'something else');
    expect(withPart(changed, part)).not.toBe(changed);
  }
  const [part] = generated;
  if (!part) throw new Error('nothing is generated');
  expect(() => withPart('a file without marks', part)).toThrow(/lacks the marks/);
});

interface Metadata {
  readonly inputs: Readonly<Record<string, { default?: string; required: boolean }>>;
  readonly outputs: Readonly<Record<string, object>>;
  readonly runs: Readonly<Record<string, string>>;
}

test('action.yml has the inputs and outputs of the tables, and runs the bundle on Node 24', () => {
  const action = parse(read('action.yml')) as Metadata;
  expect(Object.keys(action.inputs)).toEqual(actionInputs.map(({ name }) => name));
  expect(Object.keys(action.outputs)).toEqual(Object.keys(actionOutputs));
  expect(action.runs).toEqual({
    using: 'node24',
    main: 'dist/action.cjs',
    post: 'dist/post.cjs', // no post-if: its default is always()
  });
});

test('no setting of the plan has a declared default, which would win over the plan file', () => {
  const { inputs } = parse(read('action.yml')) as Metadata;
  const declared = Object.entries(inputs).filter(([, input]) => input.default !== undefined);
  expect(declared.map(([name]) => name)).toEqual(['fail-on-inconclusive']);
  expect(Object.values(inputs).filter(({ required }) => required)).toEqual([]);
});

test('the inputs and outputs of docs/design/contract.md are all there', () => {
  const names = new Set(actionInputs.map(({ name }) => name));
  const contract =
    'provider topology manifests chart values images fault failovers plan seed rate report-dir keep node-image kind-version kubeconfig context namespace allow-context baseline fail-on-inconclusive';
  expect(contract.split(' ').filter((name) => !names.has(name))).toEqual([]);
  expect(Object.keys(actionOutputs)).toEqual([
    'verdict',
    'seed',
    'report-dir',
    'lost',
    'promotion-ms',
    'outage-ms',
    'summary-file',
  ]);
});
