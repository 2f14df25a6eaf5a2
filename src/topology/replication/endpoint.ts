import type { Violation, WorldState } from '../state.ts';
import type { Expectation } from '../topology.ts';
import { leading, leadsOnlyTo } from './shards.ts';
import type { Sight } from './sight.ts';

/** ENDPOINT: a Service that led to the master alone leads to the present one alone. */
export function masterServiceViolations(
  world: WorldState,
  sight: Sight,
  { masterServices = new Map() }: Expectation,
): Violation[] {
  const all = leading(sight);
  return [...masterServices].flatMap(([service, shard]) => {
    const led = all.find((one) => one.name === shard);
    const addresses = world.endpoints.get(service) ?? [];
    if (!led || leadsOnlyTo(addresses, led.master.pod.ips)) return [];
    const { name, ips } = led.master.pod;
    const leads = addresses.length === 0 ? 'nowhere' : `to ${addresses.join(', ')}`;
    const text = `Service ${service} leads ${leads}, the master is ${name} at ${ips.join(' or ')}`;
    return [{ check: 'endpoint-follows-master', code: 'ENDPOINT', pod: name, text } as const];
  });
}
