import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/model/kube-object.ts';
import { redisService } from '../../../src/run/setup/redis-service.ts';

/** Goal: our app is pointed at the servers, not at what else a Service of the same pods may lead to. */
const object = (kind: string, name: string, spec: object) =>
  ({ apiVersion: 'v1', kind, metadata: { name }, spec }) as unknown as KubeObject;
const service = (name: string, ports: readonly object[], more: object = {}) =>
  object('Service', name, { selector: { app: 'kv' }, ports, ...more });
const servers = object('StatefulSet', 'kv', {
  template: {
    metadata: { labels: { app: 'kv', tier: 'data' } },
    spec: {
      containers: [
        {
          name: 'exporter',
          image: 'redis_exporter',
          ports: [{ name: 'metrics', containerPort: 9121 }],
        },
        { name: 'redis', image: 'redis:8', ports: [{ name: 'client', containerPort: 6379 }] },
      ],
    },
  },
});
const pointedAt = (...services: readonly KubeObject[]) => redisService(services, [servers]);

const metrics = service('kv-metrics', [{ port: 9121, targetPort: 'metrics' }]);
const bus = service('kv-bus', [{ port: 16_379 }], { clusterIP: 'None' });

test.each<[string, KubeObject, number]>([
  ['6379', service('kv', [{ port: 6379 }]), 6379],
  ['another port, by its number', service('kv', [{ port: 80, targetPort: 6379 }]), 80],
  ['another port, by its name', service('kv', [{ port: 80, targetPort: 'client' }]), 80],
  ['the second of two', service('kv', [{ port: 9121 }, { port: 16_379 }, { port: 6379 }]), 6379],
  ['the pods themselves', service('kv', [{ port: 6379 }], { clusterIP: 'None' }), 6379],
])('a Service that leads to the servers, at %s, before others of their pods', (_, kv, port) => {
  expect(pointedAt(metrics, bus, kv)).toEqual({ name: 'kv', port });
  expect(pointedAt(kv, metrics)).toEqual({ name: 'kv', port });
});

test('where none is known to lead there, the first that selects the pods', () => {
  const own = service('kv', [{ port: 7000 }]);
  expect(pointedAt(own, bus)).toEqual({ name: 'kv', port: 7000 });
  // a headless Service leads to its own port, whatever it says of another
  const headless = service('kv-h', [{ port: 80, targetPort: 6379 }], { clusterIP: 'None' });
  expect(pointedAt(headless, service('kv', [{ port: 6379 }]))).toEqual({ name: 'kv', port: 6379 });
});

test('nothing where no Service selects them', () => {
  const other = service('web', [{ port: 6379 }], { selector: { app: 'web' } });
  const none = service('ext', [{ port: 6379 }], { selector: {} });
  const name = service('dns', [{ port: 6379 }], { type: 'ExternalName', externalName: 'a.b' });
  expect(pointedAt(other, none, name)).toBeNull();
});
