import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/model/errors.ts';
import { formatPlan } from '../../../src/plan/format.ts';
import { parsePlan } from '../../../src/plan/parse.ts';
import { emptySource, readPlanOptions } from '../../../src/plan/plan-source.ts';
import type { PlanFieldId } from '../../../src/plan/plan-values.ts';
import { type PlanDefaults, resolvePlan } from '../../../src/plan/resolve.ts';

const defaults: PlanDefaults = { seed: 42, provider: 'auto', built: {} };

function resolve(
  flags: Partial<Record<PlanFieldId, string>>,
  file = '',
  changed: Partial<PlanDefaults> = {},
) {
  const options = Object.entries(flags).map(([id, text]) => ({
    id: id as PlanFieldId,
    label: `--${id}`,
    texts: [text],
  }));
  return resolvePlan(parsePlan(file, 'p.yaml'), readPlanOptions(options), {
    ...defaults,
    ...changed,
  });
}

describe('resolvePlan', () => {
  it('fills in the defaults of the contract', () => {
    expect(resolvePlan(null, emptySource, defaults)).toEqual({
      provider: {
        name: 'auto',
        nodes: 1,
        notReadyAfterMs: null,
        evictAfterMs: null,
        nodeImage: null,
        kindVersion: null,
        kubeconfig: null,
        context: null,
        allowContext: null,
        namespace: null,
        loadImages: [],
      },
      setup: {
        topology: 'cluster',
        manifests: null,
        chart: null,
        values: [],
        set: [],
        images: [],
        nodeTimeoutMs: 5000,
        form: 'auto',
        auth: null,
        authUser: null,
        sentinelAuth: null,
        selector: null,
      },
      faults: {
        name: 'master-delete',
        hold: 'auto',
        awayMs: null,
        graceSeconds: null,
        failovers: null,
        assertOnly: false,
        claims: ['one-pod'],
      },
      load: {
        rate: 200,
        requestTimeoutMs: 1000,
        maxInFlight: 10_000,
        service: null,
        pattern: null,
        port: null,
        path: null,
        key: null,
      },
      assert: { outageBudgetMs: null, loss: 'window' },
      seed: 42,
      reportDir: 'report',
      keep: 'never',
    });
  });

  it('lets flags override the file, setting by setting', () => {
    const plan = resolve({ rate: '50' }, 'workload: {rate: 9, maxInFlight: 8}\nseed: 3\n');
    expect(plan.load).toMatchObject({ rate: 50, maxInFlight: 8 });
    expect(plan.seed).toBe(3);
  });

  it('leaves topology and node timeout open with the user’s own manifests', () => {
    const { setup } = resolve({ manifests: 'k8s/' });
    expect(setup).toMatchObject({ manifests: 'k8s/', topology: null, nodeTimeoutMs: null });
    expect(resolve({ manifests: 'k8s/', topology: 'sentinel' }).setup.topology).toBe('sentinel');
  });

  it('assert-only means the fault none, and asks a live set-up what it is', () => {
    const live = { provider: 'kubeconfig', allowContext: 'test', assertOnly: 'true' };
    expect(resolve(live)).toMatchObject({
      faults: { name: 'none', assertOnly: true },
      setup: { topology: null, nodeTimeoutMs: null },
    });
    expect(() => resolve({ ...live, nodeTimeoutMs: '5s' })).toThrow('applies nothing');
  });

  it('a plan file for a cluster of yours can run elsewhere by a flag', () => {
    const file = 'provider: {name: kubeconfig, allowContext: test, context: test}\n';
    expect(resolve({}, file).provider).toMatchObject({ name: 'kubeconfig', allowContext: 'test' });
    expect(resolve({ provider: 'embedded' }, file).provider.name).toBe('embedded');
  });

  it.each<[string, Partial<Record<PlanFieldId, string>>, string, string]>([
    ['manifests and a chart', { manifests: 'a', chart: 'b' }, '', '--chart: manifests and a chart'],
    ['values without a chart', { values: 'v.yaml' }, '', '--values: values belong to a chart'],
    [
      'a node timeout for own manifests',
      { manifests: 'a', nodeTimeoutMs: '5s' },
      '',
      '--nodeTimeoutMs: it sets the node timeout of the shipped',
    ],
    [
      'the same from the file',
      { manifests: 'a' },
      'setup:\n  nodeTimeout: 5s\n',
      'p.yaml:2:16: setup.nodeTimeout: it sets',
    ],
    ['a node timeout for a chart', { chart: 'a', nodeTimeoutMs: '5s' }, '', 'with your own chart'],
    ['kubeconfig without allow-context', { provider: 'kubeconfig' }, '', '--allow-context NAME'],
    [
      'another context than the allowed',
      { provider: 'kubeconfig', allowContext: 'a', context: 'prod' },
      '',
      '--context: prod is not the allowed context a',
    ],
    [
      'allow-context on kind',
      { provider: 'kind', allowContext: 'a' },
      '',
      '--allowContext: it is for the kubeconfig provider, not kind',
    ],
    [
      'a node image on embedded',
      { provider: 'embedded', nodeImage: 'a' },
      '',
      '--nodeImage: it is for the kind provider',
    ],
    [
      "nodes on somebody's cluster",
      {},
      'provider: {name: kubeconfig, allowContext: a, nodes: 2}',
      'p.yaml:1:54: provider.nodes: it is for the kind',
    ],
    [
      'the times of a lost node on kind',
      { provider: 'kind', notReadyAfterMs: '5s' },
      '',
      '--notReadyAfterMs: it is for the embedded provider, not kind',
    ],
    [
      'a fault with assert-only',
      { assertOnly: 'true', fault: 'noop' },
      '',
      '--fault: assert-only changes nothing',
    ],
    [
      'no fault without assert-only',
      { fault: 'none' },
      '',
      '--fault: none goes with --assert-only',
    ],
    [
      'failovers with assert-only',
      { assertOnly: 'true', failovers: '2' },
      '',
      'nothing to fail over',
    ],
  ])('refuses %s', (_, flags, file, message) => {
    expect(() => resolve(flags, file)).toThrow(UsageError);
    expect(() => resolve(flags, file)).toThrow(message);
  });

  it('refuses what this version does not have, and names what it has', () => {
    const built = {
      faults: new Set(['master-delete', 'noop'] as const),
      topologies: new Set(['cluster'] as const),
      providers: new Set(['embedded'] as const),
    };
    expect(() => resolve({ fault: 'partition' }, '', { built })).toThrow(
      '--fault: fault partition is not in this version (there are: master-delete, noop)',
    );
    expect(() => resolve({}, 'setup: {topology: sentinel}', { built })).toThrow(
      'p.yaml:1:19: setup.topology: topology sentinel is not in this version',
    );
    expect(() => resolve({ provider: 'kind' }, '', { built })).toThrow('provider kind is not in');
    expect(resolve({}, '', { built }).faults.name).toBe('master-delete');
    expect(resolve({ assertOnly: 'true' }, '', { built }).faults.name).toBe('none');
  });
});

