import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/provider/provider.ts';
import { barePod, idle, service, shell, statefulSet, type Workbench } from './workbench.ts';

const folder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Asks the API as told on its input, and prints status code and body; code 0 is an error of the connection. */
const ask = `
const { host, method, path, type, body, token, trust } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const read = (name) => require('fs').readFileSync('${folder}/' + name, 'utf8');
const bearer = token === undefined ? read('token') : token;
const headers = { ...(bearer && { authorization: 'Bearer ' + bearer }), ...(type && { 'content-type': type }) };
const request = require('https').request({ host, method, path, headers, ...(trust && { ca: read('ca.crt') }) }, (response) => {
  let text = '';
  response.on('data', (chunk) => { text += chunk; });
  response.on('end', () => console.log(JSON.stringify({ code: response.statusCode, text })));
});
request.on('error', (error) => console.log(JSON.stringify({ code: 0, text: error.code })));
request.end(body);
`;

/** The sidecar of the goal: labels its own pod by the API's Service, with fetch and the mounted CA. */
const labeller = `
const token = require('fs').readFileSync('${folder}/token', 'utf8');
const url = 'https://kubernetes.default.svc/api/v1/namespaces/' + process.env.NS + '/pods/' + process.env.POD;
const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/strategic-merge-patch+json' };
const body = JSON.stringify({ metadata: { labels: { role: 'master' } } });
fetch(url, { method: 'PATCH', headers, body }).then(async (answer) => {
  console.log(answer.status, answer.ok ? '' : await answer.text());
  if (!answer.ok) process.exit(1);
  process.on('SIGTERM', () => process.exit());
  setInterval(() => {}, 1e6);
}, (error) => { console.log(error.cause); process.exit(1); });
`;
const fieldOf = (name: string, fieldPath: string) => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});

interface Question {
  readonly host?: string;
  readonly method?: string;
  readonly type?: string;
  readonly body?: unknown;
  /** '' sends none; by default the pod's own. */
  readonly token?: string;
  readonly trust?: boolean;
}

