import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  containerEnvironment,
  podField,
  serviceVariables,
} from '../../../../src/provider/embedded/agent/container/environment.ts';
import { expand } from '../../../../src/provider/embedded/agent/container/expansion.ts';
import { startProbe } from '../../../../src/provider/embedded/agent/container/probe-worker.ts';
import { RestartBackoff } from '../../../../src/provider/embedded/agent/container/restart-backoff.ts';
import { imageName, matchImage } from '../../../../src/provider/embedded/agent/image/images.ts';
import { containerCredentials } from '../../../../src/provider/embedded/agent/kubelet/credentials.ts';
import { podStatus } from '../../../../src/provider/embedded/agent/kubelet/pod-status.ts';
import { AddressPool, podMac } from '../../../../src/provider/embedded/agent/network/addresses.ts';
import type {
  Container,
  ContainerStatus,
  Pod,
} from '../../../../src/provider/embedded/agent/store/pod-objects.ts';
import { fakeCluster } from './cluster.ts';

const container: Container = { name: 'c', image: 'redis:8.0' };

function podWith(spec: object = {}): Pod {
  const { store } = fakeCluster();
  return store.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels: { 'a/b': 'x' } },
    spec: { containers: [container], ...spec },
    status: { phase: 'Pending', conditions: [], podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] },
  });
}

