import { isIP } from 'node:net';
import { ownLine } from '../topology/cluster/owner.ts';
import type { WorldState } from '../topology/state.ts';
import type { ObservedStage } from './stage.ts';

/** How often an address that is still not the pod's own is dialled again. */
const againMs = 2000;

/**
 * Dials, from inside the cluster, every address that a pod goes by and that is none of its pod's: its
 * own in CLUSTER NODES, and the host names that CLUSTER SLOTS gives for it. A literal or a stale one is
 * answered by nobody or by another; an announced host name or load balancer by the pod itself. Returns
 * how to stop.
 */
export function dialAnnounced(stage: ObservedStage): () => void {
  const { recorder, observer, clock, signal } = stage;
  const closing = new AbortController();
  const until = AbortSignal.any([signal, closing.signal]);
  const dialling = new Set<string>();
  const said = new Map<string, string>();

  const dial = async (uid: string, pod: string, announced: string) => {
    const answer = await observer.ask(dialable(announced), ['CLUSTER', 'MYID']);
    const answeredId = answer.ok && typeof answer.reply === 'string' ? answer.reply : null;
    const error = answer.ok ? null : answer.error.message;
    const key = `${uid} ${announced}`;
    const text = JSON.stringify([answeredId, error]);
    if (said.get(key) === text) return;
    said.set(key, text);
    recorder.record({ kind: 'announced', pod, uid, announced, answeredId, error });
  };
  const dialAgain = async (uid: string) => {
    for (;;) {
      const pod = recorder.world.pods.get(uid)?.pod;
      const foreign = foreignAddresses(recorder.world, uid);
      if (!pod || foreign.length === 0) return;
      await Promise.all(foreign.map((announced) => dial(uid, pod.name, announced)));
      await clock.sleep(againMs, until);
    }
  };
  const start = (uid: string) => {
    if (dialling.has(uid) || foreignAddresses(recorder.world, uid).length === 0) return;
    dialling.add(uid);
    dialAgain(uid)
      .catch(() => {}) // aborted, or the observer is gone: the blind guard speaks of that
      .finally(() => dialling.delete(uid));
  };
  const unsubscribe = recorder.subscribe((event) => {
    if (event.kind === 'view') for (const uid of recorder.world.views.keys()) start(uid);
  });
  return () => {
    unsubscribe();
    closing.abort();
  };
}

/** `IP:PORT` or `NAME:PORT` by which the servers call a pod and which is not its own. */
export function foreignAddresses(world: WorldState, uid: string): readonly string[] {
  const view = world.views.get(uid);
  const pod = world.pods.get(uid)?.pod;
  const own = view?.server ? ownLine(view.server) : null;
  if (!view || !pod || !own) return [];
  const found = new Set<string>();
  const port = Number(view.address.slice(view.address.lastIndexOf(':') + 1));
  // before it has met anybody a node does not know its own address: there is nothing to dial
  if (own.ip !== '' && !(pod.ips.includes(own.ip) && own.port === port)) {
    found.add(`${own.ip}:${own.port}`);
  }
  for (const { server } of world.views.values()) {
    for (const node of server?.slots.flatMap(({ nodes }) => nodes) ?? []) {
      const isName = node.ip !== '' && isIP(node.ip) === 0;
      if (isName && node.id === own.id) found.add(`${node.ip}:${node.port}`);
    }
  }
  return [...found];
}

/** An IPv6 address comes without brackets, as CLUSTER NODES has it. */
function dialable(address: string): string {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon);
  return isIP(host) === 6 ? `[${host}]${address.slice(colon)}` : address;
}