/** Service accounts, and the API as pods see it. */
export function serviceAccountContract(bench: Workbench): void {
  const call = async (pod: string, path: string, question: Question = {}) => {
    const { body, ...rest } = question;
    const asked = {
      host: 'kubernetes.default.svc',
      method: 'GET',
      trust: true,
      path,
      ...rest,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const options = { timeoutMs: 20_000, stdin: Buffer.from(JSON.stringify(asked)) };
    const argv = ['node', '-e', ask];
    const result = await bench.provider.exec(pod, 'main', argv, options, bench.signal);
    const { code, text } = JSON.parse(result.stdout.toString()) as { code: number; text: string };
    return { code, text, json: text.startsWith('{') ? JSON.parse(text) : {} };
  };
  const podPath = (pod: string) => `/api/v1/namespaces/${bench.provider.namespace}/pods/${pod}`;
  const node = (script: string, more: object = {}) => ({
    name: 'main',
    image: 'node:24',
    command: ['node', '-e', script],
    ...more,
  });
  const waiting = `process.on('SIGTERM',()=>process.exit());setInterval(()=>{},1e6)`;
  const account = (
    name: string,
    labels: Record<string, string>,
    more: object = {},
  ): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, labels },
    ...more,
  });
  const bound = (name: string, labels: Record<string, string>, rules: object[]): KubeObject[] => [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name, labels },
      rules,
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name, labels },
      subjects: [{ kind: 'ServiceAccount', name }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    },
  ];

  test('a sidecar labels its own pod by role, and the Service follows the label', async () => {
    const labels = bench.owns('roles');
    const pods = { apiGroups: [''], resources: ['pods'] };
    await bench.apply(
      account('roles', labels),
      ...bound('roles', labels, [
        { ...pods, verbs: ['get', 'patch', 'update'], resourceNames: ['roles'] },
        { ...pods, verbs: ['list', 'watch'] },
      ]),
      service('roles-master', labels, {
        selector: { ...labels, role: 'master' },
        ports: [{ port: 7000 }],
      }),
      barePod('roles', labels, {
        serviceAccountName: 'roles',
        containers: [
          node(`require('net').createServer(c=>c.end('here')).listen(7000);${waiting}`),
          {
            ...node(labeller),
            name: 'labeller',
            env: [
              fieldOf('POD', 'metadata.name'),
              fieldOf('NS', 'metadata.namespace'),
              { name: 'NODE_EXTRA_CA_CERTS', value: `${folder}/ca.crt` },
            ],
          },
        ],
      }),
    );
    const connects = `const s=require('net').connect(7000,'roles-master');s.setTimeout(2000,()=>s.destroy(Error('late')));s.on('data',d=>console.log(''+d)).on('error',e=>console.log('none'))`;
    const behind = (wanted: string) =>
      bench.until(`"${wanted}" behind the Service`, async () => {
        const argv = ['node', '-e', connects];
        const options = { timeoutMs: 20_000 };
        const seen = await bench.provider.exec('roles', 'main', argv, options, bench.signal);
        const text = seen.stdout.toString().trim();
        return text === wanted || `${text} ${seen.stderr}`;
      });
    await bench.ready('roles');
    await behind('here');

    const path = podPath('roles');
    const merge = 'application/merge-patch+json';
    const json = 'application/json-patch+json';
    const patch = (type: string, body: unknown) =>
      call('roles', path, { method: 'PATCH', type, body });
    const replica = await patch(merge, {
      metadata: { labels: { role: 'replica' }, annotations: { 'example.com/why': 'failover' } },
    });
    expect(replica.code, replica.text).toBe(200);
    expect(replica.json.metadata.labels).toEqual({ ...labels, role: 'replica' });
    await behind('none');

    const master = await patch(json, [
      { op: 'test', path: '/metadata/labels/role', value: 'replica' },
      { op: 'replace', path: '/metadata/labels/role', value: 'master' },
      { op: 'add', path: '/metadata/labels/example.com~1shard', value: '0' },
      { op: 'remove', path: '/metadata/annotations/example.com~1why' },
    ]);
    expect(master.code, master.text).toBe(200);
    expect(master.json.metadata.labels).toEqual({
      ...labels,
      role: 'master',
      'example.com/shard': '0',
    });
    expect(master.json.metadata.annotations ?? {}).toEqual({});
    await behind('here');

    const untrue = await patch(json, [
      { op: 'test', path: '/metadata/labels/role', value: 'replica' },
      { op: 'replace', path: '/metadata/labels/role', value: 'none' },
    ]);
    expect([untrue.code, untrue.json.reason], untrue.text).toEqual([422, 'Invalid']);
    expect(untrue.json.message).toBe(
      'the server rejected our request due to an error in our request',
    );
    const absent = await patch(json, [{ op: 'remove', path: '/metadata/labels/nothing' }]);
    expect(absent.code, absent.text).toBe(422);
    const invalid = await patch(merge, { metadata: { labels: { role: 'not a label' } } });
    expect([invalid.code, invalid.json.reason]).toEqual([422, 'Invalid']);
    expect(invalid.json.message).toContain(
      'Pod "roles" is invalid: metadata.labels: Invalid value: "not a label": a valid label must',
    );
    const moved = await patch(merge, { spec: { restartPolicy: 'Never' } });
    expect([moved.code, moved.json.reason]).toEqual([422, 'Invalid']);
    expect(moved.json.message).toContain('pod updates may not change fields other than');
    expect((await patch('application/json', {})).code).toBe(415);

    const old = (await call('roles', path)).json;
    const put = (body: object) =>
      call('roles', path, { method: 'PUT', type: 'application/json', body });
    const { role: _, ...others } = old.metadata.labels;
    const without = { ...old, metadata: { ...old.metadata, labels: others } };
    await bench.until('an update of the present version', async () => {
      // the kubelet may have written the status in between
      without.metadata.resourceVersion = (await call('roles', path)).json.metadata.resourceVersion;
      const updated = await put(without);
      return (updated.code === 200 && !updated.json.metadata.labels.role) || updated.text;
    });
    await behind('none');
    const stale = await put(old);
    expect([stale.code, stale.json.reason], stale.text).toEqual([409, 'Conflict']);
    expect(stale.json.message).toContain('Operation cannot be fulfilled on pods "roles": ');

    const list = async (query: string) => {
      const all = podPath('').replace(/\/$/, '');
      const { code, json: found, text } = await call('roles', `${all}?${query}`);
      expect(code, text).toBe(200);
      expect(found.kind).toBe('PodList');
      return found.items.map((pod: KubeObject) => pod.metadata.name);
    };
    const shard = encodeURIComponent('example.com/shard in (0,1)');
    expect(await list(`labelSelector=${shard}`)).toEqual(['roles']);
    expect(await list('labelSelector=contract-test%3Droles,role')).toEqual([]);
    expect(await list('fieldSelector=metadata.name%3Droles')).toEqual(['roles']);
    expect(await list('fieldSelector=metadata.name%3Droles,status.phase!%3DRunning')).toEqual([]);
    const field = `${podPath('').replace(/\/$/, '')}?fieldSelector=spec.nothing%3D1`;
    expect((await call('roles', field)).code).toBe(400);

    const other = await call('roles', podPath('roles-0'));
    expect([other.code, other.json.message]).toEqual([
      403,
      `pods "roles-0" is forbidden: User "system:serviceaccount:${bench.provider.namespace}:roles" cannot get resource "pods" in API group "" in the namespace "${bench.provider.namespace}"`,
    ]);
    const services = await call('roles', podPath('').replace(/pods\/$/, 'services'));
    expect([services.code, services.json.reason]).toEqual([403, 'Forbidden']);
  });

  test('a watch tells of label changes, one JSON object a line', async () => {
    const labels = bench.owns('watched');
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['*'] }];
    await bench.apply(account('watched', labels));
    await bench.apply(
      ...bound('watched', labels, rules),
      barePod('watched', labels, { serviceAccountName: 'watched', containers: [node(waiting)] }),
    );
    await bench.ready('watched');
    const path = podPath('watched');
    const selector = encodeURIComponent('contract-test=watched,role');
    const all = `${podPath('').replace(/\/$/, '')}?labelSelector=${selector}`;
    const version = (await call('watched', all)).json.metadata.resourceVersion;
    const type = 'application/merge-patch+json';
    for (const role of ['master', 'replica', null]) {
      const body = { metadata: { labels: { role } } };
      const done = await call('watched', path, { method: 'PATCH', type, body });
      expect(done.code, done.text).toBe(200);
    }
    const body = { metadata: { labels: { role: 'master' } } };
    const after = `${all}&watch=true&timeoutSeconds=2&resourceVersion=`;
    const [seen] = await Promise.all([
      call('watched', `${after}${version}`),
      call('watched', path, { method: 'PATCH', type, body }),
    ]);
    const last = seen.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .at(-1);
    expect([last.type, last.object.kind], seen.text).toEqual(['ADDED', 'Pod']);
    expect(last.object.metadata.labels.role).toBe('master');
  });

  test('an account without a role may do nothing, a wrong token is nobody, the CA proves the server', async () => {
    const labels = bench.owns('nobody');
    await bench.apply(
      barePod('nobody', labels, {
        volumes: [
          {
            name: 'own',
            projected: {
              sources: [
                { serviceAccountToken: { path: 'token' } },
                { serviceAccountToken: { path: 'other', audience: 'somebody-else' } },
                { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca' }] } },
              ],
            },
          },
        ],
        containers: [node(waiting, { volumeMounts: [{ name: 'own', mountPath: '/own' }] })],
      }),
    );
    await bench.ready('nobody');
    const { namespace } = bench.provider;
    const path = podPath('nobody');
    const type = 'application/strategic-merge-patch+json';
    const refused = await call('nobody', path, {
      method: 'PATCH',
      type,
      body: { metadata: { labels: { role: 'master' } } },
    });
    expect(refused.code).toBe(403);
    expect(refused.json).toMatchObject({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'Forbidden',
      message: `pods "nobody" is forbidden: User "system:serviceaccount:${namespace}:default" cannot patch resource "pods" in API group "" in the namespace "${namespace}"`,
      details: { name: 'nobody', kind: 'pods' },
      code: 403,
    });
    const everywhere = await call('nobody', '/api/v1/pods');
    expect(everywhere.json.message).toBe(
      `pods is forbidden: User "system:serviceaccount:${namespace}:default" cannot list resource "pods" in API group "" at the cluster scope`,
    );
    expect((await call('nobody', '/metrics')).json.message).toBe(
      `forbidden: User "system:serviceaccount:${namespace}:default" cannot get path "/metrics"`,
    );
    const wrong = await call('nobody', path, { token: 'eyJhbGciOiJub25lIn0.e30.' });
    expect([wrong.code, wrong.json.reason, wrong.json.message]).toEqual([
      401,
      'Unauthorized',
      'Unauthorized',
    ]);
    const foreign = await bench.sh('nobody', 'cat /own/other');
    expect((await call('nobody', path, { token: foreign })).code).toBe(401);
    const projected = await bench.sh('nobody', 'cat /own/token');
    expect((await call('nobody', path, { token: projected })).code).toBe(403);
    const unnamed = await call('nobody', path, { token: '' });
    expect([unnamed.code, unnamed.json.message]).toEqual([
      403,
      `pods "nobody" is forbidden: User "system:anonymous" cannot get resource "pods" in API group "" in the namespace "${namespace}"`,
    ]);

    const distrusted = await call('nobody', '/version', { trust: false });
    expect(distrusted.code).toBe(0);
    expect(distrusted.text).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN/);
    const address = await bench.sh('nobody', 'echo $KUBERNETES_SERVICE_HOST');
    expect(await bench.sh('nobody', 'echo $KUBERNETES_SERVICE_PORT_HTTPS')).toBe('443');
    const hosts = ['kubernetes.default', 'kubernetes.default.svc.cluster.local', address];
    for (const host of hosts) {
      const { code, json, text } = await call('nobody', '/version', { host });
      expect([code, json.major], `${host}: ${text}`).toEqual([200, '1']);
    }
    expect(await bench.sh('nobody', `cmp ${folder}/ca.crt /own/ca && echo same`)).toBe('same');
    const resources = (await call('nobody', '/api/v1')).json.resources;
    expect(resources).toContainEqual(expect.objectContaining({ name: 'pods', kind: 'Pod' }));
    expect((await call('nobody', '/apis')).json.kind).toBe('APIGroupList');
  });

  test('an account decides whether its pods have its token, and a pod over it', async () => {
    const labels = bench.owns('mounts');
    await bench.apply(account('mounts', labels, { automountServiceAccountToken: false }));
    const spec = { serviceAccountName: 'mounts', containers: [shell(idle)] };
    await bench.apply(
      barePod('mounts-none', labels, spec),
      barePod('mounts-one', labels, { ...spec, automountServiceAccountToken: true }),
    );
    await bench.ready('mounts-none');
    await bench.ready('mounts-one');
    const look = `ls ${folder} 2>/dev/null || echo none`;
    expect(await bench.sh('mounts-none', look)).toBe('none');
    expect(await bench.sh('mounts-one', look)).toBe('ca.crt\nnamespace\ntoken');
  });

  test('no pod runs as an account that is not there', async () => {
    const labels = bench.owns('unknown');
    const spec = { serviceAccountName: 'unknown', containers: [shell(idle)] };
    const why = `error looking up service account ${bench.provider.namespace}/unknown: serviceaccount "unknown" not found`;
    await expect(bench.apply(barePod('unknown', labels, spec))).rejects.toThrow(
      `pods "unknown" is forbidden: ${why}`,
    );
    await bench.apply(statefulSet('unknown', labels, { pod: spec }));
    await bench.until('an event that says so', async () => {
      const events = await bench.provider.list('Event', null, bench.signal);
      const messages = events
        .filter(({ reason }) => reason === 'FailedCreate')
        .map(({ message }) => String(message));
      const wanted = `create Pod unknown-0 in StatefulSet unknown failed error: pods "unknown-0" is forbidden: ${why}`;
      return messages.includes(wanted) || messages.join('\n');
    });
    expect(await bench.find('unknown-0')).toBeUndefined();
    await bench.apply(account('unknown', labels));
    await bench.ready('unknown-0');
  });
}
