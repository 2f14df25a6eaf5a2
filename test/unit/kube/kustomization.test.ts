import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { positionOf } from '../../../src/kube/manifest-source.ts';
import { parseManifests } from '../../../src/kube/manifest-text.ts';
import { loadManifests } from '../../../src/kube/manifests.ts';
import { UsageError } from '../../../src/model/errors.ts';
import type { KubeObject } from '../../../src/model/kube-object.ts';
import { configMap, folderOf } from './manifest-files.ts';

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'kustomize');
const byName = (objects: readonly KubeObject[]) =>
  Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));

describe('a kustomization', () => {
  it('becomes what kubectl 1.32 makes of it: prefix, labels, images, hashes and references', async () => {
    const file = join(fixtures, 'kubectl-1.32.yaml');
    const expected = parseManifests(await readFile(file, 'utf8'), file);
    const objects = await loadManifests(join(fixtures, 'over'));
    expect(expected.length).toBeGreaterThan(10);
    expect(byName(objects)).toEqual(byName(expected));
  });

  it('keeps the position in the file that an object comes from', async () => {
    const objects = await loadManifests(join(fixtures, 'over'));
    const job = objects.find(({ kind }) => kind === 'Job');
    if (!job) throw new Error('no Job');
    expect(positionOf(job, ['metadata', 'name'])).toMatchObject({
      file: join(fixtures, 'base', 'extra.yaml'),
      line: 22,
    });
  });

  it('puts what others need first', async () => {
    const kinds = (await loadManifests(join(fixtures, 'over'))).map(({ kind }) => kind);
    expect(kinds.indexOf('ConfigMap')).toBeLessThan(kinds.indexOf('StatefulSet'));
    expect(kinds.indexOf('ServiceAccount')).toBeLessThan(kinds.indexOf('Job'));
  });

  it('may be named by its file', async () => {
    const folder = await folderOf({
      'kustomization.yml': 'resources: [a.yaml]\n',
      'a.yaml': configMap('a'),
      'not-listed.yaml': configMap('b'),
    });
    expect(await loadManifests(join(folder, 'kustomization.yml'))).toHaveLength(1);
    expect(await loadManifests(folder)).toHaveLength(1);
  });

  it('leaves the hash out where that is asked for', async () => {
    const folder = await folderOf({
      'kustomization.yaml':
        'generatorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator: [{name: c, envs: [.env]}]\n',
      '.env': '# a comment\nA=1\n\nB=two words\n',
    });
    expect(await loadManifests(folder)).toMatchObject([
      { metadata: { name: 'c' }, data: { A: '1', B: 'two words' } },
    ]);
  });
});

describe('a kustomization is refused, with the line,', () => {
  it.each([
    [
      'with a field that we do not build',
      'resources: [a.yaml]\npatches: []\n',
      'kustomization.yaml:2:1: kustomization field patches is not supported here',
    ],
    ['with a misspelt field', 'resource: [a.yaml]\n', 'did you mean resources?'],
    [
      'with a remote resource',
      'resources: ["https://example.test/a"]\n',
      'is not fetched; build it yourself and give the file: kubectl kustomize',
    ],
    [
      'with a file that is not there',
      'resources:\n- b.yaml\n',
      'kustomization.yaml:2:3: kustomization resources.0: there is no',
    ],
    [
      'with resources that are no list',
      'resources: a.yaml\n',
      'kustomization.yaml:1:12: kustomization resources: expected a list',
    ],
    ['that includes itself', 'resources: [.]\n', 'includes itself'],
    ['that names a folder without one', 'resources: [sub]\n', 'it holds none itself'],
    [
      'with a generator field we do not build',
      'configMapGenerator: [{name: a, behavior: merge}]\n',
      'configMapGenerator.0.behavior: not supported here',
    ],
    [
      'with a literal without =',
      'configMapGenerator: [{name: a, literals: [b]}]\n',
      'a literal is KEY=VALUE',
    ],
    [
      'with a label that is a number',
      'resources: [a.yaml]\ncommonLabels: {a: 1}\n',
      'kustomization.yaml:2:19: kustomization commonLabels.a: expected text',
    ],
    [
      'with replicas of nothing',
      'resources: [a.yaml]\nreplicas: [{name: x, count: 3}]\n',
      'replicas.0: needs the name',
    ],
    ['as a list', '- a\n', 'expected a kustomization (a map)'],
  ])('%s', async (_, text, message) => {
    const folder = await folderOf({
      'kustomization.yaml': text,
      'a.yaml': configMap('a'),
      'sub/b.yaml': configMap('b'),
    });
    await expect(loadManifests(folder)).rejects.toThrow(UsageError);
    await expect(loadManifests(folder)).rejects.toThrow(message);
  });
});