test.each([
  ['a $(A) b', 'a 1 b'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$1'],
  ['$(B) $() $ $A', '$(B) $() $ $A'],
  ['$(A)$(A)', '11'],
  ['$(A', '$(A'],
  ['$(toString)', '$(toString)'],
])('expands %s to %s', (text, expected) => {
  expect(expand(text, { A: '1' })).toBe(expected);
});

test('the crash back-off starts at once, then 10 s doubling to 5 min, and forgets after 10 min', () => {
  const backoff = new RestartBackoff();
  const seen: number[] = [];
  let nowMs = 1_000_000;
  for (let exit = 0; exit < 8; exit++) {
    const delayMs = backoff.delayAfterExitMs(nowMs);
    seen.push(delayMs / 1000);
    nowMs += delayMs;
    backoff.restarted(nowMs);
  }
  expect(seen).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  expect(backoff.delayAfterExitMs(nowMs + 600_000)).toBe(300_000);
  expect(backoff.delayAfterExitMs(nowMs + 600_001)).toBe(0);
});

test('no address is given twice, and a full network says so', () => {
  const pool = new AddressPool('10.1.0.0/16', 254);
  expect([pool.take(), pool.take(), pool.take()]).toEqual(['10.1.0.254', '10.1.0.255', '10.1.1.0']);
  const small = new AddressPool('10.1.2.0/24', 254);
  expect(small.take()).toBe('10.1.2.254');
  expect(() => small.take()).toThrow(/were used/);
  expect(podMac('10.244.0.10')).toBe('0a:58:0a:f4:00:0a');
});

test.each([
  ['redis:8.0', 'redis'],
  ['docker.io/library/redis:7@sha256:abc', 'redis'],
  ['valkey/valkey:8.1', 'valkey/valkey'],
  ['registry.example:5000/redis', 'registry.example:5000/redis'],
  ['redis', 'redis'],
])('the name of image %s is %s', (reference, name) => {
  expect(imageName(reference)).toBe(name);
});

test('public names stand for local programs; others do not, unless they are mapped', () => {
  expect(matchImage('redis:8.0', [])).toEqual({ family: 'redis', program: null, major: 8 });
  expect(matchImage('redis:alpine', [])).toMatchObject({ major: null });
  expect(matchImage('redis', [])).toMatchObject({ major: null });
  expect(matchImage('docker.io/library/redis:7.4.1-alpine@sha256:00', [])).toMatchObject({
    major: 7,
  });
  expect(matchImage('bitnami/redis:8.0', [])).toBeNull();
  expect(matchImage('registry.example:5000/redis', [])).toBeNull();
  const map = [{ from: 'bitnami/redis', to: 'redis:7' }];
  expect(matchImage('bitnami/redis:8.0', map)).toEqual({
    family: 'redis',
    program: null,
    major: 7,
  });
  const program = '/opt/valkey/bin/valkey-server';
  expect(matchImage('redis:8.0', [{ from: 'redis:8.0', to: program }])).toEqual({
    family: 'valkey',
    program,
    major: null,
  });
  expect(matchImage('/opt/redis-8/redis-server', [])).toMatchObject({ family: 'redis' });
  expect(matchImage('/opt/something', [])).toBeNull();
});

test('user, groups and capabilities follow the two security contexts', () => {
  const pod = podWith({ securityContext: { runAsUser: 999, fsGroup: 5, supplementalGroups: [6] } });
  const own = {
    ...container,
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  expect(containerCredentials(pod, own, false)).toEqual({
    uid: 999,
    gid: 999,
    setpriv: [
      '--bounding-set=-all',
      '--inh-caps=-all',
      '--no-new-privs',
      '--reuid=999',
      '--regid=999',
      '--groups=5,6',
    ],
  });
  const root = containerCredentials(podWith(), container, false);
  expect(root.uid).toBe(0);
  expect(root.setpriv[0]).toMatch(/\+net_bind_service/);
  expect(root.setpriv.join()).not.toMatch(/sys_admin|sys_ptrace|mknod/);
  expect(containerCredentials(pod, own, true)).toMatchObject({ uid: 0, gid: 0 });
});

test('runAsNonRoot with a root image, and capabilities that reach out, are refused', () => {
  const pod = podWith({ securityContext: { runAsNonRoot: true } });
  expect(() => containerCredentials(pod, container, false)).toThrow(/runAsNonRoot/);
  const admin = { ...container, securityContext: { capabilities: { add: ['SYS_ADMIN'] } } };
  expect(() => containerCredentials(podWith(), admin, false)).toThrow(/sys_admin/);
});

test('the image’s own user, which runAsNonRoot cannot trust by its name', () => {
  const user = { name: 'haproxy', uid: 99 };
  expect(containerCredentials(podWith(), container, false, user)).toMatchObject({
    uid: 99,
    gid: 99,
  });
  const strict = podWith({ securityContext: { runAsNonRoot: true } });
  expect(() => containerCredentials(strict, container, false, user)).toThrow(
    'image has non-numeric user (haproxy), cannot verify user is non-root',
  );
  const named = podWith({ securityContext: { runAsNonRoot: true, runAsUser: 5 } });
  expect(containerCredentials(named, container, false, user)).toMatchObject({ uid: 5 });
});

test('fields of the downward API, and one that is not there', () => {
  const pod = podWith();
  expect(podField(pod, "metadata.labels['a/b']")).toBe('x');
  expect(podField(pod, "metadata.labels['none']")).toBe('');
  expect(podField(pod, 'status.podIP')).toBe('10.0.0.1');
  expect(() => podField(pod, 'status.phase')).toThrow(/unsupported fieldPath/);
});

test('Services become variables in the style of Docker links, unless links are off', () => {
  const { store } = fakeCluster();
  store.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'my-redis' },
    spec: { clusterIP: '10.96.0.9', ports: [{ name: 'tcp-redis', port: 6379 }] },
    status: { loadBalancer: {} },
  });
  const variables = serviceVariables(store, true);
  expect(variables).toMatchObject({
    MY_REDIS_SERVICE_HOST: '10.96.0.9',
    MY_REDIS_SERVICE_PORT: '6379',
    MY_REDIS_SERVICE_PORT_TCP_REDIS: '6379',
    MY_REDIS_PORT: 'tcp://10.96.0.9:6379',
    MY_REDIS_PORT_6379_TCP_ADDR: '10.96.0.9',
  });
  expect(serviceVariables(store, false)).not.toHaveProperty('MY_REDIS_PORT');
});

test('a container sees nothing of the host environment', () => {
  const { store } = fakeCluster();
  process.env.LEAK_CANARY = 'leaked';
  try {
    const names = Object.keys(containerEnvironment(store, podWith(), container, 0)).sort();
    expect(names.filter((name) => !name.startsWith('KUBERNETES_'))).toEqual([
      'HOME',
      'HOSTNAME',
      'PATH',
    ]);
  } finally {
    delete process.env.LEAK_CANARY;
  }
});

const status = (state: ContainerStatus['state'], more: Partial<ContainerStatus> = {}) => ({
  name: 'c',
  image: '',
  imageID: '',
  ready: false,
  started: false,
  restartCount: 0,
  state,
  lastState: {},
  ...more,
});
const ended = (exitCode: number) => ({
  terminated: { exitCode, reason: 'x', startedAt: '', finishedAt: '', containerID: '' },
});
const running = { running: { startedAt: '' } };
const waiting = { waiting: { reason: 'x' } };

