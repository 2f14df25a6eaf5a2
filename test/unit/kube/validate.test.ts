import { describe, expect, it } from 'vitest';
import { readApiFields } from '../../../scripts/api-fields.ts';
import apiFields from '../../../src/kube/api-fields.json' with { type: 'json' };
import { parseManifests } from '../../../src/kube/manifest-text.ts';
import { readShipped } from '../../../src/kube/shipped-files.ts';
import { validateManifests } from '../../../src/kube/validate.ts';
import { UsageError } from '../../../src/model/errors.ts';

/** Line numbers in the expectations below count in this text. */
const healthy = `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: redis
spec:
  replicas: 3
  selector:
    matchLabels:
      app: redis
  template:
    metadata:
      labels:
        app: redis
    spec:
      containers:
        - name: redis
          image: redis:8.0
          env:
            - name: POD_IP
              valueFrom: {fieldRef: {fieldPath: status.podIP}}
          ports:
            - {name: client, containerPort: 6379}
          resources: {requests: {cpu: 1, memory: 64Mi}}
          readinessProbe:
            tcpSocket: {port: client}
          volumeMounts:
            - {name: data, mountPath: /data}
            - {name: conf, mountPath: /conf}
      volumes:
        - {name: conf, configMap: {name: c, defaultMode: 0755}}
  volumeClaimTemplates:
    - metadata: {name: data, creationTimestamp: null}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
status: {replicas: nonsense}
`;

const service = `apiVersion: v1
kind: Service
metadata: {name: redis}
spec:
  ports:
    - {name: client, port: 6379, targetPort: client}
    - {name: gossip, port: 16379}
`;

const check = (text: string) => validateManifests(parseManifests(text, 'f.yaml'));

describe('validateManifests accepts', () => {
  it('a healthy workload and Service', () => {
    expect(() => check(`${healthy}---\n${service}`)).not.toThrow();
  });

  it.each(['cluster', 'hit-counter', 'observer'])('the shipped %s', async (name) => {
    const text = (await readShipped(name)) ?? '';
    expect(parseManifests(text, name).length).toBeGreaterThan(0);
    expect(() => check(text)).not.toThrow();
  });

  it('custom resources, also such that share a name with a kind of Kubernetes', () => {
    expect(() =>
      check('apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\nodd: 1\n'),
    ).not.toThrow();
  });

  it('a headless Service without ports and an ExternalName one', () => {
    const headless = service.replace(/ports:[\s\S]*/, 'clusterIP: None\n');
    const external = service.replace(/ports:[\s\S]*/, 'type: ExternalName\n  externalName: a.b\n');
    expect(() => check(headless)).not.toThrow();
    expect(() => check(external)).not.toThrow();
  });
});

