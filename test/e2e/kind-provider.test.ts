import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readApiEnums } from '../../scripts/api-enums.ts';
import apiEnums from '../../src/kube/api-enums.json' with { type: 'json' };
import { connectKube, type KubeConnection } from '../../src/kube/client/connection.ts';
import { KubeApiError } from '../../src/kube/client/errors.ts';
import { findResource, resourcePath } from '../../src/kube/client/resource.ts';
import { runLabel } from '../../src/kube/labels.ts';
import { DeadlineError, InfrastructureError, UsageError } from '../../src/model/errors.ts';
import type { KubeObject } from '../../src/model/kube-object.ts';
import { undoKindCluster } from '../../src/provider/kind/cluster.ts';
import type { openKind } from '../../src/provider/kind/kind.ts';
import { holdFinalizer, undoHold } from '../../src/provider/kubeconfig/hold.ts';
import { openKubeconfig, undoKubeconfigRun } from '../../src/provider/kubeconfig/kubeconfig.ts';
import { invalidCases, validCases } from '../support/object-cases.ts';
import { containersOf, findLab, type LabCluster, memoryJournal, openLabCluster } from './lab.ts';
import { podsOf, statefulSet, untilPods, webService } from './objects.ts';

/**
 * Goal: what only a real cluster can show of the kind and kubeconfig providers. What every provider
 * must do is in test/contract.
 */
const lab = findLab();
const signal = AbortSignal.timeout(560_000);

if (lab.missing !== null) console.log(`skipped: kind provider: ${lab.missing}`);

