import { expect, test } from 'vitest';
import { ApiError } from '../../../../../src/provider/embedded/agent/kube-api/api-error.ts';
import { patched } from '../../../../../src/provider/embedded/agent/kube-api/patch.ts';

const json = 'application/json-patch+json';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';
const object = {
  metadata: { labels: { app: 'a', 'x.io/role': 'r', '~': 't' }, finalizers: ['f'] },
};
const labelsOf = (result: object) =>
  (result as { metadata: { labels?: Record<string, string> } }).metadata.labels;

function refusal(type: string, patch: unknown): ApiError {
  try {
    patched(object, type, patch);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('not refused');
}

test.each([
  merge,
  strategic,
  `${merge}; charset=utf-8`,
])('%s adds, changes and takes away', (type) => {
  const patch = { metadata: { labels: { app: 'b', '~': null, role: 'master', none: null } } };
  expect(labelsOf(patched(object, type, patch))).toEqual({
    app: 'b',
    'x.io/role': 'r',
    role: 'master',
  });
  expect(labelsOf(patched(object, type, { metadata: { labels: null } }))).toBeUndefined();
  expect(labelsOf(patched({ metadata: {} }, type, { metadata: { labels: { a: 'b' } } }))).toEqual({
    a: 'b',
  });
  expect(object.metadata.labels.app).toBe('a');
});

test('a key that JavaScript knows is a key like any other', () => {
  const patch = JSON.parse('{"metadata":{"labels":{"__proto__":"x","constructor":"y"}}}');
  const labels = labelsOf(patched(object, merge, patch)) ?? {};
  expect(Object.getOwnPropertyDescriptor(labels, '__proto__')?.value).toBe('x');
  const operations = [{ op: 'add', path: '/metadata/labels/__proto__', value: 'x' }];
  const added = labelsOf(patched(object, json, operations)) ?? {};
  expect(Object.getOwnPropertyDescriptor(added, '__proto__')?.value).toBe('x');
});

test('a JSON patch applies its operations in order, with escapes in its paths', () => {
  const result = patched(object, json, [
    { op: 'test', path: '/metadata/labels/x.io~1role', value: 'r' },
    { op: 'replace', path: '/metadata/labels/x.io~1role', value: 'm' },
    { op: 'remove', path: '/metadata/labels/~0' },
    { op: 'add', path: '/metadata/labels/new', value: 'n' },
    { op: 'test', path: '/metadata/labels/none', value: null },
    { op: 'add', path: '/metadata/annotations', value: { why: 'w' } },
    { op: 'add', path: '/metadata/finalizers/-', value: 'g' },
  ]);
  expect(result).toEqual({
    metadata: {
      labels: { app: 'a', 'x.io/role': 'm', new: 'n' },
      annotations: { why: 'w' },
      finalizers: ['f', 'g'],
    },
  });
});

test.each<[string, object]>([
  ['a test that fails', { op: 'test', path: '/metadata/labels/app', value: 'b' }],
  ['removal of nothing', { op: 'remove', path: '/metadata/labels/no' }],
  ['replacement of nothing', { op: 'replace', path: '/metadata/labels/no', value: '' }],
  ['no parent', { op: 'add', path: '/metadata/annotations/a', value: '' }],
  ['no value', { op: 'add', path: '/metadata/labels/a' }],
])('a JSON patch is refused for %s, in the words of an API server', (_, operation) => {
  // as Kubernetes 1.34 answered, to the letter
  expect(refusal(json, [operation]).status).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'the server rejected our request due to an error in our request',
    reason: 'Invalid',
    details: {},
    code: 422,
  });
});

test.each<[string, object]>([
  ['move', { op: 'move', path: '/metadata/labels/a', from: '/metadata/labels/app' }],
  ['the whole object', { op: 'replace', path: '', value: {} }],
])('what a real server takes and this one does not is named: %s', (what, operation) => {
  expect(refusal(json, [operation]).message).toContain(`not ${what}; run with --provider kind`);
});

test('what is no patch of its type is refused as such', () => {
  expect(refusal(json, {}).code).toBe(400);
  expect(refusal(json, [{ op: 'add', path: 'metadata' }]).code).toBe(400);
  expect(refusal(merge, []).code).toBe(400);
  expect(refusal('application/json', {})).toMatchObject({
    code: 415,
    reason: 'UnsupportedMediaType',
  });
  const directive = { metadata: { labels: { $patch: 'replace', a: 'b' } } };
  expect(refusal(strategic, directive)).toMatchObject({ code: 422 });
  expect(refusal(strategic, directive).message).toContain('$patch');
});
