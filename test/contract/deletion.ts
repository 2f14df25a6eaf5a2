import { expect, test } from 'vitest';
import { InfrastructureError } from '../../src/model/errors.ts';
import {
  barePod,
  dataClaim,
  dataMount,
  deployment,
  idle,
  isReady,
  shell,
  statefulSet,
  statusOf,
  type Workbench,
} from './workbench.ts';

/** Writes to the claim what it is told, so that its successor can read it. */
const witness =
  'trap "echo term >> /data/seen; exit 0" TERM; echo start >> /data/seen; while :; do sleep 3600 & wait $!; done';

/** Ways for a pod to go, and what its successor finds. */
export function deletionContract(bench: Workbench): void {
  const claimed = (name: string, script: string, more: object = {}) => {
    const labels = bench.owns(name);
    return statefulSet(name, labels, {
      volumeClaimTemplates: [dataClaim(labels)],
      pod: { containers: [shell(script, { volumeMounts: [dataMount] })], ...more },
    });
  };

  test('plain delete: SIGTERM, then a successor with a new uid, a new address, the same claim', async () => {
    await bench.apply(claimed('plain', witness));
    const first = await bench.ready('plain-0');
    await bench.sh('plain-0', 'echo kept > /data/kept; echo lost > /tmp/lost');
    expect(await bench.deletePod(first, null)).toBeNull();
    const second = await bench.ready('plain-0', first);
    expect(statusOf(second).podIP).not.toBe(statusOf(first).podIP);
    expect(await bench.sh('plain-0', 'cat /data/seen')).toBe('start\nterm\nstart');
    expect(await bench.sh('plain-0', 'cat /data/kept; ls /tmp')).toBe('kept');
  });

  test('the grace period ends in SIGKILL', async () => {
    const stubborn = 'trap "" TERM; while :; do sleep 1; done';
    await bench.apply(claimed('stubborn', stubborn, { terminationGracePeriodSeconds: 4 }));
    const first = await bench.ready('stubborn-0');
    const startMs = performance.now();
    await bench.deletePod(first, null);
    const dying = await bench.find('stubborn-0');
    expect(dying?.metadata.uid).toBe(first.metadata.uid);
    expect(dying?.metadata.deletionTimestamp).toBeDefined();
    await bench.pod(
      'stubborn-0',
      'its successor',
      (pod) => pod.metadata.uid !== first.metadata.uid,
    );
    expect(performance.now() - startMs).toBeGreaterThan(3500);
  });

  test('forced: gone from the API at once, and SIGTERM still comes first', async () => {
    await bench.apply(claimed('forced', witness));
    const first = await bench.ready('forced-0');
    await bench.deletePod(first, 0);
    await bench.until(
      'the old pod to be gone',
      async () => {
        const pod = await bench.find('forced-0');
        return pod?.metadata.uid !== first.metadata.uid || 'still there';
      },
      5000,
    );
    const second = await bench.ready('forced-0', first);
    expect(statusOf(second).podIP).not.toBe(statusOf(first).podIP);
    await bench.until('the old container to have seen SIGTERM', async () => {
      const seen = await bench.sh('forced-0', 'cat /data/seen');
      return seen.includes('term') || seen;
    });
  });

  test('forced: what a container writes on SIGTERM is there for its successor', async () => {
    const script =
      'cat /data/seen > /tmp/found; trap "sleep 0.2; echo last > /data/seen; exit 0" TERM; while :; do sleep 3600 & wait $!; done';
    await bench.apply(claimed('words', script));
    const first = await bench.ready('words-0');
    // a kubelet that has only just started the pod hears of its end up to a second later
    await bench.throughout(4000, async () => {
      expect((await bench.find('words-0'))?.metadata.uid).toBe(first.metadata.uid);
    });
    await bench.deletePod(first, 0);
    await bench.ready('words-0', first);
    expect(await bench.sh('words-0', 'cat /tmp/found')).toBe('last');
  });

  test('with its claims: they go with the pod, and its successor starts with an empty one', async (context) => {
    const { provider } = bench;
    if (!provider.capabilities.has('claim-delete')) context.skip();
    await bench.apply(claimed('bereft', witness));
    const first = await bench.ready('bereft-0');
    const uid = first.metadata.uid ?? '';
    const claims = await provider.deleteClaims?.({ name: 'bereft-0', uid }, bench.signal);
    expect(claims).toEqual(['data-bereft-0']);
    // still there while a pod uses it
    expect(await bench.sh('bereft-0', 'cat /data/seen')).toBe('start');
    await bench.deletePod(first, null);
    await bench.ready('bereft-0', first);
    expect(await bench.sh('bereft-0', 'cat /data/seen')).toBe('start');
    await expect(provider.deleteClaims?.({ name: 'bereft-0', uid }, bench.signal)).rejects.toThrow(
      /bereft-0/,
    );
  });

  test('held: the containers stop, the pod stays, its successor waits for the release', async () => {
    await bench.apply(claimed('held', witness));
    const first = await bench.ready('held-0');
    const hold = await bench.deletePod(first, null, true);
    expect(hold).toMatchObject({ pod: 'held-0', uid: first.metadata.uid });
    if (!hold) throw new Error('no hold');
    const ended = await bench.pod('held-0', 'ended but there', (pod, { phase }) => {
      expect(pod.metadata.uid).toBe(first.metadata.uid);
      return phase === 'Succeeded' || phase === 'Failed';
    });
    expect(ended.metadata.deletionTimestamp).toBeDefined();
    expect(ended.metadata.finalizers).toContain(hold.finalizer);
    expect(isReady(statusOf(ended))).toBe(false);
    await bench.throughout(3000, async () => {
      expect((await bench.find('held-0'))?.metadata.uid).toBe(first.metadata.uid);
    });
    await bench.provider.release(hold, bench.signal);
    const second = await bench.ready('held-0', first);
    expect(statusOf(second).podIP).not.toBe(statusOf(first).podIP);
    await bench.provider.release(hold, bench.signal);
    expect((await bench.find('held-0'))?.metadata.uid).toBe(second.metadata.uid);
  });

  test("a Deployment's pod cannot be held", async () => {
    const labels = bench.owns('unheld');
    await bench.apply(deployment('unheld', labels, { pod: { containers: [shell(idle)] } }));
    let name = '';
    await bench.until('a pod', async () => {
      name = (await bench.pods('unheld'))[0]?.metadata.name ?? '';
      return name !== '' || 'none';
    });
    const pod = await bench.ready(name);
    await expect(bench.deletePod(pod, null, true)).rejects.toBeInstanceOf(InfrastructureError);
    expect((await bench.find(name))?.metadata.deletionTimestamp).toBeUndefined();
  });

  test('a pod of that name with another uid is left alone', async () => {
    const labels = bench.owns('mistaken');
    await bench.apply(barePod('mistaken', labels, { containers: [shell(idle)] }));
    const pod = await bench.ready('mistaken');
    const other = { name: 'mistaken', uid: '00000000-0000-4000-8000-000000000000' };
    await expect(
      bench.provider.deletePod(other, { graceSeconds: null, hold: false }, bench.signal),
    ).rejects.toBeInstanceOf(InfrastructureError);
    const after = await bench.find('mistaken');
    expect(after?.metadata.uid).toBe(pod.metadata.uid);
    expect(after?.metadata.deletionTimestamp).toBeUndefined();
  });

  test("a finalizer of the manifest's own keeps a deleted pod until it is taken off", async () => {
    const labels = bench.owns('finalized');
    const finalizer = 'example.com/keep';
    const pod = barePod('finalized', labels, { containers: [shell(idle)] });
    await bench.apply({ ...pod, metadata: { ...pod.metadata, finalizers: [finalizer] } });
    const made = await bench.ready('finalized');
    await bench.deletePod(made, 0);
    await bench.pod(
      'finalized',
      'deleted but there',
      (p) => p.metadata.deletionTimestamp !== undefined,
    );
    await bench.throughout(1500, async () => {
      expect((await bench.find('finalized'))?.metadata.uid).toBe(made.metadata.uid);
    });
    const hold = { pod: 'finalized', uid: made.metadata.uid ?? '', finalizer };
    await bench.provider.release(hold, bench.signal);
    await bench.until(
      'it to be gone',
      async () => (await bench.find('finalized')) === undefined || 'there',
    );
  });

  test('preStop runs before SIGTERM', async () => {
    const labels = bench.owns('hooked');
    const container = shell(witness, {
      volumeMounts: [dataMount],
      lifecycle: { preStop: { exec: { command: ['sh', '-c', 'echo pre >> /data/seen'] } } },
    });
    await bench.apply(
      statefulSet('hooked', labels, {
        volumeClaimTemplates: [dataClaim(labels)],
        pod: { containers: [container] },
      }),
    );
    const first = await bench.ready('hooked-0');
    await bench.deletePod(first, null);
    await bench.ready('hooked-0', first);
    expect(await bench.sh('hooked-0', 'cat /data/seen')).toBe('start\npre\nterm\nstart');
  });
}
