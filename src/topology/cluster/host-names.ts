import type { ServerView } from '../../model/view.ts';
import { lineAddress, type Sight } from './sight.ts';

/** A name as DNS has it: no address of either family, no placeholder, not Redis' `?`. */
const hostName = /^(?=.*[a-z])[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i;

/**
 * Whether clients of this server are sent to host names: every node of its CLUSTER SLOTS goes by one
 * (`cluster-preferred-endpoint-type hostname`; Redis then puts the announced name where the address
 * would be, in CLUSTER SLOTS and in MOVED alike: cluster.c, getPreferredEndpoint). Whether the names
 * lead anywhere is another question.
 */
export function givesHostNames(server: ServerView): boolean {
  const nodes = server.slots.flatMap((range) => range.nodes);
  return nodes.length > 0 && nodes.every(({ ip }) => hostName.test(ip));
}

/**
 * Own addresses in CLUSTER NODES that lead to nobody or to another, of pods whose clients get host
 * names. Only a client that reads CLUSTER NODES sees them.
 */
export function staleBehindNames(sight: Sight): readonly string[] {
  return sight.seen.flatMap(({ pod, server, myself }) => {
    if (!myself || !givesHostNames(server)) return [];
    const own = lineAddress(myself);
    return sight.addressesOf.get(pod.name)?.has(own)
      ? []
      : [`${pod.name} lists itself at ${own} in CLUSTER NODES`];
  });
}
