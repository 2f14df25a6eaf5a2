import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseManifests } from '../../../../src/kube/manifest-text.ts';
import { loadManifests } from '../../../../src/kube/manifests.ts';
import { InfrastructureError, UsageError } from '../../../../src/model/errors.ts';
import type { KubeObject } from '../../../../src/model/kube-object.ts';
import { findOnPath } from '../../../../src/platform/find-on-path.ts';
import { configMap, folderOf } from '../manifest-files.ts';

/**
 * Goal: a kustomization is what kustomize makes of it, and what is wrong with one is said in
 * kustomize's words, with the place in the user's files that they name.
 * Method: the real programs where they are on PATH, else scripts in their place.
 */
const real =
  (await findOnPath('kustomize', process.env)) ?? (await findOnPath('kubectl', process.env));
if (real === null) console.log('skipped: neither kustomize nor kubectl is on PATH');

const fixtures = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'kustomize');
const byName = (objects: readonly KubeObject[]) =>
  Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));

const workload = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: redis}
spec:
  serviceName: redis
  selector: {matchLabels: {app: redis}}
  template:
    metadata: {labels: {app: redis}}
    spec:
      containers:
        - name: redis
          image: registry.example.com/redis:7.2
          volumeMounts: [{name: conf, mountPath: /conf}]
      volumes: [{name: conf, configMap: {name: conf}}]
---
apiVersion: v1
kind: Service
metadata: {name: redis}
spec: {clusterIP: None, selector: {app: redis}, ports: [{port: 6379}]}
`;

/** An overlay that uses what people use. */
const overlay = {
  'base/kustomization.yaml':
    'resources: [redis.yaml]\nconfigMapGenerator: [{name: conf, files: [redis.conf]}]\n',
  'base/redis.yaml': workload,
  'base/redis.conf': 'appendonly yes\n',
  'probes/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
  - target: {kind: StatefulSet}
    patch: |-
      - op: add
        path: /spec/template/spec/containers/0/readinessProbe
        value: {exec: {command: [redis-cli, ping]}}
`,
  'over/kustomization.yaml': `resources: [../base]
components: [../probes]
namePrefix: ci-
images: [{name: registry.example.com/redis, newName: redis, newTag: "8.0"}]
patches:
  - path: grace.yaml
replacements:
  - source: {kind: Service, name: redis, fieldPath: metadata.name}
    targets:
      - select: {kind: StatefulSet}
        fieldPaths: [spec.template.metadata.annotations.service]
        options: {create: true}
`,
  'over/grace.yaml': `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: redis}
spec: {template: {spec: {terminationGracePeriodSeconds: 15}}}
`,
};

