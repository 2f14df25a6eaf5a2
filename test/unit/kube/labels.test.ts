import { describe, expect, it } from 'vitest';
import { addRunLabels, namespaceOf } from '../../../src/kube/labels.ts';
import { parseManifests } from '../../../src/kube/manifest-text.ts';

const options = { runId: 'run-1', namespace: 'chaos', clusterScoped: 'refuse' } as const;
const parse = (text: string) => parseManifests(text, 'f.yaml');

describe('addRunLabels', () => {
  const [labelled] = addRunLabels(
    parse(`
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: s
  labels: {app.kubernetes.io/managed-by: Helm}
spec:
  selector: {matchLabels: {app: r}}
  template: {metadata: {labels: {app: r}}, spec: {containers: []}}
  volumeClaimTemplates: [{metadata: {name: data}}]
`),
    options,
  );
  const run = { 'redis-k8s-chaos/run': 'run-1' };

  it('labels the object, its pods and its claims, and sets the namespace', () => {
    expect(labelled?.metadata).toMatchObject({ namespace: 'chaos', labels: run });
    expect(labelled?.spec).toMatchObject({
      template: { metadata: { labels: { app: 'r', ...run } } },
      volumeClaimTemplates: [{ metadata: { name: 'data', labels: run } }],
    });
  });

  it('never touches a selector, nor a managed-by label of the user', () => {
    expect(JSON.stringify(labelled?.spec)).toContain('"selector":{"matchLabels":{"app":"r"}}');
    expect(labelled?.metadata.labels?.['app.kubernetes.io/managed-by']).toBe('Helm');
  });

  it('refuses an object of another namespace, with its line', () => {
    const other = parse('apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  namespace: prod\n');
    expect(() => addRunLabels(other, options)).toThrow(
      'f.yaml:5:14: Secret a: is in namespace prod, but the run works in chaos',
    );
  });

  it('refuses cluster-scoped kinds on a cluster that is not ours, and labels them on ours', () => {
    const role = parse(
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n',
    );
    expect(() => addRunLabels(role, options)).toThrow('f.yaml:2:7: ClusterRole r: belongs to');
    const [own] = addRunLabels(role, { ...options, clusterScoped: 'allow' });
    expect(own?.metadata.labels).toMatchObject(run);
    expect(own?.metadata.namespace).toBeUndefined();
  });

  it('passes a StorageClass as it is and leaves out the Namespace of the run', () => {
    const given = parse(
      'apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: chaos}\n',
    );
    expect(addRunLabels(given, options)).toEqual([given[0]]);
  });

  it('refuses a run id that cannot be a label', () => {
    const given = parse('apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n');
    expect(() => addRunLabels(given, { ...options, runId: 'a b' })).toThrow("cannot be a label's");
  });
});

describe('namespaceOf', () => {
  const inNamespace = (name: string, namespace: string | null) =>
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n${namespace ? `  namespace: ${namespace}\n` : ''}`;

  it('is the one namespace named, or null', () => {
    expect(namespaceOf(parse(inNamespace('a', null)))).toBeNull();
    const one = `${inNamespace('a', 'x')}---\n${inNamespace('b', null)}---\n${inNamespace('c', 'x')}`;
    expect(namespaceOf(parse(one))).toBe('x');
  });

  it('refuses two', () => {
    const two = `${inNamespace('a', 'x')}---\n${inNamespace('b', 'other')}`;
    expect(() => namespaceOf(parse(two))).toThrow(
      'f.yaml:11:14: Secret b: is in namespace other, but f.yaml:5:14 is in x',
    );
  });
});