describe('validateManifests refuses, with the line', () => {
  it.each<[string, string, string, string]>([
    [
      'a misspelt field',
      'replicas: 3',
      'replica: 3',
      'f.yaml:6:3: StatefulSet redis: unknown field spec.replica; did you mean replicas?',
    ],
    [
      'a misplaced field',
      '    spec:\n',
      '    serviceName: a\n    spec:\n',
      'f.yaml:14:5: StatefulSet redis: unknown field spec.template.serviceName',
    ],
    [
      'a wrong type',
      'replicas: 3',
      'replicas: "six"',
      'f.yaml:6:13: StatefulSet redis: spec.replicas: expected a whole number, got the text "six"',
    ],
    ['a fraction', 'replicas: 3', 'replicas: 2.5', 'expected a whole number, got the number 2.5'],
    ['a negative number', 'replicas: 3', 'replicas: -1', 'spec.replicas is -1'],
    [
      'a map for a list',
      'ports:\n            - {name: client, containerPort: 6379}',
      'ports: {containerPort: 6379}',
      'f.yaml:21:11: StatefulSet redis: spec.template.spec.containers[0].ports: expected a list, got a map',
    ],
    [
      'a number for text',
      'image: redis:8.0',
      'image: 8',
      'f.yaml:17:18: StatefulSet redis: spec.template.spec.containers[0].image: expected text, got a number; put it in quotes',
    ],
    [
      'a boolean label (yes)',
      '        app: redis\n    spec',
      '        app: yes\n    spec',
      'f.yaml:13:14: StatefulSet redis: spec.template.metadata.labels.app: expected text, got a boolean; put it in quotes',
    ],
    [
      'a quantity that is none',
      'cpu: 1',
      'cpu: lots',
      'resources.requests.cpu: expected a quantity',
    ],
    [
      'a missing field',
      '        - name: redis\n          image',
      '        - image',
      'f.yaml:16:11: StatefulSet redis: spec.template.spec.containers[0].name is missing',
    ],
    [
      'no selector',
      '  selector:\n    matchLabels:\n      app: redis\n',
      '',
      'spec.selector is missing',
    ],
    [
      'an empty selector',
      '    matchLabels:\n      app: redis\n',
      '    matchLabels: {}\n',
      'f.yaml:7:3: StatefulSet redis: spec.selector is empty',
    ],
    [
      'a selector that misses',
      '    matchLabels:\n      app: redis\n',
      '    matchLabels:\n      app: valkey\n',
      'f.yaml:13:14: StatefulSet redis: spec.template.metadata.labels does not match spec.selector: it wants app=valkey, they have app=redis',
    ],
    [
      'an image that is missing',
      '          image: redis:8.0\n',
      '',
      'containers[0].image is missing',
    ],
    [
      'a mount without a volume',
      '{name: data, mountPath',
      '{name: dat, mountPath',
      'f.yaml:27:22: StatefulSet redis: spec.template.spec.containers[0].volumeMounts[0].name is dat, which is no volume of the pod; did you mean data? (it has: conf, data)',
    ],
    [
      'two mounts in one place',
      'mountPath: /conf',
      'mountPath: /data',
      'volumeMounts[1].mountPath repeats /data',
    ],
    [
      'a variable given twice',
      '          env:\n',
      '          env:\n            - {name: POD_IP, value: a}\n',
      'f.yaml:20:21: StatefulSet redis: spec.template.spec.containers[0].env[1].name repeats POD_IP',
    ],
    [
      'a port given twice',
      '            - {name: client, containerPort: 6379}',
      '            - {containerPort: 6379}\n            - {containerPort: 6379}',
      'ports[1].containerPort repeats 6379/TCP',
    ],
    [
      'a volume given twice',
      '      volumes:\n',
      '      volumes:\n        - {name: conf, emptyDir: {}}\n',
      'spec.template.spec.volumes[1].name repeats conf',
    ],
    [
      'two containers of one name',
      '      containers:\n',
      '      containers:\n        - {name: redis, image: a}\n',
      'spec.template.spec.containers[1].name repeats redis',
    ],
    [
      'a probe without handler',
      'tcpSocket: {port: client}',
      'periodSeconds: 3',
      'f.yaml:24:11: StatefulSet redis: spec.template.spec.containers[0].readinessProbe needs exactly one of exec, httpGet, tcpSocket, grpc; it has none',
    ],
    [
      'a probe of two',
      'tcpSocket: {port: client}',
      'tcpSocket: {port: client}\n            exec: {command: [a]}',
      'it has exec and tcpSocket',
    ],
    [
      'a name with capitals',
      'name: redis\nspec',
      'name: Redis\nspec',
      'f.yaml:4:9: StatefulSet Redis: metadata.name must be lower-case',
    ],
    [
      'another apiVersion',
      'apps/v1',
      'apps/v1beta1',
      'f.yaml:1:13: StatefulSet redis: a StatefulSet is of apiVersion apps/v1, not apps/v1beta1',
    ],
    ['the core apiVersion', 'apps/v1', 'v1', 'is of apiVersion apps/v1, not v1'],
  ])('%s', (_, from, to, message) => {
    const broken = healthy.replace(from, to);
    expect(broken).not.toBe(healthy);
    expect(() => check(broken)).toThrow(UsageError);
    expect(() => check(broken)).toThrow(message);
  });

  it.each([
    [
      'ports without names',
      'name: gossip, ',
      '',
      'f.yaml:7:7: Service redis: spec.ports[1].name is missing',
    ],
    [
      'a name twice',
      'gossip',
      'client',
      'f.yaml:7:14: Service redis: spec.ports[1].name repeats client',
    ],
    ['a port twice', '16379', '6379', 'spec.ports[1] repeats TCP port 6379'],
    ['a port as text', '16379', '"16379"', 'spec.ports[1].port: expected a whole number'],
  ])('a Service with %s', (_, from, to, message) => {
    expect(() => check(service.replace(from, to))).toThrow(message);
  });

  it('no spec at all, and no containers', () => {
    expect(() => check('apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n')).toThrow(
      'f.yaml:1:1: Pod p: spec is missing',
    );
    expect(() =>
      check('apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: []}\n'),
    ).toThrow('spec.containers needs one at least');
  });
});

describe('a secret is never repeated', () => {
  const secret = (line: string) => `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n${line}\n`;

  it.each([
    ['data that is not base64', 'data: {password: "hunter-2"}', 'data.password is not base64'],
    ['a number in stringData', 'stringData: {password: 20242024}', 'expected text, got a number'],
  ])('%s', (_, line, message) => {
    expect(() => check(secret(line))).toThrow(message);
    expect(() => check(secret(line))).toThrow(/^(?![\s\S]*(hunter-2|20242024))/);
  });

  it('base64 passes, line ends in it too', () => {
    expect(() => check(secret('data: {password: "aHVudGVy\\nLTI="}'))).not.toThrow();
  });
});

it('api-fields.json is what scripts/api-fields.ts makes of the installed client library', () => {
  expect(apiFields).toEqual(readApiFields());
});
