import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/model/kube-object.ts';
import { loadAllowanceMs, startAllowance } from '../../../src/rules/start-allowance.ts';

/** Goal: a deadline for a start follows from what the manifests allow. Method: made workloads. */
const workload = (kind: string, spec: object, container: object): KubeObject =>
  ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'redis' },
    spec: { replicas: 6, ...spec, template: { spec: { containers: [container] } } },
  }) as KubeObject;
const slow = { readinessProbe: { initialDelaySeconds: 20, periodSeconds: 5 } };

test.each<[string, KubeObject, podS: number, allS: number]>([
  ['no probe', workload('StatefulSet', {}, {}), 0, 0],
  ['in order, the default of a StatefulSet', workload('StatefulSet', {}, slow), 31, 186],
  ['in parallel', workload('StatefulSet', { podManagementPolicy: 'Parallel' }, slow), 31, 31],
  ['a Deployment', workload('Deployment', {}, slow), 31, 31],
  [
    'available for a while before the next',
    workload('StatefulSet', { minReadySeconds: 9 }, slow),
    40,
    240,
  ],
  [
    'a startup probe with room for a long load',
    workload(
      'Deployment',
      {},
      { startupProbe: { periodSeconds: 5, failureThreshold: 60 }, ...slow },
    ),
    31,
    31,
  ],
  [
    'the API’s own defaults',
    workload('Deployment', {}, { readinessProbe: {}, startupProbe: {} }),
    31,
    31,
  ],
])('%s', (_, object, podS, allS) => {
  const { podMs, allMs } = startAllowance([object]);
  expect([podMs, allMs]).toEqual([podS * 1000, allS * 1000]);
});

test('the slowest of several counts, and none needs no time', () => {
  const found = startAllowance([
    workload('Deployment', {}, slow),
    workload('StatefulSet', {}, slow),
  ]);
  expect(found).toEqual({ podMs: 31_000, allMs: 186_000, ordered: true });
  expect(startAllowance([])).toEqual({ podMs: 0, allMs: 0, ordered: false });
});

test('what a startup probe allows beyond its first try is told apart: a long load may need it, a recovery not', () => {
  const probe = { startupProbe: { periodSeconds: 5, failureThreshold: 60 } };
  expect(loadAllowanceMs([workload('Deployment', {}, probe)])).toBe(295_000);
  expect(loadAllowanceMs([workload('Deployment', {}, { startupProbe: {} })])).toBe(20_000);
  expect(loadAllowanceMs([workload('Deployment', {}, slow)])).toBe(0);
  expect(loadAllowanceMs([])).toBe(0);
});