test.each([
  ['waiting for its first start', 'Always', status(waiting), {}, 'Pending'],
  ['running', 'Always', status(running), {}, 'Running'],
  ['between restarts', 'Always', status(waiting, { lastState: ended(1) }), {}, 'Running'],
  ['ended, to be restarted', 'Always', status(ended(1)), {}, 'Running'],
  ['ended well for good', 'Never', status(ended(0)), {}, 'Succeeded'],
  ['ended badly for good', 'Never', status(ended(1)), {}, 'Failed'],
  ['failed, tried again', 'OnFailure', status(ended(1)), {}, 'Running'],
  ['deleted and stopped well', 'Always', status(ended(0)), { stopped: true }, 'Succeeded'],
  ['deleted and killed', 'Always', status(ended(137)), { stopped: true }, 'Failed'],
  ['in its init containers', 'Always', status(waiting), { initialized: false }, 'Pending'],
] as const)('a pod %s (%s) is in its phase', (_, restartPolicy, main, facts, phase) => {
  const base = { scheduled: true, unschedulable: null, ip: '10.0.0.1', startedAt: 'x' };
  const all = {
    ...base,
    initialized: true,
    stopped: false,
    init: [],
    sidecars: [],
    main: [main],
    ...facts,
  };
  expect(podStatus(podWith({ restartPolicy }), all, 'now').phase).toBe(phase);
});

test('a condition keeps the time of its last change', () => {
  const pod = podWith();
  const facts = (ready: boolean) => ({
    scheduled: true,
    unschedulable: null,
    ip: '10.0.0.1',
    startedAt: 'x',
    initialized: true,
    stopped: false,
    init: [],
    sidecars: [],
    main: [status(running, { ready })],
  });
  const since = () =>
    pod.status.conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  for (const [ready, now, expected] of [
    [false, 't1', 't1'],
    [false, 't2', 't1'],
    [true, 't3', 't3'],
    [true, 't4', 't3'],
  ] as const) {
    pod.status = podStatus(pod, facts(ready), now);
    expect(since()).toBe(expected);
  }
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function probing(probe: object, eager: boolean) {
  const seen: { at: number; ok: boolean }[] = [];
  const attempts: number[] = [];
  let ok = false;
  const stop = startProbe({
    probe,
    eager,
    attempt: async () => {
      attempts.push(performance.now() - startMs);
      return { ok, message: '' };
    },
    onFailure: () => {},
    onResult: (result) => seen.push({ at: performance.now() - startMs, ok: result }),
  });
  const startMs = performance.now();
  const set = (value: boolean) => {
    ok = value;
  };
  return { seen, attempts, set, stop };
}

test('a probe turns after failureThreshold failures and successThreshold successes in a row', async () => {
  const { seen, set, stop } = probing(
    { periodSeconds: 1, failureThreshold: 3, successThreshold: 2 },
    false,
  );
  await vi.advanceTimersByTimeAsync(2500);
  expect(seen).toEqual([]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(seen).toEqual([{ at: 3000, ok: false }]);
  set(true);
  await vi.advanceTimersByTimeAsync(1000);
  set(false);
  await vi.advanceTimersByTimeAsync(1000);
  set(true);
  await vi.advanceTimersByTimeAsync(2000);
  expect(seen).toEqual([
    { at: 3000, ok: false },
    { at: 7000, ok: true },
  ]);
  stop();
});

test('an eager probe sees success early, and its early failures do not count', async () => {
  const early = probing({ periodSeconds: 10, failureThreshold: 1 }, true);
  await vi.advanceTimersByTimeAsync(100);
  early.set(true);
  await vi.advanceTimersByTimeAsync(100);
  expect(early.seen).toEqual([{ at: 120, ok: true }]);
  early.stop();
  const failing = probing({ periodSeconds: 1, failureThreshold: 1 }, true);
  await vi.advanceTimersByTimeAsync(999);
  expect(failing.attempts.length).toBeGreaterThan(3);
  expect(failing.seen).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(failing.seen).toEqual([{ at: 1000, ok: false }]);
  failing.stop();
});

test('nothing is tried before initialDelaySeconds, nor after the probe is stopped', async () => {
  const { attempts, stop } = probing({ initialDelaySeconds: 3, periodSeconds: 1 }, true);
  await vi.advanceTimersByTimeAsync(2990);
  expect(attempts).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  expect(attempts[0]).toBeGreaterThanOrEqual(3000);
  stop();
  const before = attempts.length;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(attempts).toHaveLength(before);
});
