import type { Violation, WorldState } from '../state.ts';
import type { Expectation } from '../topology.ts';
import { leading } from './shards.ts';
import type { Sight } from './sight.ts';

/** ENDPOINT: a Service that led to the master alone leads to the present one alone. */
export function masterServiceViolations(
  world: WorldState,
  sight: Sight,
  { masterServices = [] }: Expectation,
): Violation[] {
  const [led] = leading(sight);
  if (!led) return [];
  const { name, ips } = led.master.pod;
  return masterServices.flatMap((service) => {
    const addresses = world.endpoints.get(service) ?? [];
    const right = addresses.length > 0 && addresses.every((address) => ips.includes(address));
    if (right) return [];
    const leads = addresses.length === 0 ? 'nowhere' : `to ${addresses.join(', ')}`;
    const text = `Service ${service} leads ${leads}, the master is ${name} at ${ips.join(' or ')}`;
    return [{ check: 'endpoint-follows-master', code: 'ENDPOINT', pod: name, text } as const];
  });
}
