import { describe, expect, it } from 'vitest';
import { parseImageName } from '../../../src/kube/image-name.ts';
import { mapImages } from '../../../src/kube/images.ts';
import { parseManifests } from '../../../src/kube/manifest-text.ts';
import { imagesOf } from '../../../src/kube/pod-template.ts';

const [set, pod, job] = parseManifests(
  `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: s}
spec:
  template:
    spec:
      initContainers: [{name: i, image: busybox}]
      containers: [{name: r, image: 'redis:8.0'}, {name: x, image: docker.io/library/redis:7}]
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: c, image: 'node:24'}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: j}
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: 'quay.io/a/redis:1'}]}}}}}
`,
  'f.yaml',
);
if (!set || !pod || !job) throw new Error('three objects expected');
const objects = [set, pod, job];
const mapped = (from: string, to: string) =>
  mapImages(objects, [{ from, to }])
    .objects.flatMap(imagesOf)
    .map(({ image }) => image);

describe('mapImages', () => {
  it('maps every tag of a name, docker.io/library/ included, and no other name', () => {
    expect(mapped('redis', 'valkey/valkey:8.1')).toEqual([
      'busybox',
      'valkey/valkey:8.1',
      'valkey/valkey:8.1',
      'node:24',
      'quay.io/a/redis:1',
    ]);
  });

  it('keeps the tag when neither side has one (a mirror), not for a program', () => {
    expect(mapped('redis', 'mirror.example:5000/redis')[1]).toBe('mirror.example:5000/redis:8.0');
    expect(mapped('redis', '/opt/redis-server')[1]).toBe('/opt/redis-server');
  });

  it('prefers the exact name and tag, whatever the order', () => {
    const { objects: result, used } = mapImages(objects, [
      { from: 'redis', to: 'any:1' },
      { from: 'redis:8.0', to: 'exact:1' },
    ]);
    expect(result.flatMap(imagesOf).map(({ image }) => image)).toContain('exact:1');
    expect(used).toEqual([
      { from: 'redis:8.0', to: 'exact:1', image: 'redis:8.0' },
      { from: 'redis', to: 'any:1', image: 'docker.io/library/redis:7' },
    ]);
  });

  it('leaves the originals alone', () => {
    mapped('node', 'b:1');
    expect(imagesOf(pod)).toEqual([{ container: 'c', image: 'node:24' }]);
  });

  it('refuses a pair that matches nothing, and names what there is', () => {
    expect(() => mapped('redis:6', 'x')).toThrow(
      'image redis:6=x matches nothing; the manifests use busybox, docker.io/library/redis:7, node:24, quay.io/a/redis:1, redis:8.0',
    );
  });

  it('refuses the same image mapped twice', () => {
    const pairs = [
      { from: 'redis', to: 'a' },
      { from: 'docker.io/redis', to: 'b' },
    ];
    expect(() => mapImages(objects, pairs)).toThrow('docker.io/redis is mapped twice');
  });
});

it.each([
  ['redis', 'redis', null, null],
  ['docker.io/library/redis:8.0', 'redis', '8.0', null],
  ['localhost:5000/redis', 'localhost:5000/redis', null, null],
  ['localhost:5000/redis:7@sha256:ab', 'localhost:5000/redis', '7', 'sha256:ab'],
  ['docker.io/valkey/valkey:8', 'valkey/valkey', '8', null],
])('parseImageName(%s)', (image, name, tag, digest) => {
  expect(parseImageName(image)).toEqual({ name, tag, digest });
});
