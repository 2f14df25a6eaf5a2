import type { FaultTarget } from '../../model/fault.ts';
import type { SentinelMaster } from '../../model/view.ts';
import { masterNameOf } from '../../redis/master-name.ts';
import { isCalledMasters } from '../../rules/master-service.ts';
import { serverName, type WorldState } from '../state.ts';
import { ownerText } from '../successor.ts';
import type { Expectation, Owner, Shard } from '../topology.ts';
import { hostText, look, masterOf, type SeenServer, type Sight } from './sight.ts';

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
  // one that was away calls itself master until it is told otherwise: whose replica the others call it
  const listedAs = ({ pod }: SeenServer) =>
    named.find(({ by }) =>
      by.some(({ entry }) =>
        entry.replicas.some((replica) => sight.leadsTo(replica)?.uid === pod.uid),
      ),
    );
  const votes = (master: SeenServer) => namedAs(master)?.by.length ?? 0;
  return sight.masters
    .map((master) => ({
      name: (namedAs(master) ?? listedAs(master) ?? named[0])?.name ?? unnamed,
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

/** Services by role that lead to a master alone, or are called its own, with its name. */
function masterServices(world: WorldState, sight: Sight): ReadonlyMap<string, string> {
  const led = leading(sight);
  const found = [...world.roleServices].sort().flatMap((service) => {
    const addresses = world.endpoints.get(service) ?? [];
    const at = led.find(({ master }) => leadsOnlyTo(addresses, master.pod.ips));
    if (at) return [[service, at.name] as const];
    const [only, ...others] = new Set(led.map(({ name }) => name));
    return only !== undefined && others.length === 0 && isCalledMasters(service)
      ? [[service, only] as const]
      : [];
  });
  return new Map(found);
}

/** Whether a Service's addresses are of one pod alone. */
export function leadsOnlyTo(addresses: readonly string[], ips: readonly string[]): boolean {
  return addresses.length > 0 && addresses.every((address) => ips.includes(address));
}

/** The masters as owners, the one that most name first; of one name only, where one is given. */
export function ownersOf(world: WorldState, name: string | null = null): readonly Owner[] {
  const led = leading(look(world, null)).filter((one) => name === null || one.name === name);
  return led.map(({ master: { pod, view, server } }) => ({
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
  const shards = shardsIn(sight);
  const shardOf = (one: SeenServer) =>
    led.find(({ master, replicas }) => master === one || replicas.includes(one))?.name ?? null;
  return sight.seen.map((one) => ({
    pod: one.pod.name,
    uid: one.pod.uid,
    shard: shardOf(one),
    ...(shards.length > 1
      ? { members: shards.find(({ name }) => name === shardOf(one))?.members ?? [] }
      : {}),
    nodeId: null,
    runId: one.server.runId,
    ip: one.pod.ips[0] ?? '',
    role: one.server.replication.role,
    slots: null,
  }));
}

/** Whom new clients ask for the master: each Sentinel for each name; without any, the master itself. */
export function seedsOf(world: WorldState, key = '') {
  const sight = look(world, null);
  const asked = [...sight.sentinels, ...sight.silent];
  if (asked.length === 0) {
    return ownersOf(world, masterNameOf(key))
      .slice(0, 1)
      .map(({ pod, address }) => ({ name: pod.name, address }));
  }
  const [first] = leading(sight);
  const sentinel = masterNameOf(key) ?? first?.name ?? namings(sight)[0]?.name ?? 'mymaster';
  return asked.map(({ pod, view }) => ({
    name: serverName(pod, view.uid),
    address: view.address,
    sentinel,
  }));
}
