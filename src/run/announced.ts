import type { ViewEvent } from '../model/event.ts';
import type { ClusterNode } from '../model/view.ts';
import { ownLine } from '../topology/cluster/owner.ts';
import type { ObservedStage } from './stage.ts';

/** How often an address that is still not the pod's own is dialled again. */
const againMs = 2000;

/**
 * Dials, from inside the cluster, every own address that is none of its pod's: a literal or a stale
 * one is answered by nobody or by another; an announced host name or load balancer by the pod itself.
 * Returns how to stop.
 */
export function dialAnnounced(stage: ObservedStage): () => void {
  const { recorder, observer, clock, signal } = stage;
  const closing = new AbortController();
  const until = AbortSignal.any([signal, closing.signal]);
  const dialling = new Set<string>();
  const said = new Map<string, string>();

  const dial = async (uid: string) => {
    for (;;) {
      const mismatch = mismatchOf(stage, uid);
      if (mismatch === null) break;
      const { pod, announced, dialTo } = mismatch;
      const answer = await observer.ask(dialTo, ['CLUSTER', 'MYID']);
      const answeredId = answer.ok && typeof answer.reply === 'string' ? answer.reply : null;
      const error = answer.ok ? null : answer.error.message;
      const text = JSON.stringify([announced, answeredId, error]);
      if (said.get(uid) !== text) {
        said.set(uid, text);
        recorder.record({ kind: 'announced', pod, uid, announced, answeredId, error });
      }
      await clock.sleep(againMs, until);
    }
  };
  const start = (uid: string) => {
    if (dialling.has(uid)) return;
    dialling.add(uid);
    dial(uid)
      .catch(() => {}) // aborted, or the observer is gone: the blind guard speaks of that
      .finally(() => dialling.delete(uid));
  };
  const unsubscribe = recorder.subscribe((event) => {
    if (event.kind === 'view' && mismatchOf(stage, event.view.uid) !== null) start(event.view.uid);
  });
  return () => {
    unsubscribe();
    closing.abort();
  };
}

function mismatchOf(
  { recorder }: ObservedStage,
  uid: string,
): { readonly pod: string; readonly announced: string; readonly dialTo: string } | null {
  const view: ViewEvent['view'] | undefined = recorder.world.views.get(uid);
  const pod = recorder.world.pods.get(uid)?.pod;
  const own: ClusterNode | null = view?.server ? ownLine(view.server) : null;
  if (!view || !pod || !own) return null;
  // before it has met anybody a node does not know its own address: there is nothing to dial
  if (own.ip === '') return null;
  const port = Number(view.address.slice(view.address.lastIndexOf(':') + 1));
  if (pod.ips.includes(own.ip) && own.port === port) return null;
  return {
    pod: pod.name,
    announced: `${own.ip}:${own.port}`,
    dialTo: own.ip.includes(':') ? `[${own.ip}]:${own.port}` : `${own.ip}:${own.port}`,
  };
}
