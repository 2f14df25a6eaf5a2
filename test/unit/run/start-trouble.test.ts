import { describe, expect, test } from 'vitest';
import type { ContainerState, PodState } from '../../../src/model/pod.ts';
import { endedServer, startTrouble } from '../../../src/run/setup/start-trouble.ts';

/** Goal: a trouble that goes by itself is not named, one that stays is, and each with its owner. */

const server: ContainerState = {
  name: 'redis',
  image: 'redis:8.0',
  state: 'waiting',
  reason: null,
  message: null,
  exitCode: null,
  restarts: 0,
  ready: false,
  lastExit: null,
};

function pod(change: Partial<PodState>, container: Partial<ContainerState> = {}): PodState {
  return {
    name: 'redis-0',
    uid: 'u',
    labels: {},
    owner: null,
    nodeName: null,
    phase: 'Pending',
    ips: [],
    ready: false,
    terminating: false,
    finalizers: [],
    containers: [{ ...server, ...container }],
    reason: null,
    ...change,
  };
}

test('a pod that was just made has no trouble', () => {
  expect(startTrouble(pod({}))).toBeNull();
  expect(startTrouble(pod({}, { reason: 'ContainerCreating' }))).toBeNull();
});

describe('not scheduled', () => {
  test.each([
    'Unschedulable: 0/1 nodes are available: persistentvolumeclaim "data-redis-4" not found. not found',
    'Unschedulable: 0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
    'Unschedulable: 0/3 nodes are available: 3 node(s) had volume node affinity conflict.',
  ])('a claim is given the time of its provisioner: %s', (reason) => {
    const trouble = startTrouble(pod({ reason }));
    expect(trouble).toMatchObject({ kind: 'infrastructure', text: reason });
    expect(trouble?.lastsMs).toBeGreaterThanOrEqual(60_000);
    expect(trouble?.next).toContain('storage class');
  });

  test('no room: named within 30 s', () => {
    // Kubernetes 1.34, whole: its claims are of devices
    const reason =
      'Unschedulable: 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';
    const trouble = startTrouble(pod({ reason }));
    expect(trouble).toMatchObject({ kind: 'infrastructure' });
    expect(trouble?.lastsMs).toBeGreaterThanOrEqual(10_000);
    expect(trouble?.lastsMs).toBeLessThan(30_000);
    expect(trouble?.next).toContain('more room');
  });

  test('what an old look of the scheduler left on a pod that has a node is no trouble', () => {
    expect(startTrouble(pod({ nodeName: 'node-1', reason: 'Unschedulable: x' }))).toBeNull();
  });
});

test('an image that cannot be pulled is the cluster’s, a missing ConfigMap the set-up’s', () => {
  const pull = startTrouble(pod({ nodeName: 'n' }, { reason: 'ImagePullBackOff', message: 'no' }));
  expect(pull).toMatchObject({ kind: 'infrastructure' });
  expect(pull?.text).toBe('image redis:8.0 cannot be pulled (redis: ImagePullBackOff no)');
  const config = startTrouble(pod({ nodeName: 'n' }, { reason: 'CreateContainerConfigError' }));
  expect(config).toMatchObject({ kind: 'configuration' });
});

test('a third start is a crash loop and counts at once; a second one does not', () => {
  const lastExit = { reason: 'Error', exitCode: 7 };
  const crashed = startTrouble(pod({ nodeName: 'n' }, { restarts: 2, lastExit }));
  expect(crashed).toMatchObject({ kind: 'crash', lastsMs: 0 });
  expect(crashed?.text).toBe('redis crashed: Error, exit code 7, 2 restarts');
  expect(startTrouble(pod({ nodeName: 'n' }, { restarts: 1, lastExit }))).toBeNull();
  expect(startTrouble(pod({ nodeName: 'n' }, { restarts: 2, lastExit, ready: true }))).toBeNull();
});

describe('a server that has ended since it was ready', () => {
  const lastExit = { reason: 'Error', exitCode: 137 };
  test.each<[string, Partial<ContainerState>, string]>([
    [
      'ended well, after a start anew',
      { state: 'terminated', reason: 'Completed', exitCode: 0, restarts: 1, lastExit },
      'exit code 137, 1 restarts',
    ],
    [
      'waits to be',
      { reason: 'CrashLoopBackOff', restarts: 3, lastExit },
      'exit code 137, 3 restarts',
    ],
    [
      'not yet started anew',
      { state: 'terminated', reason: 'OOMKilled', exitCode: 137 },
      'OOMKilled, exit code 137',
    ],
  ])('%s', (_, container, words) => {
    expect(endedServer(pod({ nodeName: 'n' }, container))).toContain(words);
  });

  test('none that runs as it began, beside an init container that did its work', () => {
    const init: ContainerState = { ...server, name: 'init', state: 'terminated', exitCode: 0 };
    const running: ContainerState = { ...server, state: 'running', ready: true };
    expect(endedServer(pod({ nodeName: 'n', containers: [init, running] }))).toBeNull();
    // a hiccup at its first start, and the API server goes while the cluster is formed: not its doing
    const anew = { ...running, restarts: 1, lastExit };
    expect(endedServer(pod({ nodeName: 'n', containers: [init, anew] }))).toBeNull();
  });
});
