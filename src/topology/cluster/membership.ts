import type { Violation } from '../state.ts';
import type { Expectation } from '../topology.ts';
import {
  lineAddress,
  listAddresses,
  mayBeUnseen,
  nameOf,
  type SeenPod,
  type Sight,
} from './sight.ts';
import { formatRanges, parseRanges } from './slot-ranges.ts';

const badFlags = ['fail', 'fail?', 'handshake', 'noaddr'] as const;

/** ID and KN: every pod has the node id it had, and knows as many nodes as there were. */
export function identityViolations(sight: Sight, expectation: Expectation): Violation[] {
  const found: Violation[] = [];
  const holders = new Map<string, string>();
  for (const { pod, id, server } of sight.seen) {
    const before = sight.standsFor.get(pod.name) ?? pod.name;
    const wanted = expectation.ids.get(before);
    const as = before === pod.name ? '' : ` as ${before}`;
    if (!id) {
      found.push(identity('ID', pod.name, `${pod.name} has no node id: is cluster mode off?`));
    } else if (wanted && id !== wanted) {
      const text = `${pod.name} is node ${id.slice(0, 8)} now and was ${wanted.slice(0, 8)}${as} before the fault`;
      found.push(identity('ID', pod.name, text));
    }
    const holder = id ? holders.get(id) : undefined;
    if (id && holder) {
      const text = `${pod.name} and ${holder} both say that they are node ${id.slice(0, 8)}`;
      found.push(identity('ID', pod.name, text));
    }
    if (id) holders.set(id, pod.name);
    if (server.nodes.length !== expectation.nodeCount) {
      const text = `${pod.name} knows ${server.nodes.length} nodes, expected ${expectation.nodeCount}`;
      found.push(identity('KN', pod.name, text));
    }
  }
  return found;
}

/** PEER and FL: every line about another node maps its id to the pod that owns it, with no bad flag. */
export function peerViolations(sight: Sight): Violation[] {
  return sight.seen.flatMap((seen) => [...wrongAddresses(sight, seen), ...wrongFlags(sight, seen)]);
}

function wrongAddresses(sight: Sight, { pod, server }: SeenPod): Violation[] {
  const found: Violation[] = [];
  for (const node of server.nodes) {
    if (node.flags.includes('myself') || node.flags.includes('handshake')) continue;
    const owner = sight.ownerOf.get(node.id);
    const address = lineAddress(node);
    if (!owner && mayBeUnseen(sight, address)) continue;
    if (!owner) {
      const text = `${pod.name} lists node ${node.id.slice(0, 8)} at ${address}, which no live pod is`;
      found.push(converged('PEER', pod.name, text));
    } else if (!sight.addressesOf.get(owner.name)?.has(address)) {
      const right = listAddresses(sight.addressesOf.get(owner.name));
      const text = `${pod.name} has ${nameOf(sight, node.id)} at ${address}, its address is ${right}`;
      found.push(converged('PEER', pod.name, text));
    }
  }
  return found;
}

function wrongFlags(sight: Sight, { pod, server }: SeenPod): Violation[] {
  return server.nodes.flatMap((node) => {
    const bad = badFlags.filter((flag) => node.flags.includes(flag));
    if (bad.length === 0) return [];
    return [
      converged('FL', pod.name, `${pod.name} flags ${nameOf(sight, node.id)} ${bad.join(', ')}`),
    ];
  });
}

/** AGR: all pods say the same of every node's role, master and slots, and INFO says it too. */
export function agreementViolations(sight: Sight): Violation[] {
  const found: Violation[] = [];
  const opinions = new Map<string, Map<string, string[]>>();
  for (const { pod, server, myself } of sight.seen) {
    if (myself && !myself.flags.includes(server.replication.role)) {
      const text = `${pod.name} says ${server.replication.role} in INFO and ${myself.flags.join(',')} in CLUSTER NODES`;
      found.push(converged('AGR', pod.name, text));
    }
    for (const node of server.nodes) {
      if (node.flags.includes('handshake')) continue;
      const role = node.flags.includes('master')
        ? `master of ${formatRanges(parseRanges(node.slots))}`
        : `replica of ${node.masterId ? nameOf(sight, node.masterId) : 'nobody'}`;
      const byRole = opinions.get(node.id) ?? new Map<string, string[]>();
      byRole.set(role, [...(byRole.get(role) ?? []), pod.name]);
      opinions.set(node.id, byRole);
    }
  }
  for (const [id, byRole] of opinions) {
    if (byRole.size < 2) continue;
    const sides = [...byRole].map(([role, pods]) => `${role} to ${pods.join(', ')}`);
    const text = `the pods disagree on ${nameOf(sight, id)}: ${sides.join('; ')}`;
    found.push(converged('AGR', null, text));
  }
  return found;
}

function identity(code: 'ID' | 'KN', pod: string, text: string): Violation {
  return { check: 'identity-kept', code, pod, text };
}

function converged(code: 'PEER' | 'FL' | 'AGR', pod: string | null, text: string): Violation {
  return { check: 'topology-converged', code, pod, text };
}
