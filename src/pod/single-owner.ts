import type { NodeView, SentinelMaster } from '../model/view.ts';
import { parseAddress } from '../redis/address.ts';

/**
 * Who takes the writes outside cluster mode, `IP:PORT`; null when nobody does. With two masters at once,
 * each takes them: the one counts that clients are sent to.
 * 1. The one that most Sentinels name, whatever it says itself.
 * 2. Where none names one of ours (no Sentinels, or addresses that are another way to our servers): the
 *    reachable `role:master` with most replicas connected, and of equals the one that changed last.
 *
 * One that nobody follows is none where Sentinels name somebody whom we do not know: that may be a pod
 * that came back empty under another address.
 * @param views in the order in which they last changed
 * @param name the Sentinels' name of the master; null: they are to know only one
 */
export function singleOwner(views: readonly NodeView[], name: string | null): string | null {
  const named = namedMaster(views, name);
  const known = named && views.filter((view) => isAt(view, named));
  const owner = known?.findLast(({ status }) => status === 'ok') ?? known?.at(-1);
  if (owner) return owner.address;

  let best: string | null = null;
  let most = named ? 1 : 0;
  for (const { status, server, address } of views) {
    if (status !== 'ok' || server?.replication.role !== 'master') continue;
    const replicas = server.replication.connectedReplicas.length;
    if (replicas < most) continue;
    most = replicas;
    best = address;
  }
  return best;
}

type Named = Pick<SentinelMaster, 'ip' | 'port' | 'configEpoch'>;

/** By votes; of equals the one of the higher epoch, which the others are about to learn of. */
function namedMaster(views: readonly NodeView[], name: string | null): Named | null {
  const masters = views.flatMap(({ status, sentinel }) =>
    status === 'ok' ? (sentinel?.masters ?? []) : [],
  );
  const names = new Set(masters.map((master) => master.name));
  const [only] = names;
  const wanted = name ?? (names.size === 1 ? only : undefined);
  const votes = new Map<string, { readonly named: Named; count: number }>();
  for (const master of masters) {
    if (master.name !== wanted) continue;
    const address = `${master.ip}:${master.port}`;
    const vote = votes.get(address) ?? { named: master, count: 0 };
    const newer = master.configEpoch > vote.named.configEpoch ? master : vote.named;
    votes.set(address, { named: newer, count: vote.count + 1 });
  }
  const [winner] = [...votes.values()].sort(
    (a, b) => b.count - a.count || b.named.configEpoch - a.named.configEpoch,
  );
  return winner?.named ?? null;
}

/**
 * By its address; or by its host name, which begins with the pod's name where a StatefulSet gives it.
 * A look-up would be a worse witness: DNS goes on with a pod's old address for seconds.
 */
function isAt(view: NodeView, { ip, port }: Named): boolean {
  if (view.kind === 'sentinel') return false;
  const { host, port: realPort } = parseAddress(view.address);
  if (realPort !== port) return false;
  return host === ip || view.pod === ip.split('.')[0];
}
