import { presenceViolations } from '../presence.ts';
import type { Violation, WorldState } from '../state.ts';
import type { Expectation } from '../topology.ts';
import { givesHostNames } from './host-names.ts';
import { agreementViolations, identityViolations, peerViolations } from './membership.ts';
import { replicationViolations } from './replication.ts';
import { lineAddress, listAddresses, look, mayBeUnseen, nameOf, type Sight } from './sight.ts';
import { formatRanges, overlap, parseRanges, uncovered } from './slot-ranges.ts';

/**
 * The invariants that separated every broken Redis Cluster from every healthy one, for one instant
 * and over all live Redis pods. Everything is keyed by node id → pod → address and compared by exact
 * equality. Empty: all green. A check without a violation is proven only when no `RDY`, `UNSEEN` or
 * `UNKNOWN` is
 * there either, because then every pod was asked.
 */
export function violations(world: WorldState, expectation: Expectation): Violation[] {
  const sight = look(world, expectation);
  return [
    ...presenceViolations(sight, expectation),
    ...ownAddressViolations(sight),
    ...clientAddressViolations(sight),
    ...identityViolations(sight, expectation),
    ...peerViolations(sight),
    ...agreementViolations(sight),
    ...coverageViolations(sight),
    ...replicationViolations(sight, expectation),
  ];
}

/**
 * SELF: every pod's own address, asked on that pod, leads to it. Where clients get host names instead,
 * those count (CS below), and a stale address beside them is only worth a note.
 */
function ownAddressViolations(sight: Sight): Violation[] {
  return sight.seen.flatMap(({ pod, server, myself }) => {
    const right = sight.addressesOf.get(pod.name);
    const own = myself ? lineAddress(myself) : null;
    if (own !== null && (right?.has(own) || givesHostNames(server))) return [];
    const text =
      own === null
        ? `${pod.name} has no line about itself in CLUSTER NODES`
        : `${pod.name} says its own address is ${own}, it is ${listAddresses(right)}`;
    return [{ check: 'ip-rewrite', code: 'SELF', pod: pod.name, text }];
  });
}

/** CS: what clients are told. CLUSTER SLOTS of every pod names live (id, address) pairs only. */
function clientAddressViolations(sight: Sight): Violation[] {
  const found: Violation[] = [];
  for (const { pod, server } of sight.seen) {
    const told = new Map<string, string>();
    for (const range of server.slots) {
      for (const node of range.nodes) {
        const owner = sight.ownerOf.get(node.id);
        const address = lineAddress(node);
        if (owner && sight.addressesOf.get(owner.name)?.has(address)) continue;
        if (!owner && mayBeUnseen(sight, address)) continue;
        told.set(
          node.id,
          owner
            ? `${pod.name} sends clients of ${nameOf(sight, node.id)} to ${address}, its address is ${listAddresses(sight.addressesOf.get(owner.name))}`
            : `${pod.name} sends clients to node ${node.id.slice(0, 8)} at ${address}, which no live pod is`,
        );
      }
    }
    for (const text of told.values()) {
      found.push({ check: 'ip-rewrite', code: 'CS', pod: pod.name, text });
    }
  }
  return found;
}

/** SL: 16384 slots served, each by one master, by the masters' own words and by every pod's. */
function coverageViolations(sight: Sight): Violation[] {
  const found: Violation[] = [];
  const add = (pod: string | null, text: string) =>
    found.push({ check: 'slots-covered', code: 'SL', pod, text });
  const claims = sight.seen
    .filter(({ myself }) => myself?.flags.includes('master'))
    .map(({ pod, myself }) => ({ pod, ranges: parseRanges(myself?.slots ?? []) }));
  for (const [index, a] of claims.entries()) {
    for (const b of claims.slice(index + 1)) {
      const both = overlap(a.ranges, b.ranges);
      if (both.length > 0) {
        const text = `${a.pod.name} and ${b.pod.name} both claim the slots ${formatRanges(both)}`;
        found.push({ check: 'slots-covered', code: 'SL', pod: null, text, contradiction: true });
      }
    }
  }
  // A pod that could not be asked may own the missing ones: then only the others' words count.
  if (sight.unseen.length === 0 && sight.seen.length > 0) {
    const holes = uncovered(claims.flatMap(({ ranges }) => ranges));
    if (holes.length > 0) add(null, `no master claims the slots ${formatRanges(holes)}`);
  }
  for (const { pod, server } of sight.seen) {
    if (server.clusterState !== 'ok') {
      add(pod.name, `${pod.name} says cluster_state ${server.clusterState ?? '(none)'}`);
    }
    const holes = uncovered(server.slots);
    if (holes.length > 0) {
      add(pod.name, `${pod.name} knows no owner of the slots ${formatRanges(holes)}`);
    }
  }
  return found;
}
