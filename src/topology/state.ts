import type { AnnouncedEvent, PodEvent, ProbeEvent, RunEvent } from '../model/event.ts';
import type { CheckId } from '../model/finding.ts';
import type { PodState } from '../model/pod.ts';
import type { NodeView } from '../model/view.ts';

/**
 * The world at one instant as the events told it: a pure fold, used live for every event and again
 * offline, so that both see the same.
 */
export interface WorldState {
  /** By uid. A pod stays until it is gone, terminating ones included. */
  readonly pods: ReadonlyMap<string, { readonly pod: PodState; readonly part: PodEvent['part'] }>;
  /** The observer's last view of each Redis pod, by uid. */
  readonly views: ReadonlyMap<string, NodeView>;
  /** The same of each Sentinel, by `PODUID/CONTAINER`. */
  readonly sentinels: ReadonlyMap<string, NodeView>;
  /** The last dial of each announced address, by uid. */
  readonly announced: ReadonlyMap<string, readonly AnnouncedEvent[]>;
  /** Ready addresses by Service. */
  readonly endpoints: ReadonlyMap<string, readonly string[]>;
  /** Of these the ones that select pods by a label of their role. */
  readonly roleServices: ReadonlySet<string>;
  /** The last turn of each probe, by key. */
  readonly probes: ReadonlyMap<string, ProbeEvent>;
}

/** What is wrong at one instant, for one check. An instant without any is "all green". */
export interface Violation {
  readonly check: CheckId;
  /**
   * The invariant in the terms of the field notes: `SELF`, `PEER`, `ID`, `KN`, `FL`, `AGR`, `CS`, `REP`,
   * `SL`; `RDY`: Kubernetes has no ready pod of that name; `NRDY`: it has one that runs and answers the
   * observer, but that the kubelet does not call ready; `UNSEEN`: the observer got no view of a pod
   * that Kubernetes calls ready, which is not the same as the pod being wrong; `UNKNOWN`: it is not proven
   * that anybody looked, or nobody understood the answer: that is never the set-up's fault. Outside cluster
   * mode `MASTER`: not one master; `AGREE`: what the Sentinels say of it; `GHOST`: whom else they list;
   * `ENDPOINT`: where the master's Service leads.
   */
  readonly code:
    | 'SELF'
    | 'PEER'
    | 'ID'
    | 'KN'
    | 'FL'
    | 'AGR'
    | 'CS'
    | 'REP'
    | 'SL'
    | 'RDY'
    | 'NRDY'
    | 'UNSEEN'
    | 'UNKNOWN'
    | 'MASTER'
    | 'AGREE'
    | 'GHOST'
    | 'ENDPOINT';
  /** The pod it was seen on; null when it speaks of the whole set-up. */
  readonly pod: string | null;
  readonly text: string;
  /** Two owners at once: when it lasts, more than unavailability. */
  readonly contradiction?: true;
}

/**
 * Whether the servers themselves are not as they should be. A way that leads past the master breaks nothing
 * that a fault needs: it is broken before it, and judged after it.
 */
export function isOfServers({ code }: Violation): boolean {
  return code !== 'ENDPOINT';
}

export const emptyWorld: WorldState = {
  pods: new Map(),
  views: new Map(),
  sentinels: new Map(),
  announced: new Map(),
  endpoints: new Map(),
  roleServices: new Set(),
  probes: new Map(),
};

/**
 * The world after one more event; the same object when the event changes nothing in it, so callers
 * may compare by identity.
 */
export function advance(state: WorldState, event: RunEvent): WorldState {
  switch (event.kind) {
    case 'pod':
      return { ...state, pods: withEntry(state.pods, event.pod.uid, event) };
    case 'pod-gone':
      return {
        ...state,
        pods: without(state.pods, event.uid),
        views: without(state.views, event.uid),
        sentinels: withoutPod(state.sentinels, event.uid),
        announced: without(state.announced, event.uid),
      };
    case 'view':
      return event.view.kind === 'sentinel'
        ? { ...state, sentinels: withEntry(state.sentinels, event.view.uid, event.view) }
        : { ...state, views: withEntry(state.views, event.view.uid, event.view) };
    case 'target-gone':
      return {
        ...state,
        views: without(state.views, event.uid),
        sentinels: without(state.sentinels, event.uid),
      };
    case 'announced':
      return { ...state, announced: withEntry(state.announced, event.uid, dials(state, event)) };
    case 'endpoint':
      return {
        ...state,
        endpoints: withEntry(state.endpoints, event.service, event.addresses),
        roleServices:
          event.byRole && !state.roleServices.has(event.service)
            ? new Set([...state.roleServices, event.service])
            : state.roleServices,
      };
    case 'probe':
      return { ...state, probes: withEntry(state.probes, event.key, event) };
    default:
      return state;
  }
}

/** The Redis pods that are there to stay: not terminating, not ended. Sorted by name. */
export function livePods(state: WorldState): readonly PodState[] {
  return lastingPods(state, ['redis']);
}

/** The same with the pods that hold a Sentinel and no data. */
export function liveServerPods(state: WorldState): readonly PodState[] {
  return lastingPods(state, ['redis', 'sentinel']);
}

/** Not on its way out, and not ended. */
export function isLasting({ terminating, phase }: PodState): boolean {
  return !terminating && phase !== 'Succeeded' && phase !== 'Failed';
}

function lastingPods(state: WorldState, parts: readonly PodEvent['part'][]): readonly PodState[] {
  return [...state.pods.values()]
    .filter(({ part, pod }) => parts.includes(part) && isLasting(pod))
    .map(({ pod }) => pod)
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Uid of the pod that a server runs in, by the server's id: the same, or `PODUID/CONTAINER`. */
export function podUidOf(serverId: string): string {
  const slash = serverId.indexOf('/');
  return slash < 0 ? serverId : serverId.slice(0, slash);
}

/** A server by the names that people know: its pod's, or `POD/CONTAINER` of one beside others. */
export function serverName(
  { name, uid }: Pick<PodState, 'name' | 'uid'>,
  serverId: string,
): string {
  return `${name}${serverId.slice(uid.length)}`;
}

function withoutPod<V>(map: ReadonlyMap<string, V>, uid: string): ReadonlyMap<string, V> {
  const left = [...map].filter(([id]) => podUidOf(id) !== uid);
  return left.length === map.size ? map : new Map(left);
}

function dials({ announced }: WorldState, event: AnnouncedEvent): readonly AnnouncedEvent[] {
  const others = (announced.get(event.uid) ?? []).filter(
    (dial) => dial.announced !== event.announced,
  );
  return [...others, event];
}

function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
