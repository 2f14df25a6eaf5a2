import type { FaultTarget } from '../../model/fault.ts';
import type { SentinelMaster } from '../../model/view.ts';
import type { WorldState } from '../state.ts';
import { ownerText } from '../successor.ts';
import type { Expectation, Owner, Shard } from '../topology.ts';
import { calledOf, hostText, look, masterOf, type SeenServer, type Sight } from './sight.ts';

/** What a shard is called where no Sentinel gives it a name. */
const unnamed = 'redis';

/** A master that says so, with the name it goes by and its replicas. */
interface Led {
  readonly name: string;
  readonly master: SeenServer;
  readonly replicas: readonly SeenServer[];
}

/** What each Sentinel says of the master of one name, those first that most of them name. */
export interface Naming {
  readonly name: string;
  /** Pod by name, or the host where that leads to none of the live ones. */
  readonly who: string;
  readonly leadsTo: string | null;
  readonly by: readonly { readonly called: string; readonly entry: SentinelMaster }[];
}

/** Every master by name, as every Sentinel that answers gives it. */
export function namings(sight: Sight): readonly Naming[] {
  const found = new Map<string, Naming & { by: Naming['by'][number][] }>();
  for (const { called, says } of sight.sentinels) {
    for (const entry of says.masters) {
      const pod = sight.leadsTo(entry);
      const who = pod?.name ?? hostText(entry);
      const key = JSON.stringify([entry.name, who]);
      const naming = found.get(key) ?? { name: entry.name, who, leadsTo: pod?.uid ?? null, by: [] };
      naming.by.push({ called, entry });
      found.set(key, naming);
    }
  }
  return [...found.values()].sort((a, b) => b.by.length - a.by.length);
}

/**
 * The masters, those first that most Sentinels name, then those with most replicas. Two that go by one name
 * are both in it: which of them is right is for the checks.
 */
export function leading(sight: Sight): readonly Led[] {
  const named = namings(sight);
  const namedAs = ({ pod }: SeenServer) => named.find(({ leadsTo }) => leadsTo === pod.uid);
  const votes = (master: SeenServer) => namedAs(master)?.by.length ?? 0;
  return sight.masters
    .map((master) => ({
      name: namedAs(master)?.name ?? named[0]?.name ?? unnamed,
      master,
      replicas: sight.replicas.filter(
        (replica) => masterOf(sight, replica)?.uid === master.pod.uid,
      ),
    }))
    .sort((a, b) => votes(b.master) - votes(a.master) || b.replicas.length - a.replicas.length);
}

/** In sync: its link is up, and the one it dials is that master. */
function inSync({ server }: SeenServer): boolean {
  return server.replication.masterLink === 'up';
}

/** One a name: that of the master which most name. Sorted by name. */
export function shardsOf(world: WorldState): readonly Shard[] {
  return shardsIn(look(world, null));
}

function shardsIn(sight: Sight): readonly Shard[] {
  const shards = new Map<string, Shard>();
  for (const { name, master, replicas } of leading(sight)) {
    if (shards.has(name)) continue;
    shards.set(name, {
      name,
      masterId: master.pod.name,
      replicas: replicas.filter(inSync).length,
      members: [master, ...replicas].map(({ pod }) => pod.name).sort(),
    });
  }
  return [...shards.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Taken right before a fault, when the set-up is known to be green. */
export function expectationOf(world: WorldState): Expectation {
  const sight = look(world, null);
  const owners = new Map<string, string>();
  for (const pod of sight.live) {
    const owner = ownerText(pod);
    if (owner !== null) owners.set(pod.name, owner);
  }
  const sentinels = [...sight.sentinels, ...sight.silent].map(({ called }) => called).sort();
  return {
    ids: new Map(sight.seen.map(({ pod }) => [pod.name, pod.name])),
    owners,
    nodeCount: sight.live.length,
    shards: shardsIn(sight),
    ...(sentinels.length > 0 ? { sentinels } : {}),
    masterServices: masterServices(world, sight),
  };
}

/** Services by role that lead to the master alone. */
function masterServices(world: WorldState, sight: Sight): readonly string[] {
  const ips = leading(sight)[0]?.master.pod.ips ?? [];
  return [...world.roleServices]
    .filter((service) => {
      const addresses = world.endpoints.get(service) ?? [];
      return addresses.length > 0 && addresses.every((address) => ips.includes(address));
    })
    .sort();
}

/** The masters as owners, the one that most name first. */
export function ownersOf(world: WorldState): readonly Owner[] {
  return leading(look(world, null)).map(({ master: { pod, view, server } }) => ({
    pod,
    view,
    address: view.address,
    node: `${server.runId}@${view.address}`,
    id: pod.name,
  }));
}

/** Every data server that answers, in the role it has by its own word; by pod name. */
export function targetsOf(world: WorldState): readonly FaultTarget[] {
  const sight = look(world, null);
  const led = leading(sight);
  const shardOf = (one: SeenServer) =>
    led.find(({ master, replicas }) => master === one || replicas.includes(one))?.name ?? null;
  return sight.seen.map((one) => ({
    pod: one.pod.name,
    uid: one.pod.uid,
    shard: shardOf(one),
    nodeId: null,
    runId: one.server.runId,
    ip: one.pod.ips[0] ?? '',
    role: one.server.replication.role,
    slots: null,
  }));
}

/** Whom new clients ask for the master: each Sentinel for each name; without any, the master itself. */
export function seedsOf(world: WorldState) {
  const sight = look(world, null);
  const asked = [...sight.sentinels, ...sight.silent];
  if (asked.length === 0) {
    return ownersOf(world)
      .slice(0, 1)
      .map(({ pod, address }) => ({ name: pod.name, address }));
  }
  const [first] = leading(sight);
  const sentinel = first?.name ?? namings(sight)[0]?.name ?? 'mymaster';
  return asked.map(({ pod, view }) => ({
    name: calledOf(pod, view),
    address: view.address,
    sentinel,
  }));
}
