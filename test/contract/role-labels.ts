import { expect, test } from 'vitest';
import {
  account,
  accountFolder,
  askApi,
  bound,
  nodeContainer,
  podPath,
  podsPath,
  type Question,
  waiting,
} from './pod-api.ts';
import { barePod, service, type Workbench } from './workbench.ts';

/** The sidecar of the goal: labels its own pod by the API's Service, with fetch and the mounted CA. */
const labeller = `
const token = require('fs').readFileSync('${accountFolder}/token', 'utf8');
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

/** Sidecars that label pods by role through the API, and Services that follow. */
export function roleLabelContract(bench: Workbench): void {
  const call = (pod: string, path: string, question: Question = {}) =>
    askApi(bench, pod, path, question);

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
          nodeContainer(`require('net').createServer(c=>c.end('here')).listen(7000);${waiting}`),
          {
            ...nodeContainer(labeller),
            name: 'labeller',
            env: [
              fieldOf('POD', 'metadata.name'),
              fieldOf('NS', 'metadata.namespace'),
              { name: 'NODE_EXTRA_CA_CERTS', value: `${accountFolder}/ca.crt` },
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

    const path = podPath(bench, 'roles');
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
    // clients tell from this, and nothing else, that the pod changed since they read it
    expect(untrue.json, untrue.text).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'the server rejected our request due to an error in our request',
      reason: 'Invalid',
      details: {},
      code: 422,
    });
    const outdated = await patch(json, [
      { op: 'test', path: '/metadata/resourceVersion', value: '1' },
      { op: 'add', path: '/metadata/annotations', value: { never: 'put' } },
    ]);
    expect([outdated.code, outdated.json], outdated.text).toEqual([422, untrue.json]);
    const absent = await patch(json, [{ op: 'remove', path: '/metadata/labels/nothing' }]);
    expect([absent.code, absent.json], absent.text).toEqual([422, untrue.json]);
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

    const other = await call('roles', podPath(bench, 'roles-0'));
    expect([other.code, other.json.message]).toEqual([
      403,
      `pods "roles-0" is forbidden: User "system:serviceaccount:${bench.provider.namespace}:roles" cannot get resource "pods" in API group "" in the namespace "${bench.provider.namespace}"`,
    ]);
    const services = await call('roles', podsPath(bench).replace(/pods$/, 'services'));
    expect([services.code, services.json.reason]).toEqual([403, 'Forbidden']);
  });
}
