import { lineAddress, listAddresses, look, nameOf, type Sight } from '../topology/cluster/sight.ts';
import { formatRanges, parseRanges } from '../topology/cluster/slot-ranges.ts';
import { shortened } from './evidence.ts';
import type { FaultStory } from './run-story.ts';
import type { StructuralCheck } from './structure.ts';

/** The world to look at, and what it was before. */
type Looked = Pick<FaultStory, 'after' | 'expectation'>;
type Told = (sight: Sight, looked: Looked) => readonly string[];

/** What a person can look up in the last views of a fault's span when a structural check is green. */
const told: Readonly<Record<StructuralCheck, Told>> = {
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
      const count = ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
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

/** Evidence lines of one green structural check, from the last moment that was looked at. */
export function structureEvidence(id: StructuralCheck, looked: Looked): readonly string[] {
  return shortened(told[id](look(looked.after, looked.expectation), looked));
}

function pairsTold(sight: Sight): string {
  const pairs = sight.seen.flatMap(({ server }) =>
    server.slots.flatMap(({ nodes }) => nodes.map((node) => `${node.id}@${lineAddress(node)}`)),
  );
  return `CLUSTER SLOTS of ${sight.seen.length} pods name ${new Set(pairs).size} (node id, address) pairs, all live`;
}
