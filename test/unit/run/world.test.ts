import { expect, test } from 'vitest';
import type { PodState } from '../../../src/model/pod.ts';
import { serverOf } from '../../../src/run/watch/world.ts';
import { podState } from '../checker/script-cluster.ts';
import { ipOf } from '../checker/script-plan.ts';

const ports = new Map([
  ['kv-6371/redis', 6371],
  ['kv-6372/redis', 6372],
  ['redis', 6379],
]);
const portOf = (change: Partial<PodState>) =>
  serverOf({ ...podState(0, ipOf(0)), ...change }, ports)?.port;

test('two workloads with one container name each keep their own port', () => {
  expect(portOf({ owner: { kind: 'StatefulSet', name: 'kv-6371' } })).toBe(6371);
  expect(portOf({ owner: { kind: 'StatefulSet', name: 'kv-6372' } })).toBe(6372);
  const labels = { 'pod-template-hash': '6d4f' };
  expect(portOf({ owner: { kind: 'ReplicaSet', name: 'kv-6372-6d4f' }, labels })).toBe(6372);
  expect(portOf({ owner: null, name: 'kv-6371' })).toBe(6371);
  expect(portOf({ owner: { kind: 'StatefulSet', name: 'other' } })).toBe(6379);
});
