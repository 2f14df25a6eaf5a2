import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { positionOf } from '../../../src/kube/manifest-source.ts';
import { loadManifests } from '../../../src/kube/manifests.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { configMap, folderOf } from './manifest-files.ts';

describe('loadManifests reads what kubectl apply -f reads', () => {
  it('labels without a value as empty ones', async () => {
    const folder = await folderOf({
      'a.yaml': configMap('a', '  labels: {app: , tier: b}\n  annotations: {note: null}\n'),
    });
    const [object] = await loadManifests(folder);
    expect(object?.metadata).toMatchObject({
      labels: { app: '', tier: 'b' },
      annotations: { note: '' },
    });
  });

  it('one file of several documents, JSON too', async () => {
    const folder = await folderOf({
      'all.yaml': `---\n${configMap('a')}---\n${configMap('b')}`,
      'one.json': '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}',
    });
    const fromYaml = await loadManifests(join(folder, 'all.yaml'));
    expect(fromYaml.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect(await loadManifests(join(folder, 'one.json'))).toMatchObject([{ kind: 'Secret' }]);
  });

  it('a folder: yaml, yml and json in order of name, not its sub-folders', async () => {
    const folder = await folderOf({
      '2.yml': configMap('two'),
      '1.yaml': configMap('one'),
      '3.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"three"}}',
      'notes.txt': 'not yaml: [',
      'below/4.yaml': configMap('four'),
    });
    const objects = await loadManifests(folder);
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(['one', 'two', 'three']);
  });

  it('a List taken apart, with positions of its items; kinds we do not know pass', async () => {
    const folder = await folderOf({
      'list.yaml':
        'apiVersion: v1\nkind: List\nitems:\n- apiVersion: x.example/v1\n  kind: Odd\n  metadata:\n    name: o\n  spec:\n    size: 3\n',
    });
    const [object] = await loadManifests(folder);
    if (!object) throw new Error('no object');
    expect(object).toMatchObject({ kind: 'Odd', spec: { size: 3 } });
    expect(positionOf(object, ['spec', 'size'])).toEqual({
      file: join(folder, 'list.yaml'),
      line: 9,
      column: 11,
    });
  });
});

describe('what is not a set of Kubernetes objects is a UsageError with its position', () => {
  it.each([
    ['text', 'just text\n', ':1:1: expected a Kubernetes object'],
    ['no kind', 'apiVersion: v1\nmetadata: {name: a}\n', ':1:1: not a Kubernetes object: kind'],
    [
      'no apiVersion',
      'kind: Pod\nmetadata: {name: a}\n',
      ':1:1: not a Kubernetes object: apiVersion',
    ],
    ['no metadata', 'apiVersion: v1\nkind: Pod\n', ':1:1: Pod without a name'],
    ['no name', 'apiVersion: v1\nkind: Pod\nmetadata: {}\n', ':3:1: Pod without a name'],
    ['a number as name', 'apiVersion: v1\nkind: Pod\nmetadata: {name: 7}\n', ':3:18: Pod without'],
    [
      'generateName',
      'apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n',
      'fixed metadata.name',
    ],
    [
      'a label that is a boolean',
      `${configMap('a')}  labels:\n    cluster: yes\n`,
      ':6:14: ConfigMap a: metadata.labels: cluster must be text, got the boolean true',
    ],
    [
      'labels as a list',
      `${configMap('a')}  labels: [a]\n`,
      ':5:3: ConfigMap a: metadata.labels must be a map',
    ],
    [
      'items that are no list',
      'apiVersion: v1\nkind: List\nitems: 3\n',
      ':3:8: List: items must be a list',
    ],
    ['nothing', '# empty\n', 'there is no Kubernetes object in it'],
  ])('%s', async (_, text, message) => {
    const folder = await folderOf({ 'a.yaml': text });
    await expect(loadManifests(join(folder, 'a.yaml'))).rejects.toThrow(UsageError);
    await expect(loadManifests(join(folder, 'a.yaml'))).rejects.toThrow(message);
  });

  it('the same object twice, with both positions', async () => {
    const folder = await folderOf({ '1.yaml': configMap('a'), '2.yaml': configMap('a') });
    await expect(loadManifests(folder)).rejects.toThrow(
      `2.yaml:4:9: ConfigMap a: given twice; the first is at ${join(folder, '1.yaml')}:4:9`,
    );
  });

  it('the same name in two kinds or two namespaces is not twice', async () => {
    const secret = configMap('a').replace('ConfigMap', 'Secret');
    const folder = await folderOf({
      '1.yaml': configMap('a'),
      '2.yaml': secret,
      '3.yaml': configMap('a', '  namespace: other\n'),
    });
    expect(await loadManifests(folder)).toHaveLength(3);
  });

  it('a missing path, a folder without manifests, a URL', async () => {
    const folder = await folderOf({ 'readme.md': '' });
    await expect(loadManifests(join(folder, 'nope'))).rejects.toThrow('no such file or folder');
    await expect(loadManifests(folder)).rejects.toThrow('has no *.yaml');
    await expect(loadManifests('https://example.test/a.yaml')).rejects.toThrow('not fetched');
  });
});
