import type { PodState } from '../../model/pod.ts';
import type { NodeView, SentinelView, ServerView } from '../../model/view.ts';
import { isName } from '../host.ts';
import type { Presence } from '../presence.ts';
import { livePods, liveServerPods, podUidOf, serverName, type WorldState } from '../state.ts';
import { predecessors } from '../successor.ts';
import type { Expectation } from '../topology.ts';

/** A data server that answers, with its live pod. */
export interface SeenServer {
  readonly pod: PodState;
  readonly view: NodeView;
  readonly server: ServerView;
}

/** A Sentinel that answers, with its live pod. */
export interface SeenSentinel {
  /** `POD/CONTAINER`, or the pod alone where it has no other server. */
  readonly called: string;
  readonly pod: PodState;
  readonly view: NodeView;
  readonly says: SentinelView;
}

/** Of a server as others give it: an IP or a host name, and a port. */
export interface Address {
  readonly ip: string;
  readonly port: number;
}

/** Everybody who is there, by role; what each says, and what leads to whom. */
export interface Sight extends Presence {
  readonly seen: readonly SeenServer[];
  /** The live data pod that an address leads to. */
  readonly leadsTo: (address: Address) => PodState | null;
  readonly masters: readonly SeenServer[];
  readonly replicas: readonly SeenServer[];
  readonly sentinels: readonly SeenSentinel[];
  /** Sentinels of live pods that were asked and give no answer, or whose answer nobody has. */
  readonly silent: readonly {
    readonly called: string;
    readonly pod: PodState;
    readonly view: NodeView;
  }[];
}

/** Joins pods and views of one instant. */
export function look(
  world: WorldState,
  expectation: Pick<Expectation, 'ids' | 'owners'> | null,
): Sight {
  const live = livePods(world);
  const seen: SeenServer[] = [];
  const unseen: { pod: PodState; view: NodeView | null }[] = [];
  for (const pod of live) {
    const view = world.views.get(pod.uid) ?? null;
    if (view?.status === 'ok' && view.server) seen.push({ pod, view, server: view.server });
    else unseen.push({ pod, view });
  }
  const standsFor =
    expectation === null ? new Map<string, string>() : predecessors(live, () => null, expectation);
  return {
    live,
    seen,
    unseen,
    standsFor,
    leadsTo: resolver(world, live, seen),
    masters: seen.filter(({ server }) => server.replication.role === 'master'),
    replicas: seen.filter(({ server }) => server.replication.role === 'slave'),
    ...sentinelsOf(world),
  };
}

function sentinelsOf(world: WorldState): Pick<Sight, 'sentinels' | 'silent'> {
  const pods = new Map(liveServerPods(world).map((pod) => [pod.uid, pod]));
  const sentinels: SeenSentinel[] = [];
  const silent: { called: string; pod: PodState; view: NodeView }[] = [];
  for (const view of world.sentinels.values()) {
    const pod = pods.get(podUidOf(view.uid));
    if (!pod) continue;
    const called = serverName(pod, view.uid);
    if (view.status === 'ok' && view.sentinel) {
      sentinels.push({ called, pod, view, says: view.sentinel });
    } else silent.push({ called, pod, view });
  }
  const byName = (a: { called: string }, b: { called: string }) => (a.called < b.called ? -1 : 1);
  return { sentinels: sentinels.sort(byName), silent: silent.sort(byName) };
}

/**
 * The live data pod that an address leads to: by its IP, by the first label of its host name, which is the
 * pod's own where a headless Service gives it one (Kubernetes: DNS for Services and Pods), or because it was
 * dialled and that server answered (a Service in front of each pod). Null for one that leads to none of
 * them, as far as can be told.
 */
function resolver(
  { announced }: WorldState,
  live: readonly PodState[],
  seen: readonly SeenServer[],
) {
  const dialled = new Map<string, PodState>();
  for (const { pod, server } of seen) {
    for (const dial of announced.get(pod.uid) ?? []) {
      if (dial.answeredId === server.runId) dialled.set(dial.announced, pod);
    }
  }
  return (address: Address): PodState | null =>
    byItself(live, address) ?? dialled.get(hostText(address)) ?? null;
}

function byItself(live: readonly PodState[], { ip }: Address): PodState | null {
  const label = ip.split('.')[0];
  return live.find(({ name, ips }) => (isName(ip) ? name === label : ips.includes(ip))) ?? null;
}

/** The master that a replica dials, as a pod; null when that leads to none. */
export function masterOf(sight: Sight, { server }: SeenServer): PodState | null {
  const { masterHost: ip, masterPort: port } = server.replication;
  return ip === null || port === null ? null : sight.leadsTo({ ip, port });
}

/** `IP:PORT`, or `NAME:PORT`. */
export function hostText({ ip, port }: Address): string {
  return `${ip}:${port}`;
}

/** Addresses that somebody gives for a server, and that lead to no live pod by themselves. */
export function foreignAddresses(world: WorldState): readonly string[] {
  const sight = look(world, null);
  const given = [
    ...sight.replicas.flatMap(({ server: { replication } }) =>
      replication.masterHost === null || replication.masterPort === null
        ? []
        : [{ ip: replication.masterHost, port: replication.masterPort }],
    ),
    ...sight.sentinels.flatMap(({ says }) =>
      says.masters.flatMap((master) => [master, ...master.replicas]),
    ),
  ];
  const foreign = given.filter((address) => byItself(sight.live, address) === null);
  return [...new Set(foreign.map(hostText))];
}
