import { expect, test } from 'vitest';
import {
  apiError,
  isConflict,
  isGone,
  isTransient,
  lacksAccount,
  objectRefusal,
} from '../../../../src/kube/client/errors.ts';
import { fieldPath } from '../../../../src/kube/client/field-path.ts';
import { parseManifests } from '../../../../src/kube/manifest-text.ts';
import { UsageError } from '../../../../src/model/errors.ts';

/** Bodies as Kubernetes 1.34 sent them. */
const object = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'x' } };

function refused(code: number, reason: string, message: string) {
  return apiError('apply StatefulSet x', code, JSON.stringify({ kind: 'Status', reason, message }));
}

test('a misspelt field is the object’s fault, and no reason to try again', () => {
  const error = refused(
    500,
    '',
    'failed to create typed patch object (/x; apps/v1, Kind=StatefulSet): .spec.replica: field not declared in schema',
  );
  expect(objectRefusal(error, object)).toBeInstanceOf(UsageError);
  expect(objectRefusal(error, object)?.message).toBe(
    'StatefulSet x: spec.replica: field not declared in schema',
  );
  expect(isTransient(error)).toBe(false);
});

test('an invalid value is the object’s fault', () => {
  const error = refused(
    422,
    'Invalid',
    'StatefulSet.apps "x" is invalid: spec.template.spec.containers[0].image: Required value',
  );
  expect(objectRefusal(error, object)?.message).toBe(
    'StatefulSet x: spec.template.spec.containers[0].image: Required value',
  );
});

test.each([
  [403, 'Forbidden', 'pods "x" is forbidden: exceeded quota: compute, requested: cpu=1'],
  [403, 'Forbidden', 'pods "x" is forbidden: violates PodSecurity "restricted:latest"'],
  [400, 'BadRequest', 'admission webhook "policy.example.com" denied the request: no'],
  [422, 'Invalid', 'admission webhook "policy.example.com" denied the request: no'],
  [500, 'InternalError', 'Internal error occurred: failed calling webhook "x": refused'],
  [404, 'NotFound', 'namespaces "nope" not found'],
])('%i %s %s is the cluster’s', (code, reason, message) => {
  expect(objectRefusal(refused(code, reason, message), object)).toBeNull();
});

test('a pod that waits for its ServiceAccount is told from one that may not be made', () => {
  const message =
    'pods "x" is forbidden: error looking up service account ns/a: serviceaccount "a" not found';
  expect(lacksAccount(refused(403, 'Forbidden', message), 'a')).toBe(true);
  expect(lacksAccount(refused(403, 'Forbidden', message), 'b')).toBe(false);
  expect(lacksAccount(refused(403, 'Forbidden', 'exceeded quota: a'), 'a')).toBe(false);
});

test('a refusal is one line with status and reason; a proxy’s page is kept as text', () => {
  expect(refused(404, 'NotFound', 'pods "a" not found').message).toBe(
    'apply StatefulSet x: pods "a" not found (HTTP 404 NotFound)',
  );
  expect(apiError('list Pods', 502, '<html>\n bad   gateway</html>').message).toBe(
    'list Pods: <html> bad gateway</html> (HTTP 502)',
  );
});

test('gone is said of that object alone', () => {
  const missing = refused(404, 'NotFound', 'pods "redis-0" not found');
  expect(isGone(missing, 'redis-0')).toBe(true);
  expect(isGone(refused(404, 'NotFound', 'namespaces "ns" not found'), 'redis-0')).toBe(false);
});

test('a JSON patch whose test does not hold is a conflict, an invalid one is not', () => {
  const message = 'the server rejected our request due to an error in our request';
  const failed = 'testing value /metadata/uid failed';
  expect(isConflict(refused(422, 'Invalid', failed))).toBe(true);
  expect(isConflict(refused(422, 'Invalid', message))).toBe(true);
  const finalizers = 'Pod "a" is invalid: metadata.finalizers: Forbidden: no new finalizers';
  expect(isConflict(refused(422, 'Invalid', finalizers))).toBe(false);
  expect(isConflict(refused(409, 'Conflict', 'the object has been modified'))).toBe(true);
  expect(isConflict(refused(400, 'BadRequest', message))).toBe(false);
});

test.each([429, 500, 502, 503, 504])('HTTP %i may go away', (code) => {
  expect(isTransient(refused(code, '', 'leader changed'))).toBe(true);
});

test.each([400, 401, 403, 404, 409, 422])('HTTP %i does not go away', (code) => {
  expect(isTransient(refused(code, '', 'no'))).toBe(false);
});

const spec = {
  containers: [
    { name: 'a', ports: [{ containerPort: 1 }] },
    { name: 'b', ports: [{ containerPort: 1 }, { containerPort: 6379 }] },
  ],
};

test.each([
  ['spec.containers[1].image', ['spec', 'containers', 1, 'image']],
  ['.spec.containers[name="b"].imag', ['spec', 'containers', 1, 'imag']],
  [
    'spec.containers[name="b"].ports[containerPort=6379,protocol="TCP"].x',
    ['spec', 'containers', 1, 'ports', 1, 'x'],
  ],
  ['spec.containers[name="c"].image', ['spec', 'containers']],
  ['', []],
])('the field %s is found in the object', (text, path) => {
  expect(fieldPath({ spec }, text)).toEqual(path);
});

test('a refusal of an object from a file points at the line', () => {
  const [pod] = parseManifests(
    ['apiVersion: v1', 'kind: Pod', 'metadata:', '  name: p', 'spec:', '  restart: x'].join('\n'),
    'pod.yaml',
  );
  const error = refused(
    500,
    '',
    'failed to create typed patch object (/p; /v1, Kind=Pod): .spec.restart: field not declared in schema',
  );
  expect(pod && objectRefusal(error, pod)?.message).toBe(
    'pod.yaml:6:3: Pod p: spec.restart: field not declared in schema',
  );
});