describe.skipIf(lab.missing !== null)('kind provider', () => {
  let cluster: LabCluster;
  beforeAll(async () => {
    cluster = await openLabCluster(lab);
  });
  afterAll(() => cluster?.close());

  const start = async (app: string, over: Parameters<typeof statefulSet>[1] = {}) => {
    await cluster.provider.apply([statefulSet(app, over)], signal);
    const replicas = over.replicas ?? 1;
    const ready = (pods: readonly { ready: boolean }[]) =>
      pods.length === replicas && pods.every((pod) => pod.ready);
    return untilPods(cluster.provider, app, 'all ready', ready, signal);
  };

  test('its kubeconfig is a file of its own, and its undo is journalled', () => {
    expect(cluster.kubeconfig).toContain('rkc-e2e-');
    expect([...cluster.journal.pending.values()]).toMatchObject([
      { kind: 'kind-cluster', provider: 'docker', kubeconfig: cluster.kubeconfig },
    ]);
    expect(cluster.provider.environment().kubernetes).toMatch(/^v1\.\d+/);
  });

  test('one invalid object among many: refused by name and field, nothing made', async () => {
    const good = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'good' }, data: {} };
    const misspelt = { ...statefulSet('misspelt'), spec: { replica: 1 } };
    const failed = cluster.provider.apply([good, misspelt], signal);
    await expect(failed).rejects.toThrow(UsageError);
    await expect(failed).rejects.toThrow(/StatefulSet misspelt: spec\.replica/);
    const maps = await cluster.provider.list('ConfigMap', null, signal);
    expect(maps.map(({ metadata }) => metadata.name)).not.toContain('good');
  });

  describe('its API server', () => {
    let api: KubeConnection;
    beforeAll(async () => {
      api = await connectKube({ kubeconfig: cluster.kubeconfig, context: null });
    });
    afterAll(() => api?.close());

    // all at once: a busy server says 429, and is asked again
    const dryRun = async (object: KubeObject, method: 'POST' | 'PATCH') => {
      const resource = await findResource(api, object, signal);
      const isApply = method === 'PATCH';
      const name = isApply ? object.metadata.name : undefined;
      await api.sendPersistently(
        {
          method,
          path: resourcePath(resource, 'default', name),
          query: {
            dryRun: 'All',
            fieldValidation: 'Strict',
            ...(isApply ? { fieldManager: 'test', force: 'true' } : {}),
          },
          body: object,
          ...(isApply ? { contentType: 'application/apply-patch+yaml' } : {}),
          what: `dry run of ${object.kind}`,
        },
        signal,
      );
    };
    /** `''` when it is taken. */
    const wordsOf = async (object: KubeObject, method: 'POST' | 'PATCH') => {
      try {
        await dryRun(object, method);
        return '';
      } catch (error) {
        return error instanceof KubeApiError ? error.detail : String(error);
      }
    };

    test('refuses every invalid object of the fixtures, by the field that they name', async () => {
      const wrong = await Promise.all(
        invalidCases().map(async ({ title, field, object }) => {
          const words = await wordsOf(object(), 'POST');
          const named = words.includes(` ${field}: `) || words.includes(`[${field}: `);
          return named ? [] : [`${title}: ${words || 'taken'}`];
        }),
      );
      expect(wrong.flat()).toEqual([]);
    });

    test('takes every valid one, created or applied', async () => {
      const wrong = await Promise.all(
        validCases().flatMap(({ title, object }) =>
          (['POST', 'PATCH'] as const).map(async (method) => {
            const words = await wordsOf(object(), method);
            return words === '' ? [] : [`${title}: ${words}`];
          }),
        ),
      );
      expect(wrong.flat()).toEqual([]);
    });

    test('publishes the values of fields that api-enums.json has', async () => {
      if (!cluster.provider.environment().kubernetes.startsWith('v1.34.')) return;
      const get = (path: string) => api.send({ method: 'GET', path, what: `read ${path}` }, signal);
      expect(apiEnums).toEqual(await readApiEnums(get));
    });
  });

  test('an exec past its deadline ends, and so does the remote process with its children', async () => {
    const [pod] = await start('slow');
    const exec = (argv: readonly string[], timeoutMs: number) =>
      cluster.provider.exec(pod?.name ?? '', 'redis', argv, { timeoutMs }, signal);
    const failed = exec(['sh', '-c', 'sleep 4321; true'], 1000);
    await expect(failed).rejects.toThrow(DeadlineError);
    await expect(failed).rejects.toThrow(/it was killed/);
    const list = 'for d in /proc/[0-9]*; do tr "\\0" " " <$d/cmdline; echo; done';
    const { stdout } = await exec(['sh', '-c', list], 10_000);
    expect(stdout.toString()).toContain('sleep 3600');
    expect(stdout.toString()).not.toContain('sleep 4321 \n');
  });

  test('a held pod stays, its successor comes after the release; the undo is kept meanwhile', async () => {
    const [first] = await start('held');
    if (!first) throw new Error('no pod');
    const hold = await cluster.provider.deletePod(
      first,
      { graceSeconds: null, hold: true },
      signal,
    );
    expect(hold).toEqual({ pod: 'held-0', uid: first.uid, finalizer: holdFinalizer });
    expect([...cluster.journal.pending.values()]).toMatchObject([
      {},
      { kind: 'hold', uid: first.uid },
    ]);
    const stopped = (pods: readonly { phase: string }[]) => pods[0]?.phase !== 'Running';
    const [down] = await untilPods(cluster.provider, 'held', 'containers ended', stopped, signal);
    expect(down).toMatchObject({ uid: first.uid, ready: false, finalizers: [holdFinalizer] });
    if (hold) await cluster.provider.release(hold, signal);
    if (hold) await cluster.provider.release(hold, signal); // gone already: no error
    const [next] = await untilPods(
      cluster.provider,
      'held',
      'a new one is ready',
      (pods) => pods[0]?.ready === true && pods[0].uid !== first.uid,
      signal,
    );
    expect(next?.finalizers).toEqual([]);
    expect(cluster.journal.pending.size).toBe(1);
  });

  test('a hold of a run that died is taken off from the journal, by its uid alone', async () => {
    const [first] = await start('orphan');
    if (!first) throw new Error('no pod');
    await cluster.provider.deletePod(first, { graceSeconds: 0, hold: true }, signal);
    const undo = [...cluster.journal.pending.values()].find(({ kind }) => kind === 'hold');
    if (!undo) throw new Error('no undo');
    await undoHold({ ...undo, uid: 'another' }, signal);
    expect(await podsOf(cluster.provider, 'orphan', signal)).toMatchObject([{ uid: first.uid }]);
    await undoHold(undo, signal);
    await undoHold(undo, signal);
    const renewed = (pods: readonly { uid: string }[]) =>
      pods.length === 1 && pods[0]?.uid !== first.uid;
    await untilPods(cluster.provider, 'orphan', 'a new one', renewed, signal);
  });

  test('holds that cannot work are refused before the deed', async () => {
    const pods = await start('ordered', { replicas: 2 });
    const [zero, one] = pods;
    if (!zero || !one) throw new Error('no pods');
    const options = { graceSeconds: null, hold: true };
    const hold = await cluster.provider.deletePod(zero, options, signal);
    const overlapping = cluster.provider.deletePod(one, options, signal);
    await expect(overlapping).rejects.toThrow(/ordered-0 of the same StatefulSet.*OrderedReady/);
    const now = await podsOf(cluster.provider, 'ordered', signal);
    expect(now.find(({ name }) => name === one.name)).toEqual(one); // untouched
    if (hold) await cluster.provider.release(hold, signal);

    await cluster.provider.apply(webService('loose', 'x'), signal);
    const some = (seen: readonly unknown[]) => seen.length === 1;
    const [web] = await untilPods(cluster.provider, 'loose', 'one is there', some, signal);
    if (!web) throw new Error('no pod');
    const refused = cluster.provider.deletePod(web, options, signal);
    await expect(refused).rejects.toThrow(/its owner is ReplicaSet/);
    expect((await podsOf(cluster.provider, 'loose', signal))[0]?.uid).toBe(web.uid);
  });

  test('two pods of a parallel StatefulSet can be held at once', async () => {
    const pods = await start('parallel', { replicas: 2, policy: 'Parallel' });
    const options = { graceSeconds: 0, hold: true };
    for (const pod of pods) await cluster.provider.deletePod(pod, options, signal);
    const seen = await podsOf(cluster.provider, 'parallel', signal);
    expect(seen.map(({ finalizers }) => finalizers)).toEqual([[holdFinalizer], [holdFinalizer]]);
    // Left held: dispose must heal them.
  });

  test('another uid of the same name is never deleted', async () => {
    const [pod] = await start('replaced');
    if (!pod) throw new Error('no pod');
    const stale = { name: pod.name, uid: '00000000-0000-0000-0000-000000000000' };
    const options = { graceSeconds: 0, hold: false };
    await expect(cluster.provider.deletePod(stale, options, signal)).rejects.toThrow(/is gone/);
    expect(await podsOf(cluster.provider, 'replaced', signal)).toEqual([pod]);
  });

  test.each([
    ['Cluster', {}],
    ['Local', { externalTrafficPolicy: 'Local' }],
  ])('a LoadBalancer with externalTrafficPolicy %s answers on its own port', async (policy, spec) => {
    const name = `web-${policy.toLowerCase()}`;
    await cluster.provider.apply(webService(name, policy, spec), signal);
    const { host, port } = await cluster.provider.endpoint(name, signal);
    expect(port).toBe(80);
    expect(await (await fetch(`http://${host}:${port}/`)).text()).toBe(policy);
    expect(await cluster.provider.endpoint(name, signal)).toEqual({ host, port });
  });

  test('a Service that is no LoadBalancer is refused, not waited for', async () => {
    const [, service] = webService('inner', 'x', { type: 'ClusterIP' });
    if (service) await cluster.provider.apply([service], signal);
    const failed = cluster.provider.endpoint('inner', signal);
    await expect(failed).rejects.toThrow(/type ClusterIP.*set spec\.type to LoadBalancer/);
  });

  describe('as somebody’s cluster', () => {
    const open = (namespace: string, runId: string, journal = memoryJournal()) =>
      openKubeconfig({
        addressTimeoutMs: 500,
        kubeconfig: cluster.kubeconfig,
        context: null,
        allowContext: cluster.context,
        namespace,
        runId,
        undo: journal,
        log: () => {},
        signal,
      });
    const map = (name: string, labels = {}) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, labels },
    });
    const namespaces = async () => {
      const all = await cluster.provider.list('Namespace', null, signal);
      return all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    };

    test('a namespace that it made goes with it, one that was there stays', async () => {
      const own = await open('made-here', 'r1');
      await own.apply([map('a', { [runLabel]: 'r1' })], signal);
      await own.dispose();
      const stays = await open('rkc-e2e', 'r1');
      await stays.dispose();
      const names = (await namespaces()).map(({ metadata }) => metadata.name);
      expect(names).not.toContain('made-here');
      expect(names).toContain('rkc-e2e');
    });

    test('it deletes what carries its label, and nothing else', async () => {
      await cluster.provider.apply([map('theirs', { app: 'x' })], signal);
      const journal = memoryJournal();
      const provider = await open('rkc-e2e', 'r2', journal);
      await provider.apply([map('ours', { [runLabel]: 'r2', app: 'x' })], signal);
      await provider.remove('app=x', signal);
      const after = await provider.list('ConfigMap', 'app=x', signal);
      expect(after.map(({ metadata }) => metadata.name)).toEqual(['theirs']);
      await provider.dispose();
      expect(journal.pending.size).toBe(0);
    });

    test('it does not take over what others made, nor make what it could not find again', async () => {
      await cluster.provider.apply([map('precious', { app: 'y' })], signal);
      const provider = await open('rkc-e2e', 'r3');
      const takeover = provider.apply([map('precious', { [runLabel]: 'r3' })], signal);
      await expect(takeover).rejects.toThrow(UsageError);
      await expect(takeover).rejects.toThrow(/ConfigMap precious exists already/);
      await expect(provider.apply([map('bare')], signal)).rejects.toThrow(/this run's label/);
      await provider.dispose();
      const left = await cluster.provider.list('ConfigMap', 'app=y', signal);
      expect(left[0]?.metadata.labels).toEqual({ app: 'y' });
    });

    test('what a killed run left is removed from its journal', async () => {
      const journal = memoryJournal();
      const provider = await open('killed', 'r4', journal);
      await provider.apply([statefulSet('db', { labels: { [runLabel]: 'r4' } })], signal);
      const [undo] = [...journal.pending.values()];
      if (!undo) throw new Error('no undo');
      await undoKubeconfigRun(undo, signal);
      await undoKubeconfigRun(undo, signal);
      const names = (await namespaces()).map(({ metadata }) => metadata.name);
      expect(names).not.toContain('killed');
      await provider.dispose();
    });

    test('a LoadBalancer that gets no address ends with a word that names it', async () => {
      const provider = await open('rkc-e2e', 'r5');
      const [, service] = webService('pending', 'x');
      if (!service) throw new Error('no service');
      const labelled = { ...service, metadata: { name: 'pending', labels: { [runLabel]: 'r5' } } };
      await provider.apply([labelled], signal);
      const failed = provider.endpoint('pending', signal);
      await expect(failed).rejects.toThrow(DeadlineError);
      await expect(failed).rejects.toThrow(
        /LoadBalancer Service pending.*load balancer controller/,
      );
      await provider.dispose();
    });
  });

  test('dispose heals what is held and leaves no container; twice is once', async () => {
    const name = cluster.context.replace(/^kind-/, '');
    expect(containersOf(name)).toHaveLength(1);
    expect([...cluster.journal.pending.values()].map(({ kind }) => kind)).toContain('hold');
    await cluster.provider.dispose();
    await cluster.provider.dispose();
    expect(containersOf(name)).toEqual([]);
    expect(cluster.journal.pending.size).toBe(0);
  });
});

