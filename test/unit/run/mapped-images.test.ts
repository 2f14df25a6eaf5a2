import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/model/kube-object.ts';
import { prepareSetup } from '../../../src/run/setup/prepare.ts';
import { partOf } from '../../../src/run/setup/setup.ts';
import { wantedPods } from '../../../src/run/setup/wanted-pods.ts';
import { plan } from '../checker/script-plan.ts';

/**
 * Goal: the pods under test are the same whatever their images are mapped to: a local program, or a
 * private registry's name that says nothing. Method: the shipped set-up, prepared.
 */
test.each([
  '/opt/own/valkey-server',
  'registry.example/team/cache:1',
])('mapped to %s, the servers are still six', async (to) => {
  const images = [{ from: 'redis:8.0', to }];
  const setup = await prepareSetup({ ...plan, setup: { ...plan.setup, images } }, 'r1', {
    namespace: 'default',
    clusterScoped: 'allow',
  });
  expect(wantedPods(setup.objects, setup.selector)).toEqual({ redis: 6, others: 3 });
  const parts = setup.objects.flatMap((object) => {
    const { template } = (object.spec ?? {}) as { template?: KubeObject };
    return template ? [`${object.metadata.name} ${partOf(template, setup.selector)}`] : [];
  });
  expect(parts.sort()).toEqual(['hit-counter app', 'redis-cluster redis', 'rkc-observer observer']);
});
