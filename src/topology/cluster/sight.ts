import type { PodState } from '../../model/pod.ts';
import type { ClusterNode, NodeView, ServerView } from '../../model/view.ts';
import { livePods, type WorldState } from '../state.ts';
import { predecessors } from '../successor.ts';
import type { Expectation } from '../topology.ts';

/** A live pod joined with what its own server said. */
export interface SeenPod {
  readonly pod: PodState;
  readonly server: ServerView;
  readonly id: string | null;
  /** Its `myself` line; null when CLUSTER NODES has none. */
  readonly myself: ClusterNode | null;
  /** `IP:PORT` at which it was asked. */
  readonly asked: string;
}

/** All live pods, split by whether the observer has an answer of them. */
export interface Sight {
  readonly live: readonly PodState[];
  readonly seen: readonly SeenPod[];
  readonly unseen: readonly { readonly pod: PodState; readonly view: NodeView | null }[];
  /**
   * The live pod that owns a node id. It is what the pod's own server says; for a pod that cannot be
   * asked, the id that it had before the fault.
   */
  readonly ownerOf: ReadonlyMap<string, PodState>;
  /** The pod of before that each live one stands for, by their names. */
  readonly standsFor: ReadonlyMap<string, string>;
  /** Every `IP:PORT` that truly leads to a pod, by pod name. */
  readonly addressesOf: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Joins pods, views and dialled announced addresses of one instant. */
export function look(world: WorldState, expectation: Expectation | null): Sight {
  const live = livePods(world);
  const seen: SeenPod[] = [];
  const unseen: { pod: PodState; view: NodeView | null }[] = [];
  for (const pod of live) {
    const view = world.views.get(pod.uid) ?? null;
    if (view?.status !== 'ok' || !view.server) {
      unseen.push({ pod, view });
      continue;
    }
    seen.push({
      pod,
      server: view.server,
      id: view.server.myId,
      myself: view.server.nodes.find((node) => node.flags.includes('myself')) ?? null,
      asked: view.address,
    });
  }
  const ownerOf = new Map<string, PodState>();
  const idOf = new Map(seen.map(({ pod, id }) => [pod.uid, id]));
  const standsFor: ReadonlyMap<string, string> =
    expectation === null
      ? new Map()
      : predecessors(live, ({ uid }) => idOf.get(uid) ?? null, expectation);
  for (const { pod } of unseen) {
    const id = expectation?.ids.get(standsFor.get(pod.name) ?? '');
    if (id) ownerOf.set(id, pod);
  }
  for (const { id, pod } of seen) if (id) ownerOf.set(id, pod);
  const addressesOf = addresses(world, live, seen);
  return { live, seen, unseen, ownerOf, standsFor, addressesOf };
}

/**
 * Whether an address may lead to a pod that cannot be asked just now: what others say of a node there is
 * then neither right nor wrong.
 */
export function mayBeUnseen(sight: Sight, address: string): boolean {
  return sight.unseen.some(({ pod }) => sight.addressesOf.get(pod.name)?.has(address));
}

function addresses(
  world: WorldState,
  live: readonly PodState[],
  seen: readonly SeenPod[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const ports = new Set(seen.map(({ asked }) => portOf(asked)));
  const result = new Map<string, ReadonlySet<string>>();
  for (const pod of live) {
    const own = seen.find((candidate) => candidate.pod.uid === pod.uid);
    // A pod that nobody has ever asked is taken to listen where the others do.
    const asked = own?.asked ?? world.views.get(pod.uid)?.address;
    const itsPorts = asked === undefined ? [...ports] : [portOf(asked)];
    const set = new Set(pod.ips.flatMap((ip) => itsPorts.map((port) => `${ip}:${port}`)));
    for (const { announced, answeredId } of world.announced.get(pod.uid) ?? []) {
      // Of a pod that cannot be asked nobody knows the id: it is not the id of another one.
      const isIts = own ? answeredId === own.id : !seen.some(({ id }) => id === answeredId);
      if (answeredId !== null && isIts) set.add(announced);
    }
    result.set(pod.name, set);
  }
  return result;
}

function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1);
}

/** `redis-0 (1a2b3c4d)`, or only the short id when no live pod owns it. */
export function nameOf(sight: Sight, id: string): string {
  const pod = sight.ownerOf.get(id);
  return pod ? `${pod.name} (${id.slice(0, 8)})` : `node ${id.slice(0, 8)}`;
}

/** `IP:PORT` of a CLUSTER NODES line or a CLUSTER SLOTS entry. */
export function lineAddress(node: { readonly ip: string; readonly port: number }): string {
  return `${node.ip}:${node.port}`;
}

/** `10.0.0.1:6379 or 10.0.0.2:6379`; for texts. */
export function listAddresses(addresses: ReadonlySet<string> | undefined): string {
  return addresses && addresses.size > 0 ? [...addresses].join(' or ') : 'no address yet';
}
