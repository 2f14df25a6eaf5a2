import { afterEach, expect, test } from 'vitest';
import { actionInputs } from '../../../src/action/input-table.ts';
import { readInputs } from '../../../src/action/inputs.ts';
import { planFlags } from '../../../src/cli/commands.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { resolvePlan } from '../../../src/plan/resolve.ts';
import { type FakeRunner, openRunner } from './runner.ts';

/** Goal: what a workflow writes under `with:` becomes the plan that the same flags would make. */

let runner: FakeRunner;
const given = (inputs: Record<string, string>) => {
  runner = openRunner();
  runner.with(inputs);
  return readInputs();
};
afterEach(() => runner[Symbol.dispose]());

const defaults = { seed: 1, provider: 'kind', built: {} } as const;

test('no input gives the default plan, on kind', () => {
  const { planPath, source, failOnInconclusive } = given({});
  const plan = resolvePlan(null, source, defaults);
  expect({ planPath, failOnInconclusive }).toEqual({ planPath: null, failOnInconclusive: true });
  expect(plan.provider.name).toBe('kind');
  expect(plan.faults.name).toBe('master-delete');
});

test('blank inputs count as not given', () => {
  const { source } = given({ fault: '', seed: '  ', plan: '' });
  expect(source.values).toEqual({});
});

test('inputs become settings, lists one a line, times parsed', () => {
  const { source, planPath, failOnInconclusive } = given({
    plan: 'chaos.yaml',
    'node-image': 'kindest/node:v1.34.4',
    images: 'redis=valkey/valkey:8.1\nnode:24=node:24-slim\n',
    'outage-budget': '20s',
    'assert-only': 'false',
    seed: '42',
    'fail-on-inconclusive': 'false',
  });
  expect({ planPath, failOnInconclusive }).toEqual({
    planPath: 'chaos.yaml',
    failOnInconclusive: false,
  });
  expect(source.values).toEqual({
    nodeImage: 'kindest/node:v1.34.4',
    images: [
      { from: 'redis', to: 'valkey/valkey:8.1' },
      { from: 'node:24', to: 'node:24-slim' },
    ],
    outageBudgetMs: 20_000,
    assertOnly: false,
    seed: 42,
  });
});

test.each([
  [{ rate: 'fast' }, /^input rate: expected a number above 0.*got "fast"/],
  [{ 'outage-budget': '20' }, /^input outage-budget: .*did you mean 20s/],
  [{ 'fail-on-inconclusive': 'yes' }, /^input fail-on-inconclusive: expected true or false/],
  [{ 'fail-on-inconclusive': 'tRUE' }, /^input fail-on-inconclusive: expected true or false/],
])('%o is refused by its name', (inputs, message) => {
  expect(() => given(inputs)).toThrow(UsageError);
  expect(() => readInputs()).toThrow(message);
});

test('an INPUT_ variable that is no declared input is somebody else’s, however like one it looks', () => {
  const others = {
    'github-token': 'x',
    image: 'redis:8',
    faults: 'partition',
    value: 'y',
    topologies: 'z',
  };
  expect(given(others).source.values).toEqual({});
});

test.each([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
])('%s is a boolean, as for every action', (text, value) => {
  const { source, failOnInconclusive } = given({
    'assert-only': text,
    'fail-on-inconclusive': text,
  });
  expect(failOnInconclusive).toBe(value);
  expect(source.values).toEqual({ assertOnly: value });
});

test('every flag that mirrors the plan has an input, and every input of a setting a flag', () => {
  const flags = planFlags.map(({ plan }) => plan).sort();
  const inputs = actionInputs.flatMap(({ plan }) => (plan === null ? [] : [plan])).sort();
  expect(inputs).toEqual(flags);
  const names = actionInputs.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, plan } of actionInputs) {
    const flag = planFlags.find((entry) => entry.plan === plan);
    if (flag) expect([flag.name, `${flag.name}s`]).toContain(name);
  }
});
