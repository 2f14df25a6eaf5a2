import type { CheckId } from '../../model/finding.ts';
import type { Looked, StructuralCheck } from '../topology.ts';
import { lineAddress, listAddresses, look, nameOf, type Sight } from './sight.ts';
import { formatRanges, parseRanges, sizeOf } from './slot-ranges.ts';

type Seen = Pick<Looked, 'after' | 'expectation'>;
type Told = (sight: Sight, looked: Seen) => readonly string[];

const expected = {
  'ip-rewrite': 'every pod and CLUSTER SLOTS name only addresses that lead to the right pod',
  'identity-kept': 'the same node id on every pod, and the same number of known nodes',
  'topology-converged': 'every pod agrees, has every id at its present address, flags nobody',
  'slots-covered': "16384 slots, each served by one master, by every pod's word",
  'replication-restored': "as many replicas in sync as before, dialling their master's address",
} as const satisfies Partial<Readonly<Record<CheckId, string>>>;

/** What a person can look up in the last views of a fault's span when a structural check is green. */
const told: Readonly<Record<keyof typeof expected, Told>> = {
  'ip-rewrite': (sight) => [
    ...sight.seen.map(({ pod, myself }) => {
      const own = myself ? lineAddress(myself) : 'nothing';
      return `${pod.name} says ${own} of itself; its address is ${listAddresses(sight.addressesOf.get(pod.name))}`;
    }),
    pairsTold(sight),
  ],
  'identity-kept': (sight, { expectation }) =>
    sight.seen.map(({ pod, id, server }) => {
      const before = expectation.ids.get(sight.standsFor.get(pod.name) ?? pod.name);
      const kept = before === id ? 'as before' : `${before ?? 'unknown'} before`;
      return `${pod.name} is node ${id ?? '(none)'}, ${kept}, and knows ${server.nodes.length} nodes`;
    }),
  'topology-converged': (sight) =>
    sight.seen.map(({ pod, server, myself }) => {
      const lines = server.nodes.map(
        (node) => `${nameOf(sight, node.id).split(' ')[0]}=${lineAddress(node)}`,
      );
      return `${pod.name} (${myself?.flags.join(',') ?? 'no line'}) lists ${lines.join(' ')}`;
    }),
  'slots-covered': (sight) => {
    const owners = sight.seen.flatMap(({ pod, myself }) => {
      const ranges = myself?.flags.includes('master') ? parseRanges(myself.slots) : [];
      const count = sizeOf(ranges);
      return count > 0 ? [`${pod.name} claims ${formatRanges(ranges)}: ${count} slots`] : [];
    });
    const ok = sight.seen.filter(({ server }) => server.clusterState === 'ok').length;
    return [...owners, `cluster_state is ok on ${ok} of ${sight.seen.length} pods`];
  },
  'replication-restored': (sight) =>
    sight.seen.flatMap(({ pod, server, myself }) => {
      const { role, masterHost, masterPort, masterLink } = server.replication;
      if (role !== 'slave') return [];
      const master = myself?.masterId ? nameOf(sight, myself.masterId) : 'nobody';
      return [`${pod.name} dials ${masterHost}:${masterPort} for ${master}, link ${masterLink}`];
    }),
};

/** The invariants of a cluster as checks, each with what a person can look up where it is green. */
export const clusterChecks: readonly StructuralCheck[] = (
  Object.keys(expected) as (keyof typeof expected)[]
).map((id) => ({
  id,
  expected: expected[id],
  evidence: (looked) => told[id](look(looked.after, looked.expectation), looked),
}));

function pairsTold(sight: Sight): string {
  const pairs = sight.seen.flatMap(({ server }) =>
    server.slots.flatMap(({ nodes }) => nodes.map((node) => `${node.id}@${lineAddress(node)}`)),
  );
  return `CLUSTER SLOTS of ${sight.seen.length} pods name ${new Set(pairs).size} (node id, address) pairs, all live`;
}
