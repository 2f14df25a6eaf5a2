import { describe, expect, test } from 'vitest';
import { byHooks } from '../../../src/kube/render/chart-hooks.ts';
import type { KubeObject } from '../../../src/model/kube-object.ts';

/** Goal: a chart's objects are applied in the order of an installation, and what belongs to no installation is named. */
const object = (name: string, hook?: string, weight?: string, kind = 'ConfigMap'): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: {
    name,
    ...(hook === undefined
      ? {}
      : {
          annotations: {
            'helm.sh/hook': hook,
            ...(weight === undefined ? {} : { 'helm.sh/hook-weight': weight }),
          },
        }),
  },
});
const order = (...objects: KubeObject[]) =>
  byHooks(objects).objects.map((one) => one.metadata.name);

describe('a chart', () => {
  test('has its hooks before and after, by weight, and its definitions first', () => {
    expect(
      order(
        object('after', 'post-install'),
        object('a'),
        object('second', 'pre-install', '5'),
        object('first', 'pre-install,pre-upgrade', '-5'),
        object('b'),
        object('crd', undefined, undefined, 'CustomResourceDefinition'),
      ),
    ).toEqual(['crd', 'first', 'second', 'a', 'b', 'after']);
  });
  test('has one that is for both moments once', () => {
    expect(order(object('both', 'pre-install, post-install'), object('a'))).toEqual(['both', 'a']);
  });
  test('says that nothing waits for a Job that comes before', () => {
    expect(byHooks([object('j', 'pre-install', undefined, 'Job')]).remarks[0]).toContain(
      'does not wait for its end',
    );
  });
  test('names what is for another moment', () => {
    const { objects, remarks } = byHooks([
      object('t', 'test', undefined, 'Pod'),
      object('u', 'pre-upgrade'),
    ]);
    expect(objects).toEqual([]);
    expect(remarks).toEqual([
      'Pod t of the chart is a hook for test: not applied',
      'ConfigMap u of the chart is a hook for pre-upgrade: not applied',
    ]);
  });
});