describe.skipIf(lab.missing !== null)('kind cluster that is not finished', () => {
  const open = (over: Partial<Parameters<typeof openKind>[0]>, journal = memoryJournal()) =>
    openLabCluster(lab, { undo: journal, ...over });

  test('an interrupt while it is created leaves nothing', async () => {
    const clusterName = `rkc-e2e-cut-${process.pid}`;
    const interrupt = new AbortController();
    const reason = new Error('interrupted');
    const journal = memoryJournal();
    const opened = open({ clusterName, signal: interrupt.signal }, journal);
    const failed = expect(opened).rejects.toBe(reason);
    for (let waited = 0; containersOf(clusterName).length === 0; waited += 100) {
      if (waited > 60_000) throw new Error('no container came');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect([...journal.pending.values()]).toMatchObject([{ kind: 'kind-cluster' }]);
    interrupt.abort(reason);
    await failed;
    expect(containersOf(clusterName)).toEqual([]);
    expect(journal.pending.size).toBe(0);
  });

  test('a node image that is not there is named with the next step', async () => {
    const clusterName = `rkc-e2e-image-${process.pid}`;
    const opened = open({ clusterName, nodeImage: 'localhost:1/no/such:image' });
    await expect(opened).rejects.toThrow(InfrastructureError);
    await expect(opened).rejects.toThrow(/no\/such:image.*--node-image/s);
    expect(containersOf(clusterName)).toEqual([]);
  });

  test('an image to load that is not there is refused before anything is made', async () => {
    const journal = memoryJournal();
    const opened = open({ loadImages: ['no/such:image'] }, journal);
    await expect(opened).rejects.toThrow(UsageError);
    expect(journal.pending.size).toBe(0);
  });

  test('a journalled cluster that is gone is no error', async () => {
    const undo = {
      kind: 'kind-cluster',
      name: 'rkc-e2e-never',
      provider: 'docker',
      kubeconfig: '/does/not/exist',
    };
    await expect(undoKindCluster(undo, signal)).resolves.toBeUndefined();
  });

  test('where the nodes are out of reach, node ports on this host serve; what is kept is undone from the journal', async () => {
    const cluster = await openLabCluster(lab, { access: 'mapped' });
    try {
      const web = [...webService('one', 'first'), ...webService('two', 'second')];
      await cluster.provider.apply(web, signal);
      for (const [name, text] of [
        ['one', 'first'],
        ['two', 'second'],
      ] as const) {
        const { host, port } = await cluster.provider.endpoint(name, signal);
        expect(host).toBe('127.0.0.1');
        expect(await (await fetch(`http://${host}:${port}/`)).text()).toBe(text);
      }
      cluster.provider.keep();
      await cluster.provider.dispose();
      const name = cluster.context.replace(/^kind-/, '');
      expect(containersOf(name)).toHaveLength(1);
      const [undo] = [...cluster.journal.pending.values()];
      if (!undo) throw new Error('no undo');
      await undoKindCluster(undo, signal);
      await undoKindCluster(undo, signal);
      expect(containersOf(name)).toEqual([]);
      expect(existsSync(cluster.kubeconfig)).toBe(false);
    } finally {
      await cluster.close();
    }
  });
});