describe.skipIf(real === null)('a kustomization, by the program itself,', () => {
  it('becomes what kubectl 1.32 made of it: prefix, labels, images, hashes and references', async () => {
    const file = join(fixtures, 'kubectl-1.32.yaml');
    const expected = parseManifests(await readFile(file, 'utf8'), file);
    expect(expected.length).toBeGreaterThan(10);
    expect(byName(await loadManifests(join(fixtures, 'over')))).toEqual(byName(expected));
  });

  it('may have patches, components, replacements, and generators with a hash', async () => {
    const folder = await folderOf(overlay);
    const objects = await loadManifests(join(folder, 'over'));
    const map = objects.find(({ kind }) => kind === 'ConfigMap');
    expect(map?.metadata.name).toMatch(/^ci-conf-[a-z0-9]{10}$/);
    expect(objects.find(({ kind }) => kind === 'StatefulSet')).toMatchObject({
      metadata: { name: 'ci-redis' },
      spec: {
        template: {
          metadata: { annotations: { service: 'ci-redis' } },
          spec: {
            terminationGracePeriodSeconds: 15,
            containers: [
              { image: 'redis:8.0', readinessProbe: { exec: { command: ['redis-cli', 'ping'] } } },
            ],
            volumes: [{ configMap: { name: map?.metadata.name } }],
          },
        },
      },
    });
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

  it('is checked like any manifests, at the line of what was built', async () => {
    const folder = await folderOf({
      ...overlay,
      'over/grace.yaml': overlay['over/grace.yaml'].replace('15', '15, hostname: A.b'),
    });
    const loaded = loadManifests(join(folder, 'over'));
    await expect(loaded).rejects.toThrow(UsageError);
    await expect(loaded).rejects.toThrow(
      /(kustomize build|kubectl kustomize) \S+over:\d+:\d+: StatefulSet ci-redis: spec\.template\.spec\.hostname must be/,
    );
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'a misspelt field',
      { 'over/kustomization.yaml': 'resources: [../base]\npatche: []\n' },
      /over\/kustomization\.yaml:2:1: .*unknown field "patche"/,
    ],
    [
      'a misspelt field of a base',
      { 'base/kustomization.yaml': 'resources: [redis.yaml]\nimage: []\n' },
      /base\/kustomization\.yaml:2:1: .*unknown field "image"/,
    ],
    [
      'a resource that is not there',
      { 'over/kustomization.yaml': 'resources:\n- ../base\n- b.yaml\n' },
      /over\/kustomization\.yaml:3:3: .*no such file or directory/,
    ],
    [
      'a file of a generator that is not there',
      { 'base/kustomization.yaml': 'configMapGenerator:\n- name: a\n  files:\n  - no.txt\n' },
      /base\/kustomization\.yaml:4:5: .*no such file or directory/,
    ],
    [
      'a base that does not parse',
      { 'base/redis.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n' },
      /base\/redis\.yaml:4:\d+: .*yaml: line/,
    ],
    [
      'a kustomization that does not parse',
      { 'base/kustomization.yaml': 'resources: [redis.yaml\nimages: []\n' },
      /base\/kustomization\.yaml:\d+:\d+: .*yaml: line/,
    ],
    [
      'a component that is none',
      { 'over/kustomization.yaml': 'resources: [../base]\ncomponents: [../nope]\n' },
      /over\/kustomization\.yaml:2:14: .*nope/,
    ],
    [
      'a patch that fits nothing',
      { 'over/grace.yaml': overlay['over/grace.yaml'].replace('redis', 'valkey') },
      /(build|kustomize) \S+over: .*no matches for Id/,
    ],
  ])('is refused in its words, with the place: %s', async (_, change, message) => {
    const folder = await folderOf({ ...overlay, ...change });
    const loaded = loadManifests(join(folder, 'over'));
    await expect(loaded).rejects.toThrow(UsageError);
    await expect(loaded).rejects.toThrow(message);
  });

  it('never repeats the literals of a secret', async () => {
    const folder = await folderOf({
      'kustomization.yaml': 'secretGenerator:\n- name: s\n  literals: [a=b, hunter-2]\n',
    });
    const loaded = loadManifests(folder);
    await expect(loaded).rejects.toThrow(/expected key=value/);
    await expect(loaded).rejects.toThrow(/^(?![\s\S]*hunter-2)/);
  });

  it('whose remote base is out of reach is no fault of the files', async () => {
    const folder = await folderOf({
      'kustomization.yaml': 'resources: ["http://127.0.0.1:1/a.yaml"]\n',
    });
    await expect(loadManifests(folder)).rejects.toThrow(InfrastructureError);
  });
});

/** A folder with programs that are scripts, as a PATH. */
async function pathWith(programs: Readonly<Record<string, string>>): Promise<NodeJS.ProcessEnv> {
  const bin = await folderOf(programs);
  for (const name of Object.keys(programs)) await chmod(join(bin, name), 0o755);
  return { PATH: bin, XDG_CACHE_HOME: join(bin, 'cache') };
}

const says = (text: string) => `#!/bin/sh\n${text}\n`;
const prints = (name: string) =>
  says(
    `echo "{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}, annotations: {a: '$*'}}}"`,
  );

describe('the program', () => {
  const kustomization = { 'kustomization.yaml': 'resources: []\n' };

  it('is kustomize where there is one', async () => {
    const folder = await folderOf(kustomization);
    const env = await pathWith({ kustomize: prints('one'), kubectl: prints('two') });
    const [object] = await loadManifests(folder, { env });
    expect(object?.metadata).toMatchObject({ name: 'one', annotations: { a: `build ${folder}` } });
  });

  it('is else kubectl; charts are rendered where helm is there', async () => {
    const folder = await folderOf(kustomization);
    const env = await pathWith({ kubectl: prints('two'), helm: says('exit 1') });
    const [object] = await loadManifests(folder, { env });
    expect(object?.metadata).toMatchObject({
      name: 'two',
      annotations: { a: `kustomize ${folder} --enable-helm` },
    });
  });

  it('may say nothing and fail, or say it in the dress of a log', async () => {
    const folder = await folderOf(kustomization);
    const silent = await pathWith({ kustomize: says('exit 7') });
    await expect(loadManifests(folder, { env: silent })).rejects.toThrow('exit code 7 and no word');
    const logged = `E1126 01:32:22.475429 30627 run.go:72] "command failed" err="invalid Kustomization: json: unknown field \\"resources\\""`;
    const env = await pathWith({ kubectl: says(`echo '${logged}' >&2\nexit 1`) });
    await expect(loadManifests(folder, { env })).rejects.toThrow(
      `kustomization.yaml:1:1: kubectl kustomize ${folder}: invalid Kustomization: json: unknown field "resources"`,
    );
  });

  it('is missing: both ways to get one are named', async () => {
    const folder = await folderOf(kustomization);
    const env = await pathWith({});
    const download = { releases: 'http://127.0.0.1:1' };
    const loaded = loadManifests(folder, { env, download });
    await expect(loaded).rejects.toThrow(InfrastructureError);
    await expect(loaded).rejects.toThrow(
      /built by kustomize or kubectl, and neither is on PATH.*cannot download kustomize v/,
    );
  });

  it('ends with the run', async () => {
    const folder = await folderOf(kustomization);
    const env = await pathWith({ kustomize: says('exec /bin/sleep 60') });
    const stop = new AbortController();
    const loaded = loadManifests(folder, { env, signal: stop.signal });
    const reason = new Error('stop');
    stop.abort(reason);
    await expect(loaded).rejects.toBe(reason);
  });
});
