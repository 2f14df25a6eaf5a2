import { isIP } from 'node:net';
import type { ObservedStage } from '../stage.ts';

/** How often an address that is still not the pod's own is dialled again. */
const againMs = 2000;

/**
 * Dials, from inside the cluster, every address that a pod goes by and that is none of its pod's: its
 * own in CLUSTER NODES, and the host names that CLUSTER SLOTS gives for it. A literal or a stale one is
 * answered by nobody or by another; an announced host name or load balancer by the pod itself. Goes on
 * until it is disposed of.
 */
export function dialAnnounced(stage: ObservedStage): Disposable {
  const { recorder, observer, clock, signal, topology } = stage;
  const closing = new AbortController();
  const until = AbortSignal.any([signal, closing.signal]);
  const dialling = new Set<string>();
  const said = new Map<string, string>();

  const dial = async (uid: string, pod: string, announced: string) => {
    const answer = await observer.ask(dialable(announced), topology.announced.ask);
    const answeredId = answer.ok ? topology.announced.identity(answer.reply) : null;
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
      const foreign = topology.announced.addresses(recorder.world, uid);
      if (!pod || foreign.length === 0) return;
      await Promise.all(foreign.map((announced) => dial(uid, pod.name, announced)));
      await clock.sleep(againMs, until);
    }
  };
  const start = (uid: string) => {
    if (dialling.has(uid) || topology.announced.addresses(recorder.world, uid).length === 0) return;
    dialling.add(uid);
    dialAgain(uid)
      .catch(() => {}) // aborted, or the observer is gone: the blind guard speaks of that
      .finally(() => dialling.delete(uid));
  };
  const unsubscribe = recorder.subscribe((event) => {
    if (event.kind === 'view') for (const uid of recorder.world.views.keys()) start(uid);
  });
  return {
    [Symbol.dispose]() {
      unsubscribe();
      closing.abort();
    },
  };
}

/** An IPv6 address comes without brackets, as CLUSTER NODES has it. */
function dialable(address: string): string {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon);
  return isIP(host) === 6 ? `[${host}]${address.slice(colon)}` : address;
}
