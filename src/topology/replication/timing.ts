import type { RunEvent } from '../../model/event.ts';
import type { NodeView } from '../../model/view.ts';
import type { WorldState } from '../state.ts';
import type { Settings, Timing } from '../topology.ts';

/** Sentinel's defaults (sentinel.c: SENTINEL_DEFAULT_DOWN_AFTER, SENTINEL_DEFAULT_FAILOVER_TIMEOUT). */
export const sentinelDefaults: Settings = {
  silenceMs: 30_000,
  failoverTimeoutMs: 180_000,
  known: false,
};

/** Nobody waits for a single server: what is waited for here is that a look at it is no chance. */
export const singleDefaults: Settings = { silenceMs: 5000, known: true };

/** A change of roles that takes so long is one that lasts, ms. */
const leastRecoveryMs = 60_000;

/**
 * The waits where Sentinels fail over, by the slowest of their settings. A promotion comes one down-after
 * after the last PONG, which may lie 1 s before the exit, and 0.1 s for the quorum and 0.3 s for the election
 * after that; up to 1 s more where the Sentinel's own timer was late (docs/design/sentinel.md, measured at 2, 5 and 30 s). An
 * election that fails is tried again after twice the failover timeout (sentinel.c, sentinelStartFailoverIfNeeded).
 */
export function sentinelTiming({ silenceMs, failoverTimeoutMs = 180_000 }: Settings): Timing {
  const highMs = silenceMs + 2000;
  const failedElectionMs = 2 * failoverTimeoutMs;
  const leastHoldMs = highMs + failedElectionMs;
  return {
    silenceMs,
    promotion: { lowMs: Math.max(0, silenceMs - 1000), highMs },
    failedElectionMs,
    leastHoldMs,
    recoveryMs: Math.max(leastRecoveryMs, silenceMs + 30_000),
    stableMs: Math.max(10_000, 2 * silenceMs),
  };
}

/** Where nobody takes over: how long it is kept down, and how long it must be whole again after that. */
export function singleTiming({ silenceMs }: Settings): Timing {
  return {
    silenceMs,
    promotion: null,
    failedElectionMs: 0,
    leastHoldMs: silenceMs,
    recoveryMs: leastRecoveryMs,
    stableMs: 2 * silenceMs,
  };
}

/** What the Sentinels say that they are set to, the slowest of it; null when none has said. */
export function toldBySentinels(events: readonly RunEvent[], world: WorldState): Settings | null {
  const views: NodeView[] = [...world.sentinels.values()];
  for (const event of events) {
    if (event.kind === 'view' && event.view.kind === 'sentinel') views.push(event.view);
  }
  const masters = views.flatMap(({ sentinel }) => sentinel?.masters ?? []);
  if (masters.length === 0) return null;
  return {
    silenceMs: Math.max(...masters.map(({ downAfterMs }) => downAfterMs)),
    failoverTimeoutMs: Math.max(...masters.map(({ failoverTimeoutMs }) => failoverTimeoutMs)),
    known: true,
  };
}