describe('readPlanOptions', () => {
  it.each<[PlanFieldId, string, string]>([
    ['rate', '0', 'expected a number above 0'],
    ['rate', '-5', 'expected a number above 0'],
    ['rate', '1e9', 'expected a number above 0'],
    ['rate', 'fast', 'got "fast"'],
    ['failovers', '-1', 'expected a whole number from 1'],
    ['failovers', '0', 'expected a whole number from 1'],
    ['graceSeconds', '-1', 'expected a whole number from 0'],
    ['outageBudgetMs', '0s', 'expected a duration above 0'],
    ['outageBudgetMs', '20', 'did you mean 20s or 20ms?'],
    ['seed', '4294967296', 'expected a whole number from 0 to 4294967295'],
    ['assertOnly', 'maybe', 'expected true or false'],
    ['hold', 'yes', 'one of auto, none'],
    ['reportDir', '', 'expected text'],
  ])('refuses %s %s', (id, text, message) => {
    const options = [{ id, label: '--x', texts: [text] }];
    expect(() => readPlanOptions(options)).toThrow(UsageError);
    expect(() => readPlanOptions(options)).toThrow(message);
  });

  it('adds repeated lists up, comma and line separated ones too', () => {
    const { values } = readPlanOptions([
      { id: 'images', label: 'input images', texts: ['redis=a:1,\n node=b:1', 'x=y'] },
    ]);
    expect(values.images).toEqual([
      { from: 'redis', to: 'a:1' },
      { from: 'node', to: 'b:1' },
      { from: 'x', to: 'y' },
    ]);
  });

  it('refuses anything else given twice', () => {
    const twice = [{ id: 'seed' as const, label: '--seed', texts: ['1', '2'] }];
    expect(() => readPlanOptions(twice)).toThrow('--seed: given twice');
  });
});

describe('formatPlan', () => {
  it.each<[string, Partial<Record<PlanFieldId, string>>]>([
    ['the defaults', {}],
    ['own manifests', { manifests: 'k8s', images: 'redis=a:1', outageBudgetMs: '1500ms' }],
    ['a live set-up', { provider: 'kubeconfig', allowContext: 'c', assertOnly: 'true' }],
    ['embedded', { provider: 'embedded', auth: 'env:PW', claims: 'shard,all', graceSeconds: '0' }],
  ])('%s: read back, it is the same plan with the same seed', (_, flags) => {
    const plan = resolve(flags);
    const again = resolvePlan(parsePlan(formatPlan(plan), 'again.yaml'), emptySource, {
      ...defaults,
      seed: 999,
    });
    expect(again).toEqual(plan);
  });
});
