import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/model/kube-object.ts';
import { parseSelector, partOf, redisContainer, runsServer } from '../../../src/run/setup/setup.ts';

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

describe('where it listens', () => {
  const declared = (...numbers: number[]) => ({
    image: 'redis:8.0',
    ports: numbers.map((containerPort) => ({ containerPort })),
  });
  test.each<[string, Container, number]>([
    ['an argument says it', { ...declared(6379), args: ['redis-server', '--port', '6371'] }, 6371],
    ['a port without a name', declared(6371, 16_371), 6371],
    ['a port without a name, after its bus', declared(16_371, 6371), 6371],
    ['6379 among others', declared(9121, 6379), 6379],
    ['nothing says it', { image: 'redis:8.0' }, 6379],
  ])('%s', (_, container, expected) => {
    expect(redisContainer(pod(container))?.port).toBe(expected);
  });
  test('the server’s container, not that of a Sentinel or a proxy beside it', () => {
    const three = {
      ...pod({}),
      spec: {
        containers: [
          { name: 'proxy', image: 'envoy:1', ...port },
          { name: 'sentinel', image: 'redis:8', args: ['redis-sentinel', '/x.conf'] },
          { name: 'kv', image: 'redis:8', args: ['redis-server', '--port', '7001'] },
        ],
      },
    } as KubeObject;
    expect(redisContainer(three)).toEqual({ name: 'kv', port: 7001 });
  });
});

describe('where some say that they run a server', () => {
  test('one that only declares the port is a proxy in front of them', () => {
    const proxy = pod({ image: 'node:24', command: ['node', '/app/proxy.js'], ...port });
    expect(runsServer(proxy)).toBe(false);
    expect(partOf(proxy, null)).toBe('redis');
    expect(partOf(proxy, 'named')).toBe('other');
  });
  test.each<[string, Container, boolean]>([
    ['an image', { image: 'valkey/valkey:8' }, true],
    ['a program', { image: 'own:1', args: ['redis-server', '/etc/redis.conf'] }, true],
    [
      'a program at the end of a script',
      { image: 'own:1', args: ['sh', '-c', 'x; exec redis-server'] },
      true,
    ],
    ['a host of that name', { image: 'own:1', args: ['wait-for', 'redis-server', '6379'] }, false],
  ])('%s: %s', (_, container, says) => {
    expect(runsServer(pod(container))).toBe(says);
    expect(partOf(pod(container), 'named')).toBe(says ? 'redis' : 'other');
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
