import { expect, test } from 'vitest';
import {
  account,
  askApi,
  bound,
  nodeContainer,
  podPath,
  podsPath,
  type Question,
  waiting,
} from './pod-api.ts';
import { barePod, type Workbench } from './workbench.ts';

/** Lists and watches of the API, as pods ask for them. */
export function apiReadingContract(bench: Workbench): void {
  const call = (pod: string, path: string, question: Question = {}) =>
    askApi(bench, pod, path, question);

  test('pods are listed by labels and fields, and a watch tells of label changes', async () => {
    const labels = bench.owns('read');
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['*'] }];
    await bench.apply(account('read', labels));
    await bench.apply(
      ...bound('read', labels, rules),
      barePod('read', labels, {
        serviceAccountName: 'read',
        containers: [nodeContainer(waiting)],
      }),
    );
    await bench.ready('read');
    const list = async (query: string) => {
      const { code, json: found, text } = await call('read', `${podsPath(bench)}?${query}`);
      expect(code, text).toBe(200);
      expect(found.kind).toBe('PodList');
      return found.items.map((pod) => pod.metadata.name);
    };
    const among = encodeURIComponent('contract-test in (none,read)');
    expect(await list(`labelSelector=${among}`)).toEqual(['read']);
    expect(await list('labelSelector=contract-test%3Dread,role')).toEqual([]);
    expect(await list('fieldSelector=metadata.name%3Dread')).toEqual(['read']);
    expect(await list('fieldSelector=metadata.name%3Dread,status.phase!%3DRunning')).toEqual([]);
    const field = `${podsPath(bench)}?fieldSelector=spec.nothing%3D1`;
    expect((await call('read', field)).code).toBe(400);

    const path = podPath(bench, 'read');
    const selector = encodeURIComponent('contract-test=read,role');
    const all = `${podsPath(bench)}?labelSelector=${selector}`;
    const version = (await call('read', all)).json.metadata.resourceVersion;
    const type = 'application/merge-patch+json';
    for (const role of ['master', 'replica', null]) {
      const body = { metadata: { labels: { role } } };
      const done = await call('read', path, { method: 'PATCH', type, body });
      expect(done.code, done.text).toBe(200);
    }
    const body = { metadata: { labels: { role: 'master' } } };
    const after = `${all}&watch=true&timeoutSeconds=2&resourceVersion=`;
    const [seen] = await Promise.all([
      call('read', `${after}${version}`),
      call('read', path, { method: 'PATCH', type, body }),
    ]);
    const last = seen.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .at(-1);
    expect([last.type, last.object.kind], seen.text).toEqual(['ADDED', 'Pod']);
    expect(last.object.metadata.labels.role).toBe('master');
  });
}
