import { clusterTopology } from './cluster/cluster.ts';
import { type FormOptions, type FormResult, formCluster } from './cluster/form.ts';
import type { WorldState } from './state.ts';
import type { Topology } from './topology.ts';

/** How servers that wait for it are made a set-up: by us, the way people do it by hand. */
export interface Former {
  /** Whether any server has met another one. */
  met(world: WorldState): boolean;
  form(options: FormOptions): Promise<FormResult>;
}

const formers: ReadonlyMap<Topology, Former> = new Map([
  [
    clusterTopology,
    {
      met: (world) =>
        [...world.views.values()].some(({ server }) => (server?.nodes.length ?? 0) > 1),
      form: formCluster,
    },
  ],
]);

/** Null for a topology whose servers find each other by their own configuration. */
export function formerOf(topology: Topology): Former | null {
  return formers.get(topology) ?? null;
}
