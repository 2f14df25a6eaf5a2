import { expect, test } from 'vitest';
import {
  account,
  accountFolder,
  askApi,
  nodeContainer,
  podPath,
  type Question,
  waiting,
} from './pod-api.ts';
import { barePod, idle, shell, statefulSet, type Workbench } from './workbench.ts';

/** Service accounts: who a pod is for the API, and what it finds of it. */
export function serviceAccountContract(bench: Workbench): void {
  const call = (pod: string, path: string, question: Question = {}) =>
    askApi(bench, pod, path, question);

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
        containers: [
          nodeContainer(waiting, { volumeMounts: [{ name: 'own', mountPath: '/own' }] }),
        ],
      }),
    );
    await bench.ready('nobody');
    const { namespace } = bench.provider;
    const path = podPath(bench, 'nobody');
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
    expect(await bench.sh('nobody', `cmp ${accountFolder}/ca.crt /own/ca && echo same`)).toBe(
      'same',
    );
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
    const look = `ls ${accountFolder} 2>/dev/null || echo none`;
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
