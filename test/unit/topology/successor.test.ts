import { describe, expect, test } from 'vitest';
import type { FaultTarget } from '../../../src/model/fault.ts';
import { emptyWorld, type WorldState } from '../../../src/topology/state.ts';
import { successorOf } from '../../../src/topology/successor.ts';
import { ipOf, podOf, serverView } from './replication-world.ts';

/** Goal: the pod that stands for a target is found by its name, by its identity, or by who made it. */
const target: FaultTarget = {
  ...{ pod: 'redis-6d4-aaaaa', uid: 'old', nodeId: null, ip: ipOf(0), role: 'master', slots: null },
};
const owner = { kind: 'ReplicaSet', name: 'redis-6d4' };
const before = {
  ids: new Map([['redis-6d4-aaaaa', 'redis-6d4-aaaaa']]),
  owners: new Map([['redis-6d4-aaaaa', 'ReplicaSet/redis-6d4']]),
};
const world = (...pods: ReturnType<typeof podOf>[]): WorldState => ({
  ...emptyWorld,
  pods: new Map(pods.map((pod) => [pod.uid, { pod, part: 'redis' }])),
  views: new Map(pods.map((pod, index) => [pod.uid, { ...serverView(index, null), uid: pod.uid }])),
});
const found = (now: WorldState, isTarget = false) =>
  successorOf({ isTarget: () => isTarget, identityOf: ({ pod }) => pod }, now, target, before)
    ?.name ?? null;

describe('the successor of a target', () => {
  const made = podOf(0, { name: 'redis-6d4-bbbbb', owner });
  const foreign = podOf(1, { name: 'other', owner: { kind: 'ReplicaSet', name: 'other' } });
  test('is the pod of its name', () => {
    expect(found(world(podOf(1), podOf(0, { name: target.pod })))).toBe(target.pod);
  });
  test('is the one with its identity', () => {
    expect(found(world(foreign), true)).toBe('other');
  });
  test('is the one that its controller made in its place', () => {
    expect(found(world(foreign, made))).toBe('redis-6d4-bbbbb');
  });
  test('is not the one that has the identity of another that is gone', () => {
    const two = {
      ids: new Map([
        ['redis-6d4-aaaaa', 'id-a'],
        ['redis-6d4-ccccc', 'id-c'],
      ]),
      owners: new Map(before.owners).set('redis-6d4-ccccc', 'ReplicaSet/redis-6d4'),
    };
    const ofC = { isTarget: () => false, identityOf: () => 'id-c' };
    expect(successorOf(ofC, world(made), target, two)).toBeNull();
  });
  test('is nobody where another stands for somebody else', () => {
    expect(found(world(foreign))).toBeNull();
    expect(found(world())).toBeNull();
  });
});
