import { UsageError } from '../../model/errors.ts';
import type { RunEvent } from '../../model/event.ts';
import type { TopologyName } from '../../model/plan.ts';
import { recognise, topologyOf } from '../../topology/catalogue.ts';
import type { WorldState } from '../../topology/state.ts';
import type { Topology } from '../../topology/topology.ts';
import type { SeenStage } from '../stage.ts';

/**
 * What the set-up is: what the plan says, else what the servers say of themselves, which goes on record.
 * @throws UsageError when they are several things, or something else than the plan says.
 */
export function recognised({ plan, recorder }: SeenStage): Topology {
  const found = recognise(recorder.world);
  const seen = found.map(({ called }) => called).join(' and ');
  const { topology: planned } = plan.setup;
  const [only] = found;
  if (planned !== null) {
    const topology = topologyOf(planned);
    if (found.length === 0 || found.includes(topology)) return topology;
    throw new UsageError(`topology ${planned}, but what the servers say is a ${seen}`);
  }
  if (only === undefined || found.length > 1) {
    throw new UsageError(
      `what the servers say of themselves is ${seen === '' ? `no topology of this version (${saidText(recorder.world)})` : `a ${seen} at once`}; --selector KEY=VALUE names the pods that are meant, --topology what they are`,
    );
  }
  const [name] = only.names;
  if (name !== undefined) recorder.record({ kind: 'topology', name });
  return only;
}

/** What each server says that it is, for people. */
function saidText({ views, sentinels }: WorldState): string {
  const said = [...views.values()].map(({ pod, server, status }) =>
    server === null
      ? `${pod}: ${status}`
      : `${pod}: ${server.replication.role}${server.clusterEnabled ? ' in cluster mode' : ''}`,
  );
  return [...said, ...(sentinels.size > 0 ? [`${sentinels.size} Sentinels`] : [])].join(', ');
}

/** The topology of a run as far as it is known: the plan's, or what the servers said. */
export function topologyNow(
  planned: TopologyName | null,
  events: readonly RunEvent[],
): TopologyName | 'unknown' {
  if (planned !== null) return planned;
  const said = events.findLast((event) => event.kind === 'topology');
  return said?.name ?? 'unknown';
}
