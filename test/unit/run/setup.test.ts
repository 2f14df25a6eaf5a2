import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/model/kube-object.ts';
import { parseSelector, partOf, redisContainer } from '../../../src/run/setup.ts';

/** Goal: a server is taken for one, and what only has the server's image is not. */

interface Container {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
}

const pod = (container: Container, metadata: Partial<KubeObject['metadata']> = {}) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', ...metadata },
    spec: { containers: [{ name: 'c', ...container }] },
  }) as KubeObject;
const ownedBy = (kind: string) => ({
  ownerReferences: [{ apiVersion: 'x', kind, name: 'o', uid: 'u', controller: true }],
});
const port = { ports: [{ containerPort: 6379 }] };

describe('a server', () => {
  test.each<[string, Container, number]>([
    ['by its port', { image: 'registry/own:1', ...port }, 6379],
    ['by its image', { image: 'docker.io/bitnami/redis-cluster:7' }, 6379],
    [
      'on a port of its own',
      { image: 'valkey/valkey:8', ports: [{ name: 'client', containerPort: 7000 }] },
      7000,
    ],
    ['with a script', { image: 'redis:8.0', command: ['sh', '/conf/start.sh'] }, 6379],
    [
      'that asks before it starts',
      { image: 'redis:8.0', args: ['sh', '-c', 'redis-cli -h peer ping; exec redis-server'] },
      6379,
    ],
    [
      'with the port, whatever it runs',
      { image: 'redis:8.0', command: ['redis-cli'], ...port },
      6379,
    ],
  ])('%s', (_, container, expected) => {
    expect(redisContainer(pod(container))).toEqual({ name: 'c', port: expected });
    expect(partOf(pod(container), null)).toBe('redis');
  });
});

describe('no server', () => {
  test.each<[string, KubeObject]>([
    ['an app', pod({ image: 'nginx:1' })],
    ['an exporter', pod({ image: 'oliver006/redis_exporter:1' })],
    [
      'a client in a loop',
      pod({ image: 'redis:8.0', command: ['sh', '-c', 'while redis-cli ping; do sleep 1; done'] }),
    ],
    [
      'a benchmark',
      pod({ image: 'redis:8.0', command: ['redis-benchmark'], args: ['-h', 'redis'] }),
    ],
    ['the pod of a Job', pod({ image: 'redis:8.0', ...port }, ownedBy('Job'))],
  ])('%s', (_, object) => {
    expect(partOf(object, null)).toBe('other');
  });

  test('the pod of a Job, also where the selector would take it', () => {
    const labels = { app: 'redis' };
    expect(partOf(pod({}, { labels, ...ownedBy('Job') }), parseSelector('app=redis'))).toBe(
      'other',
    );
    expect(partOf(pod({}, { labels, ...ownedBy('StatefulSet') }), parseSelector('app=redis'))).toBe(
      'redis',
    );
  });
});
