import type { Prediction } from '../model/fault.ts';

/** Redis's default `cluster-node-timeout`, where neither the plan nor a pod says another (redis.conf). */
export const defaultNodeTimeoutMs = 15_000;

/**
 * When a replica takes over from a master that stays down, ms after the container's exit: a ping may
 * start half a node timeout after the last pong and then waits the whole of it, a majority must
 * report it, and the election waits 500-1000 ms (cluster-spec, cluster_legacy.c; measured at 2, 5
 * and 15 s): [node timeout + 1 s, 1.5 x node timeout + 2.5 s].
 */
export function predictPromotion(nodeTimeoutMs: number): Prediction {
  return { lowMs: nodeTimeoutMs + 1000, highMs: Math.round(1.5 * nodeTimeoutMs) + 2500 };
}

/** What one failed election adds at least, ms: `auth_retry_time`, max(4 x node timeout, 4 s). */
export function failedElectionMs(nodeTimeoutMs: number): number {
  return Math.max(4 * nodeTimeoutMs, 4000);
}

/**
 * How long a pod must have been down, ms from its container's exit, before "nothing was promoted" is
 * the set-up's fault: the prediction's upper end and one failed election. Hold at least so long.
 */
export function leastHoldMs(nodeTimeoutMs: number): number {
  return predictPromotion(nodeTimeoutMs).highMs + failedElectionMs(nodeTimeoutMs);
}

/**
 * Within how much time of the release (or of a plain delete) all must be green, ms; the worst healthy run
 * measured took 11 s. A replica may have to be promoted first, at the second election; and pods may have to
 * start, which by their own probes takes `startMs`.
 */
export function recoveryDeadlineMs(nodeTimeoutMs: number, startMs = 0): number {
  return Math.max(60_000, leastHoldMs(nodeTimeoutMs)) + startMs;
}

/** How long it must then stay green without a break, ms: a short look is fooled. */
export function stableMs(nodeTimeoutMs: number): number {
  return 2 * nodeTimeoutMs;
}
