import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/model/errors.ts';
import { parsePlan } from '../../../src/plan/parse.ts';

describe('parsePlan', () => {
  it('reads every section, durations as ms, and remembers where each value stands', () => {
    const plan = parsePlan(
      `
provider: {name: kind, nodes: 3}
setup:
  images: [redis=valkey/valkey:8.1]
  nodeTimeout: 1.5s
  auth: secret:redis/password
faults: {name: process-kill, claims: [one-pod, shard], graceSeconds: 0}
workload: {rate: 12.5, service: web, pattern: 'seen (\\d+) times', port: http, path: /count, key: visits}
assert: {outageBudget: 20s, loss: strict}
seed: 7
keep: on-failure
`,
      'plan.yaml',
    );
    expect(plan.values).toEqual({
      provider: 'kind',
      nodes: 3,
      images: [{ from: 'redis', to: 'valkey/valkey:8.1' }],
      nodeTimeoutMs: 1500,
      auth: { kind: 'secret', name: 'redis', key: 'password' },
      fault: 'process-kill',
      claims: ['one-pod', 'shard'],
      graceSeconds: 0,
      rate: 12.5,
      service: 'web',
      pattern: 'seen (\\d+) times',
      port: 'http',
      path: '/count',
      key: 'visits',
      outageBudgetMs: 20_000,
      loss: 'strict',
      seed: 7,
      keep: 'on-failure',
    });
    expect(plan.origins.nodeTimeoutMs).toEqual({
      kind: 'file',
      path: 'setup.nodeTimeout',
      position: { file: 'plan.yaml', line: 5, column: 16 },
    });
  });

  it('takes an empty file, an empty section and a null for "not given"', () => {
    expect(parsePlan('# nothing\n', 'p').values).toEqual({});
    expect(parsePlan('setup:\nfaults: {name: null}\n', 'p').values).toEqual({});
  });

  it.each([
    ['syntax', 'faults: [\n', 'p.yaml:2:1: not valid YAML'],
    ['a list', '- a\n', 'p.yaml:1:1: expected a plan'],
    ['two documents', 'seed: 1\n---\nseed: 2\n', 'p.yaml:3:1: a plan file is one document'],
    [
      'a section that is text',
      'faults: noop\n',
      'p.yaml:1:9: faults: expected a map of name, hold',
    ],
    [
      'a misspelt key',
      'workload:\n  rat: 3\n',
      'p.yaml:2:3: unknown key workload.rat; did you mean rate?',
    ],
    [
      'a misspelt section',
      'workloda: {}\n',
      'p.yaml:1:1: unknown key workloda; did you mean workload?',
    ],
    ['a key in the wrong place', 'rate: 3\n', 'unknown key rate; did you mean workload.rate?'],
    ["a flag's name", 'setup: {node-timeout: 5s}\n', 'did you mean setup.nodeTimeout?'],
    ['a key given twice', 'seed: 1\nseed: 2\n', 'p.yaml:2:1: not valid YAML'],
    [
      'rate 0',
      'workload:\n  rate: 0\n',
      'p.yaml:2:9: workload.rate: expected a number above 0, at most 100000, got 0',
    ],
    ['a rate too high', 'workload: {rate: 100001}\n', 'got 100001'],
    ['a rate as text', 'workload: {rate: "200"}\n', 'got "200"'],
    [
      'failovers -1',
      'faults: {failovers: -1}\n',
      'p.yaml:1:21: faults.failovers: expected a whole number from 1 to 1000, got -1',
    ],
    ['failovers 1.5', 'faults: {failovers: 1.5}\n', 'got 1.5'],
    [
      'grace -1',
      'faults: {graceSeconds: -1}\n',
      'faults.graceSeconds: expected a whole number from 0',
    ],
    [
      'an outage budget of nothing',
      'assert: {outageBudget: 0s}\n',
      'assert.outageBudget: expected a duration above 0',
    ],
    ['a duration without unit', 'setup: {nodeTimeout: 5}\n', 'got 5; did you mean 5s or 5ms?'],
    [
      'an unknown fault',
      'faults: {name: master-deelte}\n',
      'got "master-deelte"; did you mean master-delete?',
    ],
    ['an unknown topology', 'setup: {topology: clustr}\n', 'did you mean cluster?'],
    ['an unknown provider', 'provider: {name: knd}\n', 'did you mean kind?'],
    ['an unknown claim', 'faults: {claims: [one-pot]}\n', 'did you mean one-pod?'],
    ['an image without target', 'setup: {images: [redis]}\n', 'each NAME=NAME'],
    [
      'a pattern without group',
      'workload: {pattern: "seen"}\n',
      'a regular expression with a group',
    ],
    [
      'a pattern that does not compile',
      'workload: {pattern: "(a"}\n',
      'a regular expression with a group',
    ],
    ['a namespace with capitals', 'provider: {namespace: Prod}\n', 'lower-case letters'],
  ])('refuses %s, with its position', (_, text, message) => {
    expect(() => parsePlan(text, 'p.yaml')).toThrow(UsageError);
    expect(() => parsePlan(text, 'p.yaml')).toThrow(message);
  });

  it('does not repeat what may be a password', () => {
    expect(() => parsePlan('setup: {auth: hunter2}\n', 'p.yaml')).toThrow(/^(?!.*hunter2)/);
    expect(() => parsePlan('setup: {auth: hunter2}\n', 'p.yaml')).toThrow('env:VARIABLE');
  });
});
