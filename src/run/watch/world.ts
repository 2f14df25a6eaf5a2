import type { PodState } from '../../model/pod.ts';
import { livePods, liveServerPods, type WorldState } from '../../topology/state.ts';
import type { Stage } from '../stage.ts';

/** Pods of a part, the ones that are leaving included. */
export function podsOf(world: WorldState, part: 'redis' | 'others'): readonly PodState[] {
  return [...world.pods.values()]
    .filter((entry) => (entry.part === 'redis') === (part === 'redis'))
    .map(({ pod }) => pod);
}

/** A Redis server as a pod runs it: where to ask it, and in which container to look at its files. */
export interface RedisServer {
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
  readonly ip: string;
  readonly port: number;
  /** `IP:PORT` (IPv6 in brackets). */
  readonly address: string;
}

/** The Redis pods that live and have an address, by name. */
export function redisServers(stage: Pick<Stage, 'recorder' | 'setup'>): readonly RedisServer[] {
  return livePods(stage.recorder.world).flatMap((pod) => {
    const server = serverOf(pod, stage.setup.redisPorts);
    return server === null ? [] : [server];
  });
}

export function serverOf(pod: PodState, ports: ReadonlyMap<string, number>): RedisServer | null {
  const [ip] = pod.ips;
  const [container, port] = redisOf(pod, ports);
  if (ip === undefined || container === null) return null;
  const address = ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
  return { pod: pod.name, uid: pod.uid, container, ip, port, address };
}

/** The Sentinels that live and have an address, each with its id among the servers; by pod. */
export function sentinelServers(stage: Pick<Stage, 'recorder' | 'setup'>): readonly RedisServer[] {
  return liveServerPods(stage.recorder.world).flatMap((pod) => sentinelOf(pod, stage.setup) ?? []);
}

/** The Sentinel in a pod; its `uid` is `PODUID/CONTAINER`. Null without one, or before it has an address. */
export function sentinelOf(
  pod: PodState,
  { sentinelPorts }: Pick<Stage['setup'], 'sentinelPorts'>,
): RedisServer | null {
  const found = serverOf(pod, sentinelPorts);
  return found === null ? null : { ...found, uid: `${pod.uid}/${found.container}` };
}

/** Of a Deployment's pod: its ReplicaSet's name less the hash of the template. */
function workloadOf({ owner, name, labels }: PodState): string {
  const hash = labels['pod-template-hash'];
  const own = owner?.name ?? name;
  return hash !== undefined && own.endsWith(`-${hash}`) ? own.slice(0, -hash.length - 1) : own;
}

function redisOf(pod: PodState, ports: ReadonlyMap<string, number>): [string | null, number] {
  for (const container of pod.containers) {
    const port = ports.get(`${workloadOf(pod)}/${container.name}`) ?? ports.get(container.name);
    if (port !== undefined) return [container.name, port];
  }
  return [null, 0];
}
