import { InfrastructureError } from '../model/errors.ts';
import { type FaultTarget, masteredShard } from '../model/fault.ts';
import type { Choice, Fault } from './fault.ts';
import { aimedMaster, allTargets, masterTargets, replicasOf } from './targets.ts';

/**
 * Takes the power from the node that carries the slot's master, with every Redis pod on it: no SIGTERM,
 * no farewell, no answer. Held, it stays off until the master's replica is promoted; else it boots again
 * at once.
 */
export const nodeStop: Fault = {
  name: 'node-stop',
  class: 'one-pod',
  ends: 'power',
  losses: 'power',
  shownBy: 'power-loss',
  needs: () => ['node-power'],
  choose(choice) {
    const master = aimedMaster(choice, 'node-stop');
    const node = nodeOf(choice.world, master);
    const others = allTargets(choice).filter(
      (target) => target.uid !== master.uid && nodeOf(choice.world, target) === node,
    );
    const targets = [master, ...others];
    refuseWider(choice, targets, node);
    return targets;
  },
  async inject({ provider, targets, hold, nodeOf: nodeOfTarget, signal }) {
    const [master] = targets;
    if (!master || !provider.breakNode || !provider.healNode) {
      throw new InfrastructureError(`node-stop: ${provider.name} cannot stop a node`);
    }
    const node = nodeOfTarget(master);
    await provider.breakNode(node, 'stop', signal);
    const release = async (until: AbortSignal) => provider.healNode?.(node, until);
    if (hold === 'auto') return [{ what: `node ${node}`, release }];
    await release(signal);
    return [];
  },
  predict: ({ promotion }) => promotion,
};

function nodeOf(world: Choice['world'], target: FaultTarget): string | null {
  return world.pods.get(target.uid)?.pod.nodeName ?? null;
}

/** What one machine carries must be no more than a cluster survives: that would be another fault's class. */
function refuseWider(choice: Choice, targets: readonly FaultTarget[], node: string | null): void {
  const gone = new Set(targets.map(({ uid }) => uid));
  const masters = targets.filter((target) => masteredShard(target) !== null);
  const all = masterTargets(choice).length;
  const bare = masters.find((master) =>
    replicasOf(choice, master).every(({ uid }) => gone.has(uid)),
  );
  const why =
    masters.length * 2 >= all
      ? `${masters.length} of ${all} masters`
      : bare
        ? `${bare.pod} and all its replicas`
        : null;
  if (why === null) return;
  throw new InfrastructureError(
    `node-stop: node ${node} carries ${why}, which no cluster survives; spread the pods over more nodes (--nodes 7 has a worker for each of six)`,
  );
}
