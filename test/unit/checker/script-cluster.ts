import type { EventBody } from '../../../src/model/event.ts';
import type { PodState } from '../../../src/model/pod.ts';
import type { ClusterNode, ServerView } from '../../../src/model/view.ts';
import { idOf, ipOf, ranges } from './script-plan.ts';

/** Changes what a pod says from some time on; null: it cannot be reached. */
export type ViewChange = (pod: string, atMs: number, server: ServerView) => ServerView | null;

/** What the six pods have come to. */
export interface ClusterNow {
  readonly promoted: boolean;
  readonly back: boolean;
  readonly victimIp: string;
  readonly flag: string | null;
}

export function podState(index: number, victimIp: string): PodState {
  return {
    name: `redis-${index}`,
    uid: `uid-${index}`,
    labels: { app: 'redis' },
    owner: { kind: 'StatefulSet', name: 'redis' },
    nodeName: 'node-1',
    phase: 'Running',
    ips: [index === 0 ? victimIp : ipOf(index)],
    ready: true,
    terminating: false,
    finalizers: [],
    containers: [
      {
        name: 'redis',
        image: 'redis:7',
        state: 'running',
        reason: null,
        message: null,
        exitCode: null,
        restarts: 0,
        ready: true,
        lastExit: null,
      },
    ],
    reason: null,
  };
}

export function viewEvent(
  index: number,
  ms: number,
  now: ClusterNow,
  change: ViewChange | undefined,
): EventBody {
  const uid = index === 0 && now.back ? 'uid-0b' : `uid-${index}`;
  const ip = index === 0 ? now.victimIp : ipOf(index);
  const truth = serverView(index, now);
  const server = change ? change(`redis-${index}`, ms, truth) : truth;
  return {
    kind: 'view',
    view: {
      pod: `redis-${index}`,
      uid,
      address: `${ip}:6379`,
      status: server ? 'ok' : 'unreachable',
      error: server ? null : 'no answer within 2000 ms',
      server,
    },
  };
}

function serverView(index: number, now: ClusterNow): ServerView {
  const masterOf = (node: number): number | null => {
    if (now.promoted) return node === 3 ? null : node === 0 ? 3 : node < 3 ? null : node - 3;
    return node < 3 ? null : node - 3;
  };
  const nodes: ClusterNode[] = [0, 1, 2, 3, 4, 5].map((node) => {
    const master = masterOf(node);
    const shard = now.promoted && node === 3 ? 0 : node;
    const flag = node === 0 && now.flag ? [now.flag] : [];
    return {
      id: idOf(node),
      ip: node === 0 ? now.victimIp : ipOf(node),
      port: 6379,
      busPort: 16_379,
      flags: [...(node === index ? ['myself'] : []), master === null ? 'master' : 'slave', ...flag],
      masterId: master === null ? null : idOf(master),
      epoch: node + 1,
      linkState: 'connected',
      slots: master === null ? [ranges[shard] ?? ''] : [],
    };
  });
  const master = masterOf(index);
  const masterDown = master === 0 && !now.back && now.victimIp === ipOf(0) && now.flag !== null;
  return {
    version: '7.0.15',
    runId: 'r'.repeat(40),
    clusterEnabled: true,
    myId: idOf(index),
    nodes,
    slots: nodes
      .filter(({ masterId }) => masterId === null)
      .map((node) => ({
        from: Number(node.slots[0]?.split('-')[0]),
        to: Number(node.slots[0]?.split('-')[1]),
        nodes: [node, ...nodes.filter(({ masterId }) => masterId === node.id)]
          .filter(({ flags }) => !flags.includes('fail'))
          .map(({ ip, port, id }) => ({ ip, port, id })),
      })),
    clusterState: now.flag === 'fail' && !now.promoted ? 'fail' : 'ok',
    currentEpoch: 7,
    replication: {
      role: master === null ? 'master' : 'slave',
      masterHost: master === null ? null : master === 0 ? now.victimIp : ipOf(master),
      masterPort: master === null ? null : 6379,
      masterLink: master === null ? null : masterDown ? 'down' : 'up',
      connectedReplicas: [],
    },
  };
}
