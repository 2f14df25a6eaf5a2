import type { PodState } from '../../../src/model/pod.ts';
import type { NodeView, SentinelMaster } from '../../../src/model/view.ts';
import { emptyWorld, type WorldState } from '../../../src/topology/state.ts';

/** Three pods, each a Redis and a Sentinel: redis-0 is the master of `mymaster`, everybody is well. */
export const ipOf = (index: number) => `10.0.0.${index + 1}`;
export const hostOf = (index: number) => `redis-${index}.redis.ns.svc.cluster.local`;

export function podOf(index: number, change: Partial<PodState> = {}): PodState {
  return {
    name: `redis-${index}`,
    uid: `uid-${index}`,
    labels: {},
    owner: { kind: 'StatefulSet', name: 'redis' },
    nodeName: 'node',
    phase: 'Running',
    ips: [ipOf(index)],
    ready: true,
    terminating: false,
    finalizers: [],
    containers: [],
    reason: null,
    ...change,
  };
}

export function serverView(index: number, master: number | null): NodeView {
  const replicas = [0, 1, 2].filter((other) => other !== index);
  return {
    pod: `redis-${index}`,
    uid: `uid-${index}`,
    address: `${ipOf(index)}:6379`,
    status: 'ok',
    error: null,
    server: {
      version: '8.0.0',
      runId: `run-${index}`,
      clusterEnabled: false,
      myId: null,
      nodes: [],
      slots: [],
      clusterState: null,
      currentEpoch: null,
      replication:
        master === null
          ? {
              role: 'master',
              masterHost: null,
              masterPort: null,
              masterLink: null,
              connectedReplicas: replicas.map((i) => ({
                ip: ipOf(i),
                port: 6379,
                state: 'online',
              })),
            }
          : {
              role: 'slave',
              masterHost: hostOf(master),
              masterPort: 6379,
              masterLink: 'up',
              connectedReplicas: [],
            },
    },
  };
}

export function sentinelView(
  index: number,
  master: number,
  change: Partial<SentinelMaster> = {},
): NodeView {
  const others = [0, 1, 2].filter((other) => other !== index);
  const replicas = [0, 1, 2].filter((other) => other !== master);
  return {
    pod: `redis-${index}`,
    uid: `uid-${index}/sentinel`,
    address: `${ipOf(index)}:26379`,
    status: 'ok',
    error: null,
    server: null,
    kind: 'sentinel',
    sentinel: {
      version: '8.0.0',
      myId: `sentinel-${index}`,
      masters: [
        {
          name: 'mymaster',
          ip: hostOf(master),
          port: 6379,
          flags: ['master'],
          configEpoch: 1,
          quorum: 2,
          downAfterMs: 5000,
          failoverTimeoutMs: 30_000,
          replicas: replicas.map((i) => ({
            ip: hostOf(i),
            port: 6379,
            flags: ['slave'],
            masterHost: hostOf(master),
            masterPort: 6379,
            masterLinkStatus: 'ok',
          })),
          sentinels: others.map((i) => ({
            ip: hostOf(i),
            port: 26379,
            runId: `sentinel-${i}`,
            flags: ['sentinel'],
          })),
          ...change,
        },
      ],
    },
  };
}

/** The set-up with one master, which all name; `change` replaces pods and views by uid, null takes one away. */
export function worldOf(
  master = 0,
  change: {
    readonly pods?: readonly PodState[];
    readonly views?: readonly NodeView[];
    readonly sentinels?: readonly NodeView[];
    readonly endpoints?: Readonly<Record<string, readonly string[]>>;
  } = {},
): WorldState {
  const all = [0, 1, 2];
  const pods = [...all.map((i) => podOf(i)), ...(change.pods ?? [])];
  const views = [
    ...all.map((i) => serverView(i, i === master ? null : master)),
    ...(change.views ?? []),
  ];
  const sentinels = [...all.map((i) => sentinelView(i, master)), ...(change.sentinels ?? [])];
  return {
    ...emptyWorld,
    pods: new Map(pods.map((pod) => [pod.uid, { pod, part: 'redis' }])),
    views: new Map(views.map((view) => [view.uid, view])),
    sentinels: new Map(sentinels.map((view) => [view.uid, view])),
    endpoints: new Map(Object.entries(change.endpoints ?? { master: [ipOf(master)] })),
    roleServices: new Set(['master']),
  };
}
