import type { TopologyName } from '../model/plan.ts';
import { clusterTopology } from './cluster/cluster.ts';
import { sentinelTopology, standaloneTopology } from './replication/replication.ts';
import type { WorldState } from './state.ts';
import type { Topology } from './topology.ts';

/** The topologies of this version: the only place that names their folders. */
const topologies: readonly Topology[] = [clusterTopology, standaloneTopology, sentinelTopology];

/** By name; a report of a run that ended before it was known is read as a cluster's. */
export function topologyOf(name: TopologyName | 'unknown'): Topology {
  return topologies.find(({ names }) => names.includes(name as TopologyName)) ?? clusterTopology;
}

/** What the servers say that they are; several where they do not agree, none where nobody answers. */
export function recognise(world: WorldState): readonly Topology[] {
  return topologies.filter((topology) => topology.recognise(world));
}
