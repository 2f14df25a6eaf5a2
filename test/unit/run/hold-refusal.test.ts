import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/model/kube-object.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { refuseUnholdable } from '../../../src/run/fault/fault-needs.ts';
import { plan } from '../checker/script-plan.ts';

const workload = (kind: string) =>
  ({ apiVersion: 'apps/v1', kind, metadata: { name: 'kv-0' }, spec: {} }) as KubeObject;
const refusal =
  (change: Partial<Plan['faults']>, ...kinds: string[]) =>
  () =>
    refuseUnholdable({ ...plan, faults: { ...plan.faults, ...change } }, kinds.map(workload));

test('a held delete of pods that nobody keeps down is refused before anything is made', () => {
  expect(refusal({ hold: 'auto' }, 'Deployment')).toThrow(/Deployment kv-0.*use --hold none/);
  expect(refusal({ hold: 'none' }, 'Deployment')).not.toThrow();
  expect(refusal({ hold: 'auto' }, 'StatefulSet')).not.toThrow();
  expect(refusal({ hold: 'auto', name: 'process-kill' }, 'Deployment')).not.toThrow();
  expect(refusal({ hold: 'auto', name: 'noop' }, 'Deployment')).not.toThrow();
});
