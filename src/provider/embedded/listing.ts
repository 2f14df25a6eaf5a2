import type { KubeObject } from '../provider.ts';
import type { AgentCalls } from './protocol.ts';

type Listing = NonNullable<AgentCalls['list']['reply']>;

/**
 * Lists through the agent, which says only "as before" while nothing of the kind has changed: the pods are
 * listed five times a second, and change a few times a minute. What is handed out then is the very
 * array of the time before.
 */
export function listingByVersion(
  ask: (
    request: AgentCalls['list']['request'],
    signal: AbortSignal,
  ) => Promise<AgentCalls['list']['reply']>,
): (kind: string, selector: string | null, signal: AbortSignal) => Promise<readonly KubeObject[]> {
  const last = new Map<string, Listing>();
  return async (kind, selector, signal) => {
    const key = `${kind} ${selector ?? ''}`;
    const before = last.get(key);
    const reply = await ask({ kind, selector, since: before?.version ?? null }, signal);
    if (reply) last.set(key, reply);
    return (reply ?? before)?.objects ?? [];
  };
}
