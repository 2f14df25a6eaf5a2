import { describe, expect, it } from 'vitest';
import { podState } from '../../../src/kube/pod-state.ts';
import type { KubeObject } from '../../../src/model/kube-object.ts';

function pod(status: object, metadata: object = {}, spec: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'redis-cluster-0', uid: 'u-1', ...metadata },
    spec,
    status,
  };
}

describe('podState', () => {
  it('reads a running pod', () => {
    const state = podState(
      pod(
        {
          phase: 'Running',
          podIP: '10.0.0.7',
          podIPs: [{ ip: '10.0.0.7' }, { ip: 'fd00::7' }],
          conditions: [
            { type: 'PodScheduled', status: 'True' },
            { type: 'Ready', status: 'True' },
          ],
          containerStatuses: [
            {
              name: 'redis',
              image: 'docker.io/library/redis:8.0',
              ready: true,
              restartCount: 1,
              state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
              lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
            },
          ],
        },
        {
          labels: { app: 'redis-cluster' },
          ownerReferences: [
            { kind: 'Other', name: 'o', uid: '1' },
            { kind: 'StatefulSet', name: 'redis-cluster', uid: '2', controller: true },
          ],
        },
        { nodeName: 'n1' },
      ),
    );
    expect(state).toEqual({
      name: 'redis-cluster-0',
      uid: 'u-1',
      labels: { app: 'redis-cluster' },
      owner: { kind: 'StatefulSet', name: 'redis-cluster' },
      nodeName: 'n1',
      phase: 'Running',
      ips: ['10.0.0.7', 'fd00::7'],
      ready: true,
      terminating: false,
      finalizers: [],
      containers: [
        {
          name: 'redis',
          image: 'docker.io/library/redis:8.0',
          state: 'running',
          reason: null,
          message: null,
          exitCode: null,
          restarts: 1,
          ready: true,
          lastExit: { reason: 'OOMKilled', exitCode: 137 },
        },
      ],
      reason: null,
    });
  });

  it('reads a pod that was just made: no status at all', () => {
    const state = podState({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } });
    expect(state).toMatchObject({
      uid: '',
      phase: 'Pending',
      ips: [],
      ready: false,
      containers: [],
      owner: null,
      nodeName: null,
      reason: null,
    });
  });

  it('says why it is not scheduled', () => {
    const state = podState(
      pod({
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/1 nodes are available: 1 Insufficient cpu.',
          },
        ],
      }),
    );
    expect(state.reason).toBe('Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.');
  });

  it("prefers the pod's own reason", () => {
    const status = { phase: 'Failed', reason: 'Evicted', message: 'low on memory' };
    expect(podState(pod(status))).toMatchObject({
      phase: 'Failed',
      reason: 'Evicted: low on memory',
    });
  });

  it('gives reasons of waiting and ended containers, init containers first', () => {
    const state = podState(
      pod({
        phase: 'Pending',
        initContainerStatuses: [
          {
            name: 'init',
            restartCount: 3,
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s' } },
            lastState: { terminated: { reason: 'Error', exitCode: 1 } },
          },
        ],
        containerStatuses: [
          { name: 'main', state: { waiting: { reason: 'PodInitializing' } } },
          { name: 'done', state: { terminated: { reason: 'Completed', exitCode: 0 } } },
          { name: 'bare' },
        ],
      }),
    );
    expect(state.containers).toMatchObject([
      {
        name: 'init',
        state: 'waiting',
        reason: 'CrashLoopBackOff',
        message: 'back-off 20s',
        restarts: 3,
        lastExit: { reason: 'Error', exitCode: 1 },
      },
      { name: 'main', state: 'waiting', reason: 'PodInitializing', ready: false },
      { name: 'done', state: 'terminated', reason: 'Completed', exitCode: 0 },
      { name: 'bare', state: 'waiting', reason: null, restarts: 0, lastExit: null },
    ]);
  });

  it('sees a held pod: terminating, finalizer, not ready although the condition is absent', () => {
    const state = podState(
      pod(
        { phase: 'Succeeded' },
        { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['redis-k8s-chaos/hold'] },
      ),
    );
    expect(state).toMatchObject({
      terminating: true,
      finalizers: ['redis-k8s-chaos/hold'],
      phase: 'Succeeded',
      ready: false,
    });
  });
});
