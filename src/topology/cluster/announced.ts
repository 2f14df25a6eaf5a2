import { isName } from '../host.ts';
import type { WorldState } from '../state.ts';
import { ownLine } from './owner.ts';

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
      if (isName(node.ip) && node.id === own.id) found.add(`${node.ip}:${node.port}`);
    }
  }
  return [...found];
}
